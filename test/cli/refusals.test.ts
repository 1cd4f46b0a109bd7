import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { withCli } from '../support/runCli';
import { withHub } from '../support/withHub';

describe('the shipped program, when something is wrong', function () {
  this.timeout(60_000);
  const token = 'a-team-secret';
  const hub = withHub({ token });
  const cli = withCli();

  it('says what is wrong with the arguments in a sentence, without a stack, and answers 2', async () => {
    for (const args of [
      [],
      ['send', 'x'],
      ['sned'],
      ['listen', '--max-size', 'big'],
      ['listen', '--ask'],
      ['listen', '--ats-url', 'nowhere'],
      ['send', 'x', '--to', 'b', '--ats-url', 'ftp://x'],
    ]) {
      const one = cli.start(args);
      assert.equal(await one.end(), 2, args.join(' '));
      assert.equal(one.stdout, '', args.join(' '));
      assert.ok(one.stderr.length > 0 && !/ {4}at |Error:/.test(one.stderr), one.stderr);
    }
  });

  it('says at once what cannot work later, and does not advise to pair with whom one removes', async () => {
    await writeFile(cli.path('a.txt'), 'hello');
    const one = cli.start(['listen', '--save-dir', 'a.txt', '--ats-url', 'http://127.0.0.1:9']);
    assert.equal(await one.end(), 1);
    assert.match(one.stderr, /a\.txt: it is not a folder\. Choose another folder/);
    const other = cli.start([
      'agents',
      'remove',
      'bob',
      '--yes',
      '--ats-url',
      'http://127.0.0.1:9',
    ]);
    assert.notEqual(await other.end(), 0);
    assert.match(other.stderr, /bob is not among your paired agents\. Those are listed by/);
    assert.doesNotMatch(other.stderr, /Pair with it/);
  });

  it('answers 1 with a sentence when nothing is at the address, and does not wait for ever', async () => {
    await writeFile(cli.path('a.txt'), 'hello');
    // Port 9 is `discard`, which nothing serves.
    const one = cli.start(['send', 'a.txt', '--to', 'b', '--ats-url', 'http://127.0.0.1:9']);
    assert.equal(await one.end(), 1);
    assert.match(one.stderr, /http:\/\/127\.0\.0\.1:9\/? cannot be reached/);
  });

  it('needs the key of a hub that has one, from the environment', async () => {
    await writeFile(cli.path('a.txt'), 'hello');
    const flags = ['--json', '--ats-url', hub.url, '--actor-id', 'a', '--home', 'home-a'];
    for (const args of [
      ['send', 'a.txt', '--to', 'b', ...flags],
      ['listen', ...flags],
    ]) {
      const one = cli.start(args);
      assert.equal(await one.end(), 1, args.join(' '));
      assert.equal((await one.line('failed'))['code'], 'ATS_UNAUTHORIZED');
    }
    const listener = cli.start(['listen', ...flags], { ATS_API_KEY: token });
    await listener.line('listening');
  });

  it("takes an address with the key from the person's own file, from a project only if confirmed", async () => {
    const config = JSON.stringify({ url: hub.url });
    const [project, own] = [cli.path('.ats'), cli.path('user', '.ats')];
    await mkdir(project);
    await mkdir(own, { recursive: true });
    await writeFile(`${project}/config`, config);
    const env = { ATS_API_KEY: token, HOME: cli.path('user'), USERPROFILE: cli.path('user') };
    const refused = cli.start(['listen', '--json'], env);
    assert.equal(await refused.end(), 2);
    assert.match(String((await refused.line('failed'))['message']), /--ats-url/);
    await writeFile(`${own}/config`, config);
    const listener = cli.start(['listen', '--json'], env);
    assert.equal((await listener.line('listening'))['url'], hub.url);
  });

  it('says that a transfer is not known, and answers 1', async () => {
    const one = cli.start(['status', 'f'.repeat(32), '--ats-url', hub.url], { ATS_API_KEY: token });
    assert.equal(await one.end(), 1);
    assert.match(one.stderr, /does not know the transfer f{32}/);
  });
});

describe('the shipped hub', function () {
  this.timeout(60_000);
  const cli = withCli();

  it('begins with the one JSON line that scripts read, and ends when asked', async () => {
    const hub = cli.start(['hub', '--json']);
    const ready = await hub.line('ready');
    assert.deepEqual(Object.keys(ready), ['event', 'url', 'bootstrap', 'relay']);
    assert.match(String(ready['relay']), /^[0-9a-f]{64}$/);
    assert.match(String(ready['url']), /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.match(String((ready['bootstrap'] as string[])[0]), /^127\.0\.0\.1:\d+$/);
    const health = await fetch(`${String(ready['url'])}/health`);
    assert.equal(health.status, 200);
    hub.kill('SIGINT');
    assert.equal(await hub.end(), 130);
  });

  it('takes its token from the environment', async () => {
    const hub = cli.start(['hub', '--json'], { BEELINE_HUB_TOKEN: 'secret' });
    const { url } = await hub.line('ready');
    assert.equal((await fetch(`${String(url)}/tasks`)).status, 401);
  });

  it('says in a sentence that a port is taken', async () => {
    const first = cli.start(['hub', '--json']);
    const { port } = new URL(String((await first.line('ready'))['url']));
    const second = cli.start(['hub', '--port', port]);
    assert.equal(await second.end(), 2);
    assert.match(second.stderr, /cannot listen/);
  });
});

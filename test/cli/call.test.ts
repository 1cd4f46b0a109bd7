import assert from 'node:assert/strict';
import { withCli } from '../support/runCli';
import { withHub } from '../support/withHub';
import { withTalkers, type Talkers } from './withTalkers';

describe('calls between two terminals with the shipped program', function () {
  this.timeout(120_000);
  const hub = withHub();
  const cli = withCli();
  const { as, pair, talk } = withTalkers(hub, cli);
  const call = (name: string, other: string): ReturnType<Talkers['talk']> =>
    talk('call', other, '--json', '--audio', ...as(name));

  it('makes one call of two that begin at once, with a page on each side, and Ctrl-C hangs up', async () => {
    await pair();
    // Bob's home has nobody who takes calls yet, so that his own call and hers cross.
    const alice = call('alice', 'bob');
    const ringing = await alice.line('call');
    assert.deepEqual([ringing['direction'], ringing['video']], ['out', false]);
    const bob = call('bob', 'alice');
    await bob.line('call', ({ state }) => state === 'connecting');
    await alice.line('call', ({ state }) => state === 'connecting');
    const urls: string[] = [];
    for (const one of [alice, bob]) {
      // Whose call gave way shows the page of the other one's.
      const ids = new Set(
        one.lines.filter(({ event }) => event === 'call').map((l) => l['callId']),
      );
      const pages = (): string[] =>
        one.lines.filter(({ event }) => event === 'page').map(({ url }) => String(url));
      await one.until(() => pages().length === ids.size, 'its page');
      const page = new URL(pages().at(-1) ?? '');
      urls.push(page.href);
      assert.equal(page.hostname, '127.0.0.1');
      assert.ok(page.hash.length > 40, 'the token is in the fragment, which no server logs');
      assert.match(await (await fetch(page)).text(), /call\.js/);
    }
    alice.kill('SIGINT');
    assert.equal(await alice.end(), 130, alice.stderr);
    assert.equal(await bob.end(), 0, bob.stdout + bob.stderr);
    const over = await bob.line('call', ({ state }) => state === 'ended');
    assert.equal(over['reason'], 'hungUpByPeer');
    await assert.rejects(fetch(urls[1] ?? ''), 'its page is gone with it');
  });

  it('says that nobody takes calls there, and answers 3', async () => {
    await pair();
    const bob = talk('listen', '--json', '--chat', ...as('bob'));
    await bob.line('listening');
    const alice = call('alice', 'bob');
    assert.equal(await alice.end(), 3, alice.stdout + alice.stderr);
    const over = await alice.line('call', ({ state }) => state === 'ended');
    assert.equal(over['reason'], 'unavailable');
  });

  it('rings until the caller has enough', async () => {
    await pair();
    const alice = call('alice', 'bob');
    await alice.line('page');
    alice.kill('SIGINT');
    assert.equal(await alice.end(), 130, alice.stderr);
    assert.equal(
      (await alice.line('call', ({ state }) => state === 'ended'))['reason'],
      'cancelled',
    );
  });
});

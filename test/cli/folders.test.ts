import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { withCli, type CliProcess, type JsonLine } from '../support/runCli';
import { withHub } from '../support/withHub';

/** A whole second and some, as a file that is older than today has it. */
const LONG_AGO = new Date('2021-03-04T05:06:07.123Z');

describe('folders with the shipped program', function () {
  this.timeout(120_000);
  const hub = withHub();
  const cli = withCli();

  const as = (name: string): string[] => [
    ...['--actor-id', name, '--ats-url', hub.url, '--home', `home-${name}`],
  ];
  const pairAll = async (): Promise<void> => {
    const alice = cli.start(['pair', '--json', '--yes', ...as('alice')]);
    const code = String((await alice.line('invite'))['code']);
    const bob = cli.start(['pair', code, '--json', '--yes', ...as('bob')]);
    assert.equal(await alice.end(), 0, alice.stdout + alice.stderr);
    assert.equal(await bob.end(), 0, bob.stdout + bob.stderr);
  };
  const listen = async (...flags: string[]): Promise<CliProcess> => {
    const listener = cli.start(['listen', '--json', '--paired-only', ...flags, ...as('bob')]);
    await listener.line('listening');
    return listener;
  };
  const send = (...args: string[]): CliProcess =>
    cli.start(['send', ...args, '--to', 'bob', '--json', ...as('alice')]);
  const sent = async (...args: string[]): Promise<JsonLine> => {
    const sender = send(...args);
    assert.equal(await sender.end(), 0, sender.stdout + sender.stderr);
    return sender.line('completed');
  };
  const received = async (): Promise<string[]> =>
    (await readdir(cli.path('incoming')).catch(() => [])).sort();

  /** A tree with everything that a tree can have. */
  const plant = async (name: string): Promise<string> => {
    const at = (...parts: string[]): string => cli.path(name, ...parts);
    await mkdir(at('src', 'deep', 'deeper'), { recursive: true });
    await mkdir(at('empty'));
    await writeFile(at('src', 'a.txt'), 'hello');
    await writeFile(at('src', 'deep', 'nothing'), '');
    await writeFile(at('src', 'deep', 'deeper', 'データ ü.bin'), randomBytes(300_000));
    await writeFile(at('run.sh'), '#!/bin/sh\n');
    await chmod(at('run.sh'), 0o755);
    await chmod(at('src', 'a.txt'), 0o640);
    await symlink('../run.sh', at('src', 'link'));
    await utimes(at('src', 'a.txt'), LONG_AGO, LONG_AGO);
    await utimes(at('empty'), LONG_AGO, LONG_AGO);
    return at();
  };

  it('arrive as they were: content, names, modes, times, links and empty folders', async () => {
    await pairAll();
    const there = await plant('proj');
    const listener = await listen();
    const sender = send('proj');
    assert.equal(await sender.end(), 0, sender.stdout + sender.stderr);
    const measured = await sender.line('measured');
    assert.deepEqual(
      [measured['kind'], measured['files'], measured['links'], measured['ignored']],
      ['folder', 4, 1, 0],
    );
    const [done, offer] = [await sender.line('completed'), await listener.line('offer')];
    assert.deepEqual(
      [offer['kind'], offer['roots'], offer['entries'], offer['trust']],
      ['folder', 1, 10, 'verified'],
    );
    const arrived = await listener.line('completed');
    assert.equal(arrived['path'], cli.path('incoming', 'proj'));
    assert.equal(arrived['treeHash'], done['treeHash']);
    assert.equal(arrived['receipt'], done['receipt']);
    assert.deepEqual([done['files'], arrived['files']], [4, 4]);
    await assertSame(there, cli.path('incoming', 'proj'));
    assert.deepEqual(await received(), ['proj'], 'nothing is left beside it');

    // Sent again, the second lies beside the first, and nothing of it has travelled.
    const again = await sent('proj');
    assert.equal(again['spared'], again['bytes']);
    assert.deepEqual(await received(), ['proj', 'proj (1)']);
    await assertSame(there, cli.path('incoming', 'proj (1)'));
  });

  it('go together with files as one transfer, without what git ignores where one says so', async () => {
    await pairAll();
    await plant('proj');
    await writeFile(cli.path('proj', '.gitignore'), '*.bin\nempty/\n');
    await writeFile(cli.path('README.md'), 'read me');
    const listener = await listen();
    const sender = send('proj', 'README.md', '--gitignore');
    assert.equal(await sender.end(), 0, sender.stdout + sender.stderr);
    const measured = await sender.line('measured');
    assert.deepEqual([measured['kind'], measured['roots'], measured['ignored']], ['several', 2, 2]);
    assert.equal(sender.lines.filter(({ event }) => event === 'completed').length, 1);
    assert.equal((await listener.line('completed'))['kind'], 'several');
    assert.deepEqual(await received(), ['README.md', 'proj']);
    await rm(cli.path('proj', 'empty'), { recursive: true });
    await rm(cli.path('proj', 'src', 'deep', 'deeper', 'データ ü.bin'));
    await assertSame(cli.path('proj'), cli.path('incoming', 'proj'), { times: false });
    assert.equal(await readFile(cli.path('incoming', 'README.md'), 'utf8'), 'read me');
  });

  it('are brought up to date in place with --update, save for what was changed here', async () => {
    await pairAll();
    await plant('proj');
    const listener = await listen('--update');
    await sent('proj');
    await writeFile(cli.path('proj', 'run.sh'), '#!/bin/sh\necho new\n');
    await writeFile(cli.path('proj', 'src', 'a.txt'), 'theirs');
    await writeFile(cli.path('incoming', 'proj', 'src', 'a.txt'), 'mine');
    const done = await sent('proj');
    assert.ok(Number(done['spared']) >= 300_000, JSON.stringify(done));
    const arrived = await listener.line('completed', (line) => line['conflicts'] !== undefined);
    assert.deepEqual((arrived['conflicts'] as string[]).length, 1);
    assert.deepEqual(await received(), ['proj']);
    const here = (name: string): Promise<string> =>
      readFile(cli.path('incoming', 'proj', name), 'utf8');
    assert.equal(await here('run.sh'), '#!/bin/sh\necho new\n');
    assert.equal(await here('src/a.txt'), 'mine');
    assert.equal(await here('src/a (1).txt'), 'theirs');
  });

  it('go on where they stopped when the listener was killed in the middle', async () => {
    await pairAll();
    await mkdir(cli.path('proj'));
    for (const name of ['a', 'b', 'c']) {
      await writeFile(cli.path('proj', name), randomBytes(1000));
      await truncate(cli.path('proj', name), 80_000_000);
    }
    const listener = await listen();
    const sender = send('proj');
    await listener.line('progress', (line) => Number(line['bytes']) > 90_000_000);
    listener.kill('SIGKILL');
    await listener.exited;
    await sender.line('interrupted', (line) => line['resumes'] === 'agent');
    assert.ok((await received()).every((name) => name.endsWith('.part')));
    // Whoever was killed finds it with its id, and stays until it is whole.
    const id = String((await sender.line('offered'))['transferId']);
    const resumer = cli.start(['resume', id.slice(0, 6), '--json', ...as('bob')]);
    assert.equal(await resumer.end(), 0, resumer.stdout + resumer.stderr);
    assert.equal((await resumer.line('state'))['fileName'], 'proj');
    assert.equal(await sender.end(), 0, sender.stdout + sender.stderr);
    const done = await sender.line('completed');
    assert.equal(done['bytes'], 240_000_000);
    assert.ok(Number(done['spared']) >= 60_000_000, JSON.stringify(done));
    await assertSame(cli.path('proj'), cli.path('incoming', 'proj'));
    assert.deepEqual(await received(), ['proj']);
    const nothing = cli.start(['resume', '--json', ...as('bob')]);
    assert.equal(await nothing.end(), 0, nothing.stderr);
    assert.match(nothing.stderr, /Nothing is interrupted/);
    const unknown = cli.start(['resume', 'ffffffffffff', '--json', ...as('bob')]);
    assert.equal(await unknown.end(), 2);
  });

  it('are told of by a listener that is started again only after it has said who it is', async () => {
    await pairAll();
    await writeFile(cli.path('long.bin'), 'x');
    await truncate(cli.path('long.bin'), 2_000_000_000);
    const listener = await listen();
    const sender = send('long.bin');
    await listener.line('progress', (line) => Number(line['bytes']) > 10_000_000);
    for (const process of [listener, sender]) process.kill('SIGKILL');
    await Promise.all([listener.exited, sender.exited]);
    const again = await listen();
    const told = await again.line('interrupted');
    assert.equal(told['code'], 'AGENT_OFFLINE');
    assert.equal(again.lines[0]?.event, 'listening', again.stdout);
  });

  it('are refused to agents that are not paired, and when a link leads out of them', async () => {
    await pairAll();
    await plant('proj');
    const open = cli.start(['send', 'proj', '--to', 'carol', '--json', ...as('alice')]);
    assert.equal(await open.end(), 1, open.stdout);
    const refusal = await open.line('failed');
    assert.equal(refusal['code'], 'NOT_A_FILE');
    assert.match(String(refusal['message']), /[Pp]air/);
    await symlink('/etc/passwd', cli.path('proj', 'out'));
    const out = send('proj');
    assert.equal(await out.end(), 1, out.stdout);
    assert.equal((await out.line('failed'))['code'], 'LINK_REFUSED');
    assert.ok(!out.lines.some(({ event }) => event === 'offered'));
  });

  it('are kept in step by sync, and lose only what both sides agreed to', async () => {
    await pairAll();
    await mkdir(cli.path('site'));
    await writeFile(cli.path('site', 'index.html'), 'one');
    await writeFile(cli.path('site', 'old.html'), 'old');
    const listener = await listen();
    const here = (name: string): Promise<string | undefined> =>
      readFile(cli.path('incoming', 'site', name), 'utf8').catch(() => undefined);
    const syncing = (...flags: string[]): CliProcess =>
      cli.start(['sync', 'site', '--to', 'bob', '--json', ...flags, ...as('alice')]);

    const keeping = syncing('--delete');
    await keeping.line('watching');
    assert.equal(await here('index.html'), 'one');
    await writeFile(cli.path('site', 'new.html'), 'new');
    await rm(cli.path('site', 'old.html'));
    await listener.until(
      () => listener.lines.some((line) => Number(line['undeleted'] ?? 0) > 0),
      'a round that could not remove',
    );
    await keeping.until(
      () => keeping.lines.filter(({ event }) => event === 'completed').length > 1,
      'the second round',
    );
    assert.equal(await here('new.html'), 'new');
    assert.equal(await here('old.html'), 'old', 'removing was not granted');
    assert.deepEqual(await received(), ['site'], 'no copy beside it');
    keeping.kill('SIGINT');
    assert.equal(await keeping.end(), 130);

    const list = cli.start(['grants', '--json', ...as('bob')]);
    assert.equal(await list.end(), 0, list.stderr);
    const [grant, ...others] = list.lines;
    assert.deepEqual(
      [grant?.['mayDelete'], grant?.['path'], others],
      [false, cli.path('incoming', 'site'), []],
    );
    const id = String(grant?.['grantId']);
    const revoked = cli.start(['grants', 'revoke', id.slice(0, 8), '--json', ...as('bob')]);
    assert.equal(await revoked.end(), 0, revoked.stdout + revoked.stderr);
    const empty = cli.start(['grants', '--json', ...as('bob')]);
    assert.equal(await empty.end(), 0);
    assert.deepEqual(empty.lines, []);
  });

  it('lose what was removed where the sync asks for it and the listener grants it', async () => {
    await pairAll();
    await mkdir(cli.path('site'));
    await writeFile(cli.path('site', 'a'), 'a');
    await writeFile(cli.path('site', 'b'), 'b');
    const once = async (): Promise<void> => {
      const flags = ['--delete', '--once', '--json', ...as('alice')];
      const round = cli.start(['sync', 'site', '--to', 'bob', ...flags]);
      assert.equal(await round.end(), 0, round.stdout + round.stderr);
    };
    const listener = await listen('--allow-delete');
    await once();
    await writeFile(cli.path('incoming', 'site', 'own'), 'mine');
    await rm(cli.path('site', 'b'));
    await once();
    await listener.line('completed', (line) => line['deleted'] === 1);
    assert.deepEqual((await readdir(cli.path('incoming', 'site'))).sort(), ['a', 'own']);
  });
});

/** Content by `diff -r`, which follows no links here; then kinds, modes, times and link targets. */
async function assertSame(one: string, other: string, { times = true } = {}): Promise<void> {
  execFileSync('diff', ['-r', '--no-dereference', one, other], { stdio: 'pipe' });
  const [here, there] = await Promise.all([listOf(one, times), listOf(other, times)]);
  assert.deepEqual(there, here);
}

async function listOf(root: string, times: boolean): Promise<readonly string[]> {
  const names = await readdir(root, { recursive: true });
  const lines = ['', ...names].map(async (name) => {
    const stat = await lstat(path.join(root, name));
    const mode = (stat.mode & 0o777).toString(8);
    if (stat.isSymbolicLink()) return `${name} link`;
    return `${name} ${stat.isDirectory() ? 'd' : 'f'} ${mode} ${times ? Math.floor(stat.mtimeMs) : ''}`;
  });
  return (await Promise.all(lines)).sort();
}

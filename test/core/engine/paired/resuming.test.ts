import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { online, pairUp } from '../../../support/pairUp';
import { linesOf, makeTree } from '../../../support/treeOnDisk';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const DAY_MS = 24 * 60 * 60 * 1000;

/** If this fails, what has arrived is lost, or moved again, when something comes in between. */
describe('a transfer between paired agents that is interrupted', function () {
  this.timeout(180_000);
  const hub = withHub();
  const mounted: string[] = [];
  // Registered before the engines' own cleaning up, which removes the folders.
  afterEach(() => {
    for (const folder of mounted.splice(0)) execFileSync('umount', ['-l', folder]);
  });
  const engines = withEngines(hub);
  const paired = async (): Promise<[Agent, Agent]> => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    return [alice, bob];
  };
  /** Many files, and one that takes most of the time. */
  const large = (): Promise<string> => {
    const small = Array.from({ length: 40 }, (_, number) => [
      `a/${String(number)}.bin`,
      randomBytes(300_000),
    ]);
    return makeTree(engines.path('out', 'large'), {
      ...(Object.fromEntries(small) as Record<string, Buffer>),
      'b/large.bin': randomBytes(160_000_000),
    });
  };
  const moved = (agent: Agent, id: string, bytes: number): Promise<true> =>
    agent.until(`${String(bytes)} bytes`, () => {
      const state = agent.transfer(id)?.state;
      return state?.kind === 'transferring' && state.progress.bytes >= bytes;
    });

  for (const who of ['alice', 'bob'] as const) {
    it(`goes on where it stopped when ${who}’s engine is started again`, async () => {
      const [alice, bob] = await paired();
      const folder = await large();
      const id = await alice.send(folder, bob);
      await bob.accept(id);
      await moved(bob, id, 30_000_000);
      const gone = who === 'alice' ? alice : bob;
      const other = who === 'alice' ? bob : alice;
      await engines.stop(gone);
      const { resumes, error } = await other.state(id, 'interrupted');
      assert.equal(resumes, 'agent');
      assert.match(error.message, new RegExp(who));
      const back = await engines.start(who, { home: gone.home });
      const [sender, receiver] = who === 'alice' ? [back, bob] : [alice, back];
      const [sent, received] = await Promise.all([sender.completed(id), receiver.completed(id)]);
      assert.ok((received.spared ?? 0) >= 12_000_000, `${String(received.spared)} bytes spared`);
      assert.equal(sent.spared, received.spared);
      assert.deepEqual(await linesOf(received.path ?? ''), await linesOf(folder));
      assert.deepEqual(await engines.saved(bob), ['large'], 'nothing of the way is left');
    });
  }

  it('goes on over another link, with what changed, came and went at the sender meanwhile', async () => {
    const [alice, bob] = await paired();
    const folder = await large();
    const id = await alice.send(folder, bob);
    await bob.accept(id);
    await moved(bob, id, 30_000_000);
    await engines.stop(alice);
    await bob.state(id, 'interrupted');
    await writeFile(path.join(folder, 'a/7.bin'), 'changed');
    await rm(path.join(folder, 'a/8.bin'));
    await writeFile(path.join(folder, 'a/new.bin'), 'not in the list');
    const back = await engines.start('alice', { home: alice.home });
    const [sent, received] = await Promise.all([back.completed(id), bob.completed(id)]);
    for (const result of [sent, received]) {
      assert.deepEqual([result.changed, result.gone], [1, 1], JSON.stringify(result));
      assert.ok((result.spared ?? 0) > 10_000_000, 'what did not change does not come again');
    }
    await rm(path.join(folder, 'a/new.bin'));
    const times = (line: string): string => line.replace(/^(a\/?) .*/, '$1');
    assert.deepEqual(
      (await linesOf(received.path ?? '')).map(times),
      (await linesOf(folder)).map(times),
    );
  });

  it('leaves nothing behind when it is cancelled, from either side', async () => {
    for (const canceller of ['alice', 'bob'] as const) {
      const [alice, bob] = await paired();
      const id = await alice.send(await large(), bob);
      await bob.accept(id);
      await moved(bob, id, 20_000_000);
      await (canceller === 'alice' ? alice : bob).engine.cancel(id);
      await alice.failed(id, canceller === 'alice' ? 'CANCELLED' : 'CANCELLED_BY_PEER');
      await bob.failed(id, canceller === 'bob' ? 'CANCELLED' : 'CANCELLED_BY_PEER');
      assert.deepEqual(await engines.saved(bob), []);
      await Promise.all([engines.stop(alice), engines.stop(bob)]);
      await rm(engines.path('out'), { recursive: true });
    }
  });

  it('waits for the person when the disk is full, and goes on when they say so', async function () {
    if (!isRoot) this.skip();
    const [alice, bob] = await paired();
    const disk = engines.path('disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk]);
    mounted.push(disk);
    const folder = await makeTree(engines.path('out', 'filling'), {
      'a.bin': randomBytes(12_000_000),
      'b.bin': randomBytes(24_000_000),
    });
    const id = await alice.send(folder, bob);
    await bob.asked(id);
    await bob.engine.answer(id, { kind: 'accept', directory: disk });
    await moved(bob, id, 1);
    // Another program takes what is left, in the middle of the transfer.
    await writeFile(path.join(disk, 'other'), Buffer.alloc(48_000_000)).catch(() => undefined);
    const here = await bob.state(id, 'interrupted');
    assert.deepEqual([here.error.code, here.resumes], ['DISK_FULL', 'person']);
    const there = await alice.state(id, 'interrupted');
    assert.deepEqual([there.error.code, there.resumes], ['DISK_FULL', 'agent']);
    assert.match(
      there.error.message,
      /^bob has no room for it\. It goes on once bob has made room/,
    );
    assert.ok(!there.error.message.includes(disk), 'no path of ours leaves');
    // Nothing mended yet: it says so again.
    const before = countStates(bob, id);
    await bob.engine.resume(id);
    await bob.until('the second try', () => countStates(bob, id) > before);
    await bob.state(id, 'interrupted');
    await rm(path.join(disk, 'other'));
    await bob.engine.resume(id);
    const [received] = await Promise.all([bob.completed(id), alice.completed(id)]);
    assert.deepEqual(await linesOf(received.path ?? ''), await linesOf(folder));
    assert.deepEqual(await readdir(disk), ['filling']);
  });

  it('ends when nobody went on with it for two weeks, and what arrived is removed', async () => {
    const [alice, bob] = await paired();
    const id = await alice.send(await large(), bob);
    await bob.accept(id);
    await moved(bob, id, 20_000_000);
    await Promise.all([engines.stop(alice), engines.stop(bob)]);
    const [partial] = await engines.saved(bob);
    assert.ok(partial !== undefined);
    assert.ok((await lstat(path.join(bob.config.saveDirectory, partial))).isDirectory());
    const longAgo = new Date(Date.now() - 15 * DAY_MS).toISOString();
    for (const [agent, collection] of [
      [alice, 'outgoing'],
      [bob, 'incoming'],
    ] as const) {
      const record = (await agent.home.read(collection, id)) as object;
      await agent.home.write(collection, id, { ...record, movedAt: longAgo });
    }
    const [a, b] = await Promise.all([
      engines.start('alice', { home: alice.home }),
      engines.start('bob', { home: bob.home }),
    ]);
    await b.failed(id, 'INTERRUPTED');
    await a.ended(id);
    assert.deepEqual(await engines.saved(bob), []);
  });

  it('is shown as it stands after a restart, and cancelled while the other is away', async () => {
    const [alice, bob] = await paired();
    const id = await alice.send(await large(), bob);
    await bob.accept(id);
    await moved(bob, id, 20_000_000);
    await Promise.all([engines.stop(alice), engines.stop(bob)]);
    const back = await engines.start('bob', { home: bob.home });
    const { resumes } = await back.state(id, 'interrupted');
    assert.equal(resumes, 'agent');
    const shown = back.transfer(id);
    assert.deepEqual([shown?.kind, shown?.entries], ['folder', 44]);
    await back.engine.cancel(id);
    await back.failed(id, 'CANCELLED');
    assert.deepEqual(await engines.saved(bob), []);
    const sender = await engines.start('alice', { home: alice.home });
    await online(sender, 'bob');
    await sender.failed(id, 'CANCELLED_BY_PEER');
  });
});

/** How often a transfer was told in any state. */
function countStates(agent: Agent, id: string): number {
  return agent.events.filter(
    (event) => event.type === 'transfer' && event.transfer.transferId === id,
  ).length;
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { chmod, chown, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { pairUp, presence } from '../../../support/pairUp';
import { linesOf, makeTree } from '../../../support/treeOnDisk';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

const isRoot = process.getuid?.() === 0;
/** The user id that every Linux has for nobody in particular. */
const NOBODY = 65_534;
/** Milliseconds between two writes: several while a file of some megabytes is read. */
const WRITE_EVERY_MS = 2;

/** If this fails, what has arrived is thrown away because of one file that nobody could read. */
describe('a transfer whose sender has trouble with a file', function () {
  this.timeout(120_000);
  const hub = withHub();
  const writers: (() => void)[] = [];
  afterEach(() => {
    for (const stop of writers.splice(0)) stop();
  });
  const engines = withEngines(hub);
  const paired = async (): Promise<[Agent, Agent]> => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    return [alice, bob];
  };
  const tree = (): Promise<string> =>
    makeTree(engines.path('out', 'work'), {
      'a.bin': randomBytes(4_000_000),
      'b.log': randomBytes(24_000_000),
      'c.txt': 'behind it',
    });
  /** Something that writes to a file all the time, and ends with the test at the latest. */
  const writeTo = (file: string): (() => void) => {
    const handle = openSync(file, 'r+');
    const timer = setInterval(() => writeSync(handle, randomBytes(8), 0, 8, 100), WRITE_EVERY_MS);
    const stop = (): void => {
      if (!writers.includes(stop)) return;
      writers.splice(writers.indexOf(stop), 1);
      clearInterval(timer);
      closeSync(handle);
    };
    writers.push(stop);
    return stop;
  };
  /** Accepted, and stopped by the file that is written to all the time. */
  const stopped = async (alice: Agent, bob: Agent) => {
    const folder = await tree();
    const stop = writeTo(path.join(folder, 'b.log'));
    const id = await alice.send(folder, bob);
    await bob.accept(id);
    const [there, here] = await Promise.all([
      alice.state(id, 'interrupted'),
      bob.state(id, 'interrupted'),
    ]);
    return { folder, stop, id, there, here };
  };

  for (const who of ['sender', 'receiver'] as const) {
    it(`waits while a file changes faster than it is read, until the ${who} says go on`, async () => {
      const [alice, bob] = await paired();
      const { folder, stop, id, there, here } = await stopped(alice, bob);
      assert.deepEqual([there.error.code, there.resumes], ['SOURCE_CHANGED', 'person']);
      assert.match(there.error.message, /work\/b\.log/);
      assert.deepEqual([here.error.code, here.resumes], ['SOURCE_CHANGED', 'person']);
      assert.ok(!here.error.message.includes(engines.path()), 'no path of the sender leaves');
      const one = who === 'sender' ? alice : bob;
      // Nothing mended yet: it says so again, on both sides.
      const before = alice.events.length;
      await one.engine.resume(id);
      await alice.until('the second try', () =>
        alice.events
          .slice(before)
          .some(
            (event) => event.type === 'transfer' && event.transfer.state.kind === 'transferring',
          ),
      );
      await Promise.all([alice.state(id, 'interrupted'), bob.state(id, 'interrupted')]);
      stop();
      await one.engine.resume(id);
      const [sent, received] = await Promise.all([alice.completed(id), bob.completed(id)]);
      assert.ok((received.spared ?? 0) >= 4_000_000, `${String(received.spared)} bytes spared`);
      assert.equal(sent.changed, 1);
      assert.deepEqual(await linesOf(received.path ?? ''), await linesOf(folder));
      assert.deepEqual(await engines.saved(bob), ['work'], 'nothing of the way is left');
    });
  }

  it('hears that the sender has ended it, at once or when both are there again', async () => {
    for (const isAway of [false, true]) {
      const [alice, bob] = await paired();
      const { id, stop } = await stopped(alice, bob);
      let receiver = bob;
      if (isAway) {
        await engines.stop(bob);
        await presence(alice, 'bob', 'offline');
        // What runs again waits again, and only then hears of it.
        receiver = await engines.start('bob', { home: bob.home });
        const { error } = await receiver.until('the same trouble', () => {
          const state = receiver.transfer(id)?.state;
          return state?.kind === 'interrupted' && state.resumes === 'person' && state;
        });
        assert.equal(error.code, 'SOURCE_CHANGED');
      }
      await alice.engine.cancel(id);
      await receiver.failed(id, 'OFFER_WITHDRAWN');
      assert.deepEqual(await engines.saved(receiver), []);
      stop();
      await Promise.all([engines.stop(alice), engines.stop(receiver)]);
    }
  });

  it('waits while a file cannot be read, and goes on once it can', async function () {
    if (process.platform === 'win32') this.skip();
    const [alice, bob] = await paired();
    const folder = await tree();
    await mkdir(bob.config.saveDirectory, { recursive: true });
    await asSomebody(async () => {
      const id = await alice.send(folder, bob);
      await chmod(path.join(folder, 'b.log'), 0);
      await bob.accept(id);
      const [there, here] = await Promise.all([
        alice.state(id, 'interrupted'),
        bob.state(id, 'interrupted'),
      ]);
      assert.deepEqual([there.error.code, there.resumes], ['PATH_UNREADABLE', 'person']);
      assert.match(there.error.message, /b\.log/);
      assert.deepEqual([here.error.code, here.resumes], ['PATH_UNREADABLE', 'person']);
      assert.ok(!here.error.message.includes(folder), 'no path of the sender leaves');
      await chmod(path.join(folder, 'b.log'), 0o644);
      await alice.engine.resume(id);
      const [received] = await Promise.all([bob.completed(id), alice.completed(id)]);
      assert.deepEqual(await linesOf(received.path ?? ''), await linesOf(folder));
    });
  });

  /** Root reads everything, so that for a while somebody else is at work. */
  async function asSomebody(act: () => Promise<void>): Promise<void> {
    if (!isRoot) return act();
    await chownAll(engines.path());
    process.seteuid?.(NOBODY);
    try {
      await act();
    } finally {
      process.seteuid?.(0);
    }
  }
});

async function chownAll(folder: string): Promise<void> {
  await chown(folder, NOBODY, NOBODY);
  for (const name of await readdir(folder, { recursive: true })) {
    await chown(path.join(folder, name), NOBODY, NOBODY);
  }
}

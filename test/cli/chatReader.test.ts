import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { withCli } from '../support/runCli';
import { withHub } from '../support/withHub';
import { textsOf, withTalkers } from './withTalkers';

/** Messages, and letters in each: far more than may wait for a reader. */
const MESSAGES = 300;
const LETTERS = 30_000;
/** Bytes that a program may grow by meanwhile: an engine has buffers and a heap of its own. */
const MAX_GROWTH = 120 * 1024 * 1024;

describe('a program that does not read what chat --json tells', function () {
  this.timeout(180_000);
  const hub = withHub();
  const cli = withCli();
  const { pair, chat, line } = withTalkers(hub, cli);

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  const resident = async (pid: number | undefined): Promise<number> => {
    const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
    return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
  };

  it('costs a bounded amount of memory, and finds everything in order when it reads again', async () => {
    await pair();
    const bob = chat('bob', 'alice');
    const alice = chat('alice', 'bob');
    await bob.line('connected');
    await alice.line('connected');
    const before = await resident(bob.child.pid);
    bob.child.stdout?.pause();
    const texts = Array.from({ length: MESSAGES }, (_, index) =>
      `${String(index)} `.padEnd(LETTERS, 'x'),
    );
    alice.say(...texts.map((text) => line(text)));
    await alice.until(
      () => alice.lines.filter(({ event }) => event === 'delivered').length === MESSAGES,
      'all to be on his disk',
    );
    const growth = (await resident(bob.child.pid)) - before;
    assert.ok(growth < MAX_GROWTH, `${String(growth)} bytes more`);
    const read = alice.lines.filter(({ event }) => event === 'read').length;
    assert.ok(read < MESSAGES, 'what nobody has read is not called read');
    bob.child.stdout?.resume();
    await bob.until(() => textsOf(bob).length === MESSAGES, 'all of them');
    assert.deepEqual(textsOf(bob), texts);
  });
});

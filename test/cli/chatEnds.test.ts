import assert from 'node:assert/strict';
import { withCli, type CliProcess } from '../support/runCli';
import { withHub } from '../support/withHub';
import { textsOf, withTalkers } from './withTalkers';

/** Rounds of every way to end; more of them look for what happens seldom. */
const ROUNDS = Number(process.env['BEELINE_ROUNDS'] ?? '1');

/** How one side ends, and what it then answers to its shell. */
const ends = [
  { how: 'the end of its input', code: 0 },
  { how: 'SIGINT', code: 130 },
  { how: 'SIGTERM', code: 143 },
  { how: 'the death of the other side', code: 130 },
] as const;

describe('a chat over a data channel that ends', function () {
  this.timeout(40_000 + 60_000 * ROUNDS);
  const hub = withHub();
  const cli = withCli();
  const { pair, chat, line } = withTalkers(hub, cli);

  // Threads of the WebRTC stack run until the very end; one that outlives what it calls is a crash.
  it('always gives its own exit code, however it ends, with messages on their way', async () => {
    await pair();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { how, code } of ends) {
        const alice = chat('alice', 'bob');
        const bob = chat('bob', 'alice');
        const both = [alice, bob];
        await Promise.all(both.map((one) => one.line('connected', ({ over }) => over === 'peer')));
        const flood = Array.from({ length: 30 }, () => line('x'.repeat(20_000)));
        for (const one of both) one.say(...flood);
        await Promise.all(both.map((one) => one.until(() => textsOf(one).length > 3, 'messages')));
        if (how === 'the end of its input') alice.hush();
        else if (how === 'the death of the other side') {
          bob.kill('SIGKILL');
          await bob.exited;
          alice.kill('SIGINT');
        } else alice.kill(how);
        assert.equal(await alice.end(), code, describeEnd(how, alice));
        if (how === 'the death of the other side') continue;
        bob.kill('SIGINT');
        assert.equal(await bob.end(), 130, describeEnd(how, bob));
      }
    }
  });

  it('goes on in another terminal of the home, which takes the data channel when the first ends', async () => {
    await pair();
    const bob = chat('bob', 'alice');
    const first = chat('alice', 'bob');
    await first.line('connected', ({ over }) => over === 'peer');
    const second = chat('alice', 'bob');
    await second.line('connected', ({ over }) => over === 'peer');
    second.say(line('from the second'));
    await bob.line('text', ({ text }) => text === 'from the second');
    const before = second.lines.length;
    first.kill('SIGKILL');
    await first.exited;
    const again = (): boolean => second.lines.slice(before).some(({ over }) => over === 'peer');
    await second.until(again, 'a data channel of its own');
    bob.say(line('back'));
    await second.line('text', ({ text }) => text === 'back');
  });

  it('ends at once when it is interrupted twice', async () => {
    await pair();
    const alice = chat('alice', 'bob');
    const bob = chat('bob', 'alice');
    await bob.line('connected', ({ over }) => over === 'peer');
    alice.kill('SIGINT');
    alice.kill('SIGTERM');
    const code = await alice.end();
    assert.ok(code === 130 || code === 143, describeEnd('two signals', alice));
  });
});

function describeEnd(how: string, one: CliProcess): string {
  return `ended by ${how}, with the signal ${String(one.child.signalCode)}:\n${one.stderr}`;
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { MessagePipe } from '../../../src/core/identity/messagePipe';
import type { Membership, Swarm } from '../../../src/core/swarm/swarm';
import { until, withLinks } from '../../support/withLinks';
import { withTestnet } from '../../support/withTestnet';

describe('the meeting of a pairing', () => {
  const testnet = withTestnet();
  const agents = withLinks(testnet);

  it('inviter and invitee meet whoever comes first, and speak in messages', async () => {
    for (const order of ['server', 'client'] as const) {
      const topic = randomBytes(32);
      const [one, two] = [await agents.swarm(), await agents.swarm()];
      const first = meet(one, topic, order);
      await delay(order === 'server' ? 0 : 500);
      const second = meet(two, topic, order === 'server' ? 'client' : 'server');
      const [atOne, atTwo] = [await first.pipe(), await second.pipe()];
      atOne.send(Buffer.from('hello'));
      assert.equal((await atTwo.receive(16))?.toString(), 'hello');
      assert.deepEqual(atOne.handshakeHash, atTwo.handshakeHash);
      assert.equal(atOne.isInitiator, order === 'client');
      await Promise.all([first.membership.leave(), second.membership.leave()]);
      assert.equal(await atTwo.receive(16), null);
    }
  });

  it('two inviters, or two invitees, do not meet', async () => {
    for (const role of ['server', 'client'] as const) {
      const topic = randomBytes(32);
      const met = [
        meet(await agents.swarm(), topic, role),
        meet(await agents.swarm(), topic, role),
      ];
      await delay(3500);
      assert.deepEqual(
        met.map(({ pipes }) => pipes.length),
        [0, 0],
      );
    }
  });

  it('each meeting and each process has another key, so that nobody is recognised by it', async () => {
    const [one, two] = [await agents.swarm(), await agents.swarm()];
    assert.notDeepEqual(one.publicKey, two.publicKey);
    const [topic, other] = [randomBytes(32), randomBytes(32)];
    const here = [meet(one, topic, 'server'), meet(one, other, 'server')];
    const there = [meet(two, topic, 'client'), meet(two, other, 'client')];
    const pipes = await Promise.all([...here, ...there].map((met) => met.pipe()));
    assert.equal(new Set(pipes.map(({ handshakeHash }) => handshakeHash.toString('hex'))).size, 2);
  });
});

function meet(
  swarm: Swarm,
  topic: Buffer,
  role: 'server' | 'client',
): { membership: Membership; pipes: MessagePipe[]; pipe: () => Promise<MessagePipe> } {
  const pipes: MessagePipe[] = [];
  const membership = swarm.meet({ topic, role, onPipe: (pipe) => pipes.push(pipe) });
  return { membership, pipes, pipe: () => until(() => pipes[0], 'the other side') };
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  createSwarm,
  seedKeyHash,
  transferTopic,
  type Membership,
  type Swarm,
} from '../../../src/core/swarm/swarm';
import type { ByteChannel } from '../../../src/core/transfer/byteChannel';
import { withTestnet } from '../../support/withTestnet';

describe('swarm', () => {
  const testnet = withTestnet();
  let one: Swarm;
  let two: Swarm;

  beforeEach(async () => {
    one = await createSwarm(testnet.bootstrap);
    two = await createSwarm(testnet.bootstrap);
  });

  afterEach(() => Promise.all([one.destroy(), two.destroy()]));

  it('connects two peers of one topic, who see the keys that each announced', async () => {
    const [seedOne, seedTwo] = [randomBytes(32), randomBytes(32)];
    const topic = transferTopic('a transfer');
    const [first, second] = [meet(one, topic, seedOne), meet(two, topic, seedTwo)];
    const [atOne, atTwo] = await Promise.all([first.greeted, second.greeted]);
    assert.equal(atOne.remoteKeyHash, await seedKeyHash(seedTwo));
    assert.equal(atTwo.remoteKeyHash, await seedKeyHash(seedOne));
    await Promise.all([atOne.end(), atTwo.end()]);
    assert.equal(await atTwo.read(), null);
  });

  it('keeps the node alive for other topics when one is left', async () => {
    for (const name of ['first', 'second', 'third']) {
      const here = meet(one, transferTopic(name), randomBytes(32));
      const there = meet(two, transferTopic(name), randomBytes(32));
      const channel = await here.greeted;
      channel.destroy();
      await Promise.all([here.membership.leave(), there.membership.leave()]);
    }
  });

  it('rejects a write to a channel whose peer has gone, instead of waiting for ever', async () => {
    const topic = transferTopic('gone');
    const [first, second] = [meet(one, topic, randomBytes(32)), meet(two, topic, randomBytes(32))];
    const [atOne, atTwo] = await Promise.all([first.greeted, second.greeted]);
    const writing = (async () => {
      for (;;) await atOne.write(Buffer.alloc(65_536));
    })();
    atTwo.destroy();
    await assert.rejects(writing, { code: 'PEER_LOST' });
  });

  it('is gone soon also where no node answers, so that nobody waits for an editor to close', async () => {
    const alone = await createSwarm(['127.0.0.1:1']);
    meet(alone, transferTopic('nobody there'), randomBytes(32));
    const began = performance.now();
    await alone.destroy();
    // An editor gives everything five seconds.
    assert.ok(performance.now() - began < 4000);
  });
});

/**
 * Joins, and greets on every channel. When two peers reach each other at the same moment, Hyperswarm
 * keeps one connection of the two, so the channel that counts is the one on which a greeting came.
 */
function meet(
  swarm: Swarm,
  topic: Buffer,
  seed: Buffer,
): { greeted: Promise<ByteChannel>; membership: Membership } {
  let found: (channel: ByteChannel) => void = () => undefined;
  const greeted = new Promise<ByteChannel>((resolve) => {
    found = resolve;
  });
  const membership = swarm.join({
    topic,
    seed,
    onChannel: (channel) => {
      channel.write(Buffer.from('hello'))?.catch(() => undefined);
      void channel.read().then((bytes) => {
        if (bytes !== null) found(channel);
      });
    },
  });
  return { greeted, membership };
}

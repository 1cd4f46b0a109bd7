import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createSwarm, seedKeyHash, transferTopic, type Swarm } from '../../../src/core/swarm/swarm';
import type { ByteChannel } from '../../../src/core/transfer/byteChannel';
import { withTestnet } from '../../support/withTestnet';

describe('swarm', () => {
  const testnet = withTestnet();

  const meet = (swarm: Swarm, topic: Buffer, seed: Buffer) => {
    const channels: ByteChannel[] = [];
    const membership = swarm.join({ topic, seed, onChannel: (channel) => channels.push(channel) });
    return { channels, membership };
  };

  it('connects two peers of one topic, who see the keys that each announced', async () => {
    const [one, two] = [await createSwarm(testnet.bootstrap), await createSwarm(testnet.bootstrap)];
    const [seedOne, seedTwo] = [randomBytes(32), randomBytes(32)];
    try {
      const topic = transferTopic('a transfer');
      const first = meet(one, topic, seedOne);
      const second = meet(two, topic, seedTwo);
      const [atOne, atTwo] = await Promise.all([first.channel, second.channel]);
      assert.equal(atOne.remoteKeyHash, await seedKeyHash(seedTwo));
      assert.equal(atTwo.remoteKeyHash, await seedKeyHash(seedOne));

      await atOne.write(Buffer.from('hello'));
      assert.equal((await atTwo.read())?.toString(), 'hello');
      await Promise.all([atOne.end(), atTwo.end()]);
      assert.equal(await atTwo.read(), null);
    } finally {
      await Promise.all([one.destroy(), two.destroy()]);
    }
  });

  it('keeps the node alive for the others when one topic is left, and listens to nothing more', async () => {
    const [one, two] = [await createSwarm(testnet.bootstrap), await createSwarm(testnet.bootstrap)];
    try {
      for (const name of ['first', 'second', 'third']) {
        const here = meet(one, transferTopic(name), randomBytes(32));
        const there = meet(two, transferTopic(name), randomBytes(32));
        const [channel] = await Promise.all([here.channel, there.channel]);
        channel.destroy();
        await Promise.all([here.membership.leave(), there.membership.leave()]);
      }
    } finally {
      await Promise.all([one.destroy(), two.destroy()]);
    }
  });

  it('rejects a write to a channel whose peer has gone, instead of waiting for ever', async () => {
    const [one, two] = [await createSwarm(testnet.bootstrap), await createSwarm(testnet.bootstrap)];
    try {
      const topic = transferTopic('gone');
      const first = meet(one, topic, randomBytes(32));
      const second = meet(two, topic, randomBytes(32));
      const [atOne, atTwo] = await Promise.all([first.channel, second.channel]);
      const writing = (async () => {
        for (;;) await atOne.write(Buffer.alloc(65_536));
      })();
      atTwo.destroy();
      await assert.rejects(writing, { code: 'PEER_LOST' });
    } finally {
      await Promise.all([one.destroy(), two.destroy()]);
    }
  });
});

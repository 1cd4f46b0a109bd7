import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { encodeMeta } from '../../../src/core/wire/v1Meta';
import { encodeFrame, FrameType } from '../../../src/core/wire/v1';
import {
  meet,
  offeredFile,
  postByHand,
  type HandChannel,
  type OfferedFile,
} from '../../support/handPeer';
import { withEngines, type Agent } from '../../support/withEngines';
import { withHub } from '../../support/withHub';

/** Strangers' bytes must never end under the name of a file, whatever they say and when they stop. */
describe('a receiver and a sender that plays by hand', function () {
  this.timeout(40_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const bytes = randomBytes(300_000);

  /** Offers, has bob accept, and plays the sender. */
  const play = async (
    act: (hand: HandChannel, file: OfferedFile, turn: number) => Promise<unknown>,
    options: { announced?: boolean; timeoutMs?: number; file?: OfferedFile } = {},
  ): Promise<{ bob: Agent; id: string; turns: () => number }> => {
    const { announced = true, timeoutMs = 2000, file = offeredFile(bytes) } = options;
    const bob = await engines.start('bob', { timeoutMs });
    await postByHand(engines.client('mallory'), 'bob', file, announced);
    const id = file.transferId;
    await bob.accept(id);
    const { turns } = meet(
      await engines.swarm(),
      id,
      (hand, turn) => act(hand, file, turn),
      file.seed,
    );
    return { bob, id, turns };
  };

  const failsWith = async (bob: Agent, id: string, code: string): Promise<void> => {
    await bob.failed(id, code);
    const task = await bob.task(id, 'failed');
    assert.match(task.said, new RegExp(`"code":"${code}"`));
    assert.doesNotMatch(task.said, /saved-bob/);
    assert.deepEqual(await engines.saved(bob), []);
  };

  const half = Buffer.from(bytes.subarray(0, 150_000));
  const cases: Record<
    string,
    [string, (hand: HandChannel, file: OfferedFile) => Promise<unknown>]
  > = {
    'other bytes than the hash promises': [
      'HASH_MISMATCH',
      (hand, file) => hand.sendFile(file, randomBytes(file.meta.size)),
    ],
    'more bytes than promised': [
      'PROTOCOL',
      (hand, file) => hand.sendFile(file, Buffer.concat([file.bytes, Buffer.from('!')])),
    ],
    'fewer bytes than promised': ['PROTOCOL', (hand, file) => hand.sendFile(file, half)],
    'a META that is not JSON': ['PROTOCOL', (hand) => hand.say(FrameType.meta, '{"name":')],
    'a META that is not the offer': [
      'META_MISMATCH',
      (hand, { meta }) => hand.say(FrameType.meta, encodeMeta({ ...meta, size: meta.size - 1 })),
    ],
    'a frame of an unknown type': [
      'PROTOCOL',
      async (hand, { meta }) => {
        await hand.say(FrameType.meta, encodeMeta(meta));
        await hand.raw(Buffer.from([0x77, 0, 0, 0, 1, 0]));
      },
    ],
    'a frame of four gigabytes': [
      'PROTOCOL',
      async (hand, { meta }) => {
        await hand.say(FrameType.meta, encodeMeta(meta));
        await hand.raw(Buffer.from([FrameType.data, 0xff, 0xff, 0xff, 0xff]));
      },
    ],
    'an error in the middle': [
      'PEER_ERROR',
      async (hand, { meta }) => {
        await hand.say(FrameType.meta, encodeMeta(meta));
        await hand.say(FrameType.data, half.subarray(0, 65_536));
        await hand.say(FrameType.error, 'out of \u001b[31mcoffee.');
      },
    ],
    'its cancel in the middle': [
      'CANCELLED_BY_PEER',
      async (hand, { meta }) => {
        await hand.say(FrameType.meta, encodeMeta(meta));
        await hand.say(FrameType.data, half.subarray(0, 65_536));
        await hand.say(FrameType.error, 'cancelled by sender');
      },
    ],
    'silence in the middle': [
      'PEER_SILENT',
      async (hand, { meta }) => {
        await hand.say(FrameType.meta, encodeMeta(meta));
        await hand.say(FrameType.data, half.subarray(0, 65_536));
      },
    ],
  };
  for (const [what, [code, act]] of Object.entries(cases)) {
    it(`hears ${what}: ${code}, and keeps nothing`, async () => {
      const { bob, id } = await play(async (hand, file) => {
        await act(hand, file);
        if (code === 'PEER_SILENT') return;
        // Who has heard why goes away, and the receiver need not wait for that.
        await hand.hear();
        hand.channel.destroy();
      });
      await failsWith(bob, id, code);
    });
  }

  it('hears frames that are cut: keeps nothing, and begins again when the sender comes back', async () => {
    const file = offeredFile(randomBytes(200));
    const whole = Buffer.concat([
      encodeFrame(FrameType.meta, encodeMeta(file.meta)),
      encodeFrame(FrameType.data, file.bytes),
      encodeFrame(FrameType.done),
    ]);
    // A cut in each header and payload, which the seed of a fixed stride spreads over the stream.
    const cuts = [1, 4, 5, 60, whole.length - 150, whole.length - 6, whole.length - 1];
    const bob = await engines.start('bob', { timeoutMs: 14_000 });
    await postByHand(engines.client('mallory'), 'bob', file, true);
    await bob.accept(file.transferId);
    for (const cut of cuts) {
      // A new swarm each time: Hyperswarm itself waits before it takes back a peer that broke off.
      const swarm = await engines.swarm();
      await new Promise<void>((resolve) => {
        meet(
          swarm,
          file.transferId,
          async (hand) => {
            await hand.raw(whole.subarray(0, cut));
            await new Promise((flushed) => setTimeout(flushed, 30));
            hand.channel.destroy();
            resolve();
          },
          file.seed,
        );
      });
      await swarm.destroy();
      assert.equal(bob.transfer(file.transferId)?.state.kind === 'failed', false, `cut at ${cut}`);
      assert.deepEqual(
        (await engines.saved(bob)).filter((name) => !name.endsWith('.part')),
        [],
      );
    }
    meet(await engines.swarm(), file.transferId, (hand) => hand.sendFile(file), file.seed);
    const { path } = await bob.completed(file.transferId);
    assert.ok((await readFile(path ?? '')).equals(file.bytes));
    assert.deepEqual(await engines.saved(bob), ['by hand.bin']);
  });

  it('loses a sender for good: PEER_LOST within the time, and keeps nothing', async () => {
    const swarm = await engines.swarm();
    const file = offeredFile(bytes);
    const bob = await engines.start('bob', { timeoutMs: 2000 });
    await postByHand(engines.client('mallory'), 'bob', file, true);
    await bob.accept(file.transferId);
    meet(
      swarm,
      file.transferId,
      async (hand) => {
        await hand.say(FrameType.meta, encodeMeta(file.meta));
        await hand.say(FrameType.data, file.bytes.subarray(0, 65_536));
        await bob.state(file.transferId, 'transferring');
        hand.channel.destroy();
        await swarm.destroy();
      },
      file.seed,
    );
    await failsWith(bob, file.transferId, 'PEER_LOST');
  });

  it('refuses connections with a foreign key, which cost the transfer nothing', async () => {
    const file = offeredFile(bytes);
    const bob = await engines.start('bob', { timeoutMs: 14_000 });
    await postByHand(engines.client('mallory'), 'bob', file, true);
    await bob.accept(file.transferId);
    const stranger = meet(await engines.swarm(), file.transferId, (hand) =>
      hand.sendFile(file, randomBytes(bytes.length)),
    );
    await bob.until('a refusal', () => stranger.turns() > 0);
    meet(await engines.swarm(), file.transferId, (hand) => hand.sendFile(file), file.seed);
    assert.equal((await bob.completed(file.transferId)).peerKey, 'matched');
  });

  it('lets a candidate that is silent or talks nonsense cost only its connection', async () => {
    const file = offeredFile(bytes);
    const bob = await engines.start('bob', { timeoutMs: 14_000 });
    await postByHand(engines.client('mallory'), 'bob', file, false);
    await bob.accept(file.transferId);
    const silent = meet(await engines.swarm(), file.transferId, () => Promise.resolve());
    const loud = meet(await engines.swarm(), file.transferId, (hand) =>
      hand.raw(randomBytes(4000)),
    );
    await bob.until('the bad ones', () => silent.turns() > 0 && loud.turns() > 0);
    meet(await engines.swarm(), file.transferId, (hand) => hand.sendFile(file), file.seed);
    assert.equal((await bob.completed(file.transferId)).peerKey, 'unannounced');
    assert.equal((await bob.task(file.transferId, 'completed')).assigneeId, 'bob');
  });

  it('takes the sender on another connection although the first still seems to live', async () => {
    const file = offeredFile(bytes);
    const { bob, id, turns } = await play(
      async (hand, { meta }, turn) => {
        if (turn > 1) return;
        await hand.say(FrameType.meta, encodeMeta(meta));
        await hand.say(FrameType.data, half.subarray(0, 65_536));
      },
      { file, timeoutMs: 14_000 },
    );
    await bob.state(id, 'transferring');
    assert.equal(turns(), 1);
    meet(await engines.swarm(), id, (hand) => hand.sendFile(file), file.seed);
    await bob.completed(id);
    assert.deepEqual(await engines.saved(bob), ['by hand.bin']);
  });

  it('never finds anybody: CONNECT_TIMEOUT', async () => {
    const file = offeredFile(bytes);
    const bob = await engines.start('bob', { timeoutMs: 1000 });
    await postByHand(engines.client('mallory'), 'bob', file, true);
    await bob.accept(file.transferId);
    await failsWith(bob, file.transferId, 'CONNECT_TIMEOUT');
  });
});

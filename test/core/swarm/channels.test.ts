import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import Protomux from 'protomux';
import { proveLink } from '../../../src/core/identity/linkProof';
import { encodeHello } from '../../../src/core/swarm/hello';
import type { MessageChannel } from '../../../src/core/transfer/messageChannel';
import { identities, peerOf, until, withLinks, type LinkedAgent } from '../../support/withLinks';
import { withTestnet } from '../../support/withTestnet';
import { closing, withStrangers } from './strangers';

const MIB = 1024 * 1024;

describe('channels of a link', function () {
  this.timeout(60_000);
  const testnet = withTestnet();
  const agents = withLinks(testnet);
  const strangers = withStrangers(testnet);

  it('a channel that both sides open is one; both orders, and again after it was closed', async () => {
    const [one, two] = await agents.linked();
    const [atOne, atTwo] = [await one.link(two), await two.link(one)];
    const id = randomBytes(16);
    for (let i = 0; i < 3; i++) {
      const ours = atOne.open('beeline/transfer', id);
      const theirs = atTwo.open('beeline/transfer', id);
      assert.equal(atOne.open('beeline/transfer', id), ours);
      await ours.send(0, Buffer.from('a'));
      await theirs.send(1, Buffer.from('b'));
      assert.equal((await theirs.receive())?.payload.toString(), 'a');
      assert.equal((await ours.receive())?.payload.toString(), 'b');
      ours.close();
      assert.equal(await theirs.receive(), null);
    }
    assert.deepEqual([one.channels, two.channels], [[], []]);
  });

  it('what was received before the other side closed is still read, in order and whole', async () => {
    const [one, two] = await agents.linked();
    const ours = (await one.link(two)).open('beeline/offer', Buffer.alloc(0));
    for (let i = 0; i < 100; i++) await ours.send(i % 16, Buffer.from([i]));
    await ours.send(2, Buffer.alloc(MIB, 7));
    ours.close();
    const { channel, id } = await two.opened();
    assert.equal(id.length, 0);
    await delay(50);
    for (let i = 0; i < 100; i++) {
      assert.deepEqual(await channel.receive(), { type: i % 16, payload: Buffer.from([i]) });
    }
    assert.equal((await channel.receive())?.payload.length, MIB);
    assert.equal(await channel.receive(), null);
  });

  it('a channel that nobody takes is closed, and the link goes on', async () => {
    const [one, two] = await agents.linked();
    two.takes = false;
    const link = await one.link(two);
    const refused = link.open('beeline/session', randomBytes(16));
    assert.equal(await refused.receive(), null);
    two.takes = true;
    link.open('beeline/session', randomBytes(16));
    await two.opened();
    assert.equal(two.offline.length, 0);
  });

  it('the 65th channel is not opened by us; a closed one makes room', async () => {
    const [one, two] = await agents.linked();
    const link = await one.link(two);
    const open = (): MessageChannel => link.open('beeline/transfer', randomBytes(16));
    const channels = Array.from({ length: 64 }, open);
    assert.throws(open, { code: 'PROTOCOL' });
    for (const channel of channels) {
      channel.close();
      open();
    }
    await until(() => (two.channels.length === 128 ? true : undefined), 'the channels');
    assert.deepEqual([two.refused, two.offline], [[], []]);
  });

  it('a message that is too long is refused by the sender', async () => {
    const [one, two] = await agents.linked();
    const channel = (await one.link(two)).open('beeline/transfer', randomBytes(16));
    await assert.rejects(Promise.resolve(channel.send(0, Buffer.alloc(MIB + 1))));
    await assert.rejects(Promise.resolve(channel.send(17, Buffer.alloc(1))));
    await channel.send(0, Buffer.from('well'));
    const { channel: theirs } = await two.opened();
    assert.equal((await theirs.receive())?.payload.toString(), 'well');
  });

  describe('to an agent that breaks the rules', () => {
    for (const side of ['low', 'high'] as const) {
      it(`${side}: opens a 65th channel`, async () => {
        const { victim, mux, stream } = await linkedByHand(side);
        for (let i = 0; i < 64; i++) open(mux, 'beeline/transfer', randomBytes(16));
        await until(() => (victim.channels.length === 64 ? true : undefined), 'the channels');
        assert.equal(victim.offline.length, 0);
        open(mux, 'beeline/transfer', randomBytes(16));
        await ended(victim, stream);
      });

      it(`${side}: sends a message of more than one MiB`, async () => {
        const { victim, mux, stream } = await linkedByHand(side);
        const channel = open(mux, 'beeline/transfer', randomBytes(16));
        channel.messages[0]?.send(Buffer.alloc(MIB));
        const { channel: theirs } = await victim.opened();
        assert.equal((await theirs.receive())?.payload.length, MIB);
        channel.messages[0]?.send(Buffer.alloc(MIB + 100));
        assert.equal(await theirs.receive(), null);
        await ended(victim, stream);
      });

      it(`${side}: sends more than anybody reads`, async () => {
        const { victim, mux, stream } = await linkedByHand(side);
        const channel = open(mux, 'beeline/transfer', randomBytes(16));
        for (let i = 0; i < 80 && !stream.destroying; i++) {
          channel.messages[0]?.send(Buffer.alloc(MIB));
          await delay(1);
        }
        await ended(victim, stream);
      });

      it(`${side}: says hello again, or words that are none`, async () => {
        const { victim, hello, stream } = await linkedByHand(side);
        hello.messages[0]?.send(encodeHello({ version: 'x', features: [] }));
        await ended(victim, stream);
      });

      it(`${side}: opens a channel with an id that is too long`, async () => {
        const { victim, mux, stream } = await linkedByHand(side);
        open(mux, 'beeline/transfer', randomBytes(33));
        await ended(victim, stream);
      });

      it(`${side}: opens channels of no known protocol, and closes what it never opened`, async () => {
        const { victim, mux, stream } = await linkedByHand(side);
        for (let i = 0; i < 200; i++) open(mux, 'beeline/nothing', randomBytes(16));
        stream.write(Buffer.from([0, 3, 99]));
        open(mux, 'beeline/offer', Buffer.alloc(0));
        await victim.opened();
        assert.equal(victim.offline.length, 0);
        stream.write(randomBytes(500));
        stream.write(Buffer.from([0, 2, 99]));
        await closing(stream);
        assert.equal(victim.offline.length, 1);
      });
    }

    for (const [name, frame] of [
      ['a batch', Buffer.from([0, 0, 1, 1, 0])],
      ['batches within batches, as deep as a message goes', nestedBatches(MIB)],
      ['an open of the control channel', Buffer.from([0, 1, 0, 1, 97, 0])],
      ['a rejection of what was never asked', Buffer.from([0, 2, 99])],
      ['an open whose number skips some', openFrame(500)],
      ['a number of eight bytes', Buffer.alloc(20, 255)],
    ] as const) {
      it(`sends ${name}`, async () => {
        const { victim, stream } = await linkedByHand('low');
        stream.write(frame);
        await closing(stream);
        await until(() => victim.offline[0], 'the end of the link');
      });
    }

    it('sends frames at random, and frames that are nearly right: only its own links end', async () => {
      const seed = randomBytes(4).readUInt32BE();
      const random = seeded(seed);
      let attacked: LinkedAgent | undefined;
      for (let round = 0; round < 8; round++) {
        const { victim, stream } = await linkedByHand('low');
        for (let i = 0; i < 500 && !stream.destroying; i++) {
          const bytes = Array.from({ length: Math.floor(random() * 24) }, () =>
            Math.floor(random() * (random() < 0.7 ? 4 : 256)),
          );
          stream.write(Buffer.from(bytes));
          if (i % 50 === 0) await delay(1);
        }
        stream.destroy();
        await until(() => victim.offline[0], `the end of the link (seed ${seed})`);
        attacked = victim;
      }
      assert.ok(attacked !== undefined);
      const bystander = await agents.start();
      agents.pair(attacked, bystander);
      await Promise.all([attacked.link(bystander), bystander.link(attacked)]);
    });

    it('a hello that is too long is not answered', async () => {
      const { victim, hello, stream } = await provenByHand('low');
      hello.messages[0]?.send(encodeHello({ version: 'x'.repeat(65), features: [] }));
      await closing(stream);
      assert.deepEqual(victim.online, []);
    });
  });

  it('two channels that move 256 MiB at once share the link evenly, with flat memory', async () => {
    const [one, two] = await agents.linked();
    const link = await one.link(two);
    const chunk = Buffer.alloc(64 * 1024, 1);
    const each = (128 * MIB) / chunk.length;
    const received = [0, 0];
    const halves: number[][] = [];
    let peak = 0;
    const before = process.memoryUsage().rss;
    const sending = [0, 1].map(async (which) => {
      const channel = link.open('beeline/transfer', Buffer.alloc(16, which));
      for (let i = 0; i < each; i++) await channel.send(0, chunk);
      assert.equal(await channel.receive(), null);
    });
    const receiving = [await two.opened(), await two.opened()].map(async ({ channel, id }) => {
      const which = id[0] ?? 0;
      for (let i = 0; i < each; i++) {
        const message = await channel.receive();
        received[which] = (received[which] ?? 0) + (message?.payload.length ?? 0);
        if (i % 100 === 0) {
          halves.push([...received]);
          peak = Math.max(peak, process.memoryUsage().rss);
        }
      }
      channel.close();
    });
    await Promise.all([...sending, ...receiving]);
    for (const [first = 0, second = 0] of halves) {
      assert.ok(Math.abs(first - second) <= 2 * MIB, `${first} and ${second} bytes`);
    }
    assert.deepEqual(received, [128 * MIB, 128 * MIB]);
    // Both sides and the sources of the tests are in this process.
    assert.ok(peak - before < 150 * MIB, `${Math.round((peak - before) / MIB)} MiB more`);
  });

  it('a channel with one small message is not held up by one that sends without end', async () => {
    const [one, two] = await agents.linked();
    const link = await one.link(two);
    const greedy = link.open('beeline/transfer', Buffer.alloc(16, 1));
    const small = link.open('beeline/transfer', Buffer.alloc(16, 2));
    const enough = new AbortController();
    const isOver = (): boolean => enough.signal.aborted;
    const chunk = Buffer.alloc(MIB);
    const sending = (async () => {
      while (!isOver()) await greedy.send(0, chunk);
      greedy.close();
    })();
    const { channel: drain } = await two.opened();
    const draining = (async () => {
      while ((await drain.receive()) !== null);
    })();
    const { channel: theirs } = await two.opened();
    for (let i = 0; i < 20; i++) {
      const begun = performance.now();
      await small.send(0, Buffer.from([i]));
      assert.deepEqual((await theirs.receive())?.payload, Buffer.from([i]));
      assert.ok(performance.now() - begun < 1000);
    }
    enough.abort();
    await Promise.all([sending, draining]);
  });

  /** A real agent, and on the other side of its proven connection a peer that speaks by hand. */
  async function provenByHand(side: 'low' | 'high') {
    const [hostile, own] = identities(side);
    const victim = await agents.start({ identity: own });
    const stranger = await strangers.join(peerOf(own, hostile).keys.topic);
    victim.links.setPeers([peerOf(own, hostile)]);
    const { stream, pipe } = await until(() => stranger.met[0], 'a connection');
    const signal = new AbortController().signal;
    await proveLink(pipe, {
      identity: hostile,
      candidates: () => [peerOf(hostile, own)],
      signal,
    });
    pipe.release();
    const mux = new Protomux(stream);
    let heard: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const hello = open(mux, 'beeline/hello', Buffer.alloc(0), heard);
    return { victim, stream, mux, hello, asked };
  }

  async function linkedByHand(side: 'low' | 'high') {
    const byHand = await provenByHand(side);
    if (side === 'high') await byHand.asked;
    byHand.hello.messages[0]?.send(encodeHello({ version: 'by hand', features: ['none'] }));
    await until(() => byHand.victim.online[0], 'a link');
    return byHand;
  }
});

function open(
  mux: Protomux,
  protocol: string,
  id: Buffer,
  onmessage: () => void = () => undefined,
): Protomux.Channel {
  const channel = mux.createChannel({
    protocol,
    id: id.length === 0 ? null : id,
    messages: Array.from({ length: 16 }, () => ({ onmessage })),
  });
  assert.ok(channel !== null);
  channel.open();
  return channel;
}

/** A batch of Protomux whose only message is a batch, and so on. */
function nestedBatches(bytes: number): Buffer {
  // For channel 0, some 16 MiB long (what is missing is overlooked), a batch.
  const level = Buffer.from([0, 0xfe, 255, 255, 255, 0, 0]);
  const levels = Math.floor((bytes - 2) / level.length);
  return Buffer.concat([Buffer.from([0, 0]), ...Array.from({ length: levels }, () => level)]);
}

function openFrame(number: number): Buffer {
  return Buffer.from([0, 1, 0xfd, number & 255, number >> 8, 1, 97, 0]);
}

/** mulberry32: the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function ended(victim: LinkedAgent, stream: Parameters<typeof closing>[0]): Promise<void> {
  await closing(stream);
  await until(() => victim.offline[0], 'the end of the link');
  assert.equal(victim.refused[0]?.code, 'PROTOCOL');
}

import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { openIncoming } from '../../../src/core/receivefs/incomingFile';
import { createSwarm, transferTopic } from '../../../src/core/swarm/swarm';
import type { ByteChannel } from '../../../src/core/transfer/byteChannel';
import { receiveFile } from '../../../src/core/transfer/receiveFile';
import { sendFile } from '../../../src/core/transfer/sendFile';
import { hashSource } from '../../../src/core/transfer/sourceFile';
import { FrameType } from '../../../src/core/wire/v1';
import { type Meta, decodeMeta, encodeMeta } from '../../../src/core/wire/v1Meta';
import type { Contender, Run } from '../contender';

const INACTIVITY_MS = 120_000;

/**
 * What the engine does once an offer is accepted: from disk, over Hyperswarm, verified, made durable
 * and given its name.
 */
export const v1: Contender = {
  async send(run) {
    const beforeHash = performance.now();
    const source = await hashSource(run.sourcePath);
    const hashMs = performance.now() - beforeHash;
    const meta: Meta = { name: source.name, size: source.size, hash: source.sha256 };
    run.link.tell(encodeMeta(meta).toString());
    await run.link.hear();
    const transferMs = await onChannels(run, async (channel) => {
      const timed = new TimedChannel(channel);
      await sendFile({
        channel: timed.channel,
        source,
        meta,
        inactivityMs: INACTIVITY_MS,
        onProgress: ({ bytes }) => {
          run.progress(bytes);
        },
      });
      return timed.answeredAt - timed.firstDataAt;
    });
    return { transferMs, hashMs };
  },

  async receive(run) {
    const expected = decodeMeta(Buffer.from(await run.link.hear()));
    run.link.tell('claimed');
    const received = await onChannels(run, async (channel) => {
      const outcome = await receiveFile({
        channel,
        expected,
        inactivityMs: INACTIVITY_MS,
        open: () => openIncoming({ path: target(run), size: run.bytes }),
        onProgress: ({ bytes }) => {
          run.progress(bytes);
        },
      });
      if (outcome.kind === 'badCandidate') throw outcome.error;
      return outcome.path;
    });
    if (received !== target(run)) throw new Error(`the file came as ${received}`);
    return received;
  },
};

function target(run: Run): string {
  return path.join(run.targetFolder, 'received.bin');
}

/**
 * Meets the other side and gives what the first channel that works out gives. When both connect at
 * the same moment Hyperswarm closes one of the two connections, which is no failure.
 */
async function onChannels<T>(run: Run, use: (channel: ByteChannel) => Promise<T>): Promise<T> {
  const swarm = await createSwarm(run.bootstrap);
  return new Promise((resolve, reject) => {
    swarm.join({
      topic: transferTopic('the file of a benchmark'),
      seed: randomBytes(32),
      onChannel: (channel) => {
        use(channel).then(resolve, (thrown: unknown) => {
          if ((thrown as { code?: unknown }).code !== 'PEER_LOST') reject(thrown);
        });
      },
    });
  });
}

/** Looks at what passes, to know when the first DATA went and when the answer came. */
class TimedChannel {
  firstDataAt = 0;
  answeredAt = 0;
  readonly channel: ByteChannel;

  constructor(inner: ByteChannel) {
    this.channel = {
      remoteKeyHash: inner.remoteKeyHash,
      write: (bytes) => {
        if (this.firstDataAt === 0 && bytes[0] === FrameType.data) {
          this.firstDataAt = performance.now();
        }
        return inner.write(bytes);
      },
      read: async () => {
        const bytes = await inner.read();
        if (bytes !== null && this.answeredAt === 0) this.answeredAt = performance.now();
        return bytes;
      },
      end: () => inner.end(),
      destroy: () => {
        inner.destroy();
      },
    };
  }
}

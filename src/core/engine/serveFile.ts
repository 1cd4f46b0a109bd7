import { errors, toBeelineError } from '../errors';
import { transferTopic } from '../swarm/swarm';
import type { ByteChannel } from '../transfer/byteChannel';
import { sendFile } from '../transfer/sendFile';
import { ChannelQueue } from './channelQueue';
import { partingSignal } from './partingSignal';
import type { OutgoingRecord } from './records';
import type { TransferContext } from './transferContext';

/** Connections that may wait on a topic; more than a peer that reconnects ever needs (keys.md). */
const MAX_CANDIDATES = 4;

/** Connections that may break off before the sender gives up on a peer. */
const MAX_ATTEMPTS = 20;

/**
 * Meets the recipient on the transfer's topic and sends the file until it is acknowledged.
 * A connection that is lost is not yet a failure: the recipient has `timeoutMs` to come back, and
 * wire version 1 then begins again from the first byte.
 */
export async function serveFile(options: {
  readonly context: TransferContext;
  readonly record: OutgoingRecord;
  readonly signal: AbortSignal;
  /** The Noise keys that the recipient announced in the task's thread. */
  readonly announced: () => Promise<readonly string[]>;
}): Promise<'matched' | 'unannounced'> {
  const { context, record, signal } = options;
  const keys = new RecipientKeys(options.announced);
  await keys.refresh();
  const queue = new ChannelQueue(MAX_CANDIDATES);
  context.report({ kind: 'connecting', again: false });
  const swarm = await context.connection.swarm();
  const membership = swarm.join({
    topic: transferTopic(record.transferId),
    seed: Buffer.from(record.seed, 'hex'),
    onChannel: queue.push,
  });
  let lost = false;
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const channel = await queue.next(context.timeoutMs, signal);
      if (channel === undefined) break;
      const match = await keys.match(channel);
      if (match === 'other') {
        channel.destroy();
        continue;
      }
      try {
        await sendOver(channel, options);
        return match;
      } catch (thrown) {
        signal.throwIfAborted();
        const error = toBeelineError(thrown);
        if (error.code !== 'PEER_LOST') throw error;
        lost = true;
        context.report({ kind: 'connecting', again: true });
        membership.lookAgain();
      } finally {
        channel.destroy();
      }
    }
    throw lost
      ? errors.peerLost()
      : errors.connectTimeout(record.recipientId, Math.round(context.timeoutMs / 1000));
  } finally {
    queue.close();
    await membership.leave();
  }
}

async function sendOver(
  channel: ByteChannel,
  {
    context,
    record,
    signal,
  }: {
    readonly context: TransferContext;
    readonly record: OutgoingRecord;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { source, sha256 = '' } = record;
  const parting = partingSignal(signal, channel);
  try {
    await sendFile({
      channel,
      source: { ...source, sha256 },
      meta: { name: source.name, size: source.size, hash: sha256 },
      inactivityMs: context.timeoutMs,
      peerName: record.recipientId,
      signal: parting.signal,
      onProgress: (progress) => {
        context.report({ kind: 'transferring', progress });
      },
    });
  } finally {
    parting.release();
  }
}

/** Which of the connections on a topic may be the recipient. */
class RecipientKeys {
  private known: ReadonlySet<string> = new Set();

  constructor(private readonly ask: () => Promise<readonly string[]>) {}

  async refresh(): Promise<void> {
    this.known = await this.ask().then(
      (keys) => new Set(keys),
      () => this.known,
    );
  }

  /** `unannounced` when the recipient never said a key, as peers that speak only ats-p2p do not. */
  async match(channel: ByteChannel): Promise<'matched' | 'unannounced' | 'other'> {
    if (this.known.has(channel.remoteKeyHash)) return 'matched';
    await this.refresh();
    if (this.known.has(channel.remoteKeyHash)) return 'matched';
    return this.known.size === 0 ? 'unannounced' : 'other';
  }
}

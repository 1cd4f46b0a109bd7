import { errors, toBeelineError, type BeelineError } from '../errors';
import { transferTopic } from '../swarm/swarm';
import type { ByteChannel } from '../transfer/byteChannel';
import { sendFile } from '../transfer/sendFile';
import { ChannelQueue } from './channelQueue';
import { partingSignal } from './partingSignal';
import { RecipientKeys } from './recipientKeys';
import type { OutgoingRecord } from './records';
import type { TransferContext } from './transferContext';

/** Connections that may wait on a topic; more than a peer that reconnects ever needs (keys.md). */
const MAX_CANDIDATES = 4;

/** Connections that may break off before the sender gives up on a peer. */
const MAX_ATTEMPTS = 20;

export interface ServeOptions {
  readonly context: TransferContext;
  readonly record: OutgoingRecord;
  readonly signal: AbortSignal;
  /** Aborted once the task service says that the recipient has completed the transfer. */
  readonly delivered: AbortSignal;
  /** The Noise keys that the recipient announced in the task's thread. */
  readonly announced: () => Promise<readonly string[]>;
}

/**
 * Meets the recipient on the transfer's topic and sends the file until it is acknowledged.
 * A connection that is lost is not yet a failure: the recipient has `timeoutMs` to come back, and
 * wire version 1 then begins again from the first byte.
 */
export async function serveFile(options: ServeOptions): Promise<'matched' | 'unannounced'> {
  const { context, record, signal } = options;
  const queue = new ChannelQueue(MAX_CANDIDATES);
  context.report({ kind: 'connecting', again: false });
  const keys = await RecipientKeys.ask(options.announced, context.timeoutMs, signal);
  const swarm = await context.connection.swarm();
  const membership = swarm.join({
    topic: transferTopic(record.transferId),
    seed: Buffer.from(record.seed, 'hex'),
    onChannel: queue.push,
  });
  try {
    const serving = new Serving(options, keys, queue);
    return await serving.run(() => {
      membership.lookAgain();
    });
  } finally {
    queue.close();
    // Not waited for: without a network it takes long, and nobody's transfer hangs on it.
    membership.leave().catch((thrown: unknown) => {
      context.log(toBeelineError(thrown).message);
    });
  }
}

class Serving {
  private deadline = 0;
  private lost: BeelineError | undefined;
  /** Who was lost before its ACK came: it may have had everything, and say so in the task. */
  private sentTo: 'matched' | 'unannounced' | undefined;

  constructor(
    private readonly options: ServeOptions,
    private readonly keys: RecipientKeys,
    private readonly queue: ChannelQueue,
  ) {}

  async run(lookAgain: () => void): Promise<'matched' | 'unannounced'> {
    const { record, context } = this.options;
    this.wait();
    for (let attempt = 0; attempt < MAX_ATTEMPTS;) {
      const channel = await this.next();
      if (channel === 'delivered') return this.sentTo ?? 'unannounced';
      if (channel === undefined) break;
      const match = await this.keys.match(channel);
      if (match === 'other') {
        // It costs its own connection: neither an attempt, nor time of the recipient's.
        context.log(`a connection for ${record.transferId} with a foreign key was refused`);
        channel.destroy();
        continue;
      }
      attempt += 1;
      if (await this.serve(channel, match)) return match;
      lookAgain();
    }
    const seconds = Math.round(context.timeoutMs / 1000);
    throw this.lost ?? errors.connectTimeout(record.recipientId, seconds);
  }

  /** From now the recipient has `timeoutMs` to be there. */
  private wait(): void {
    this.deadline = performance.now() + this.options.context.timeoutMs;
  }

  private async next(): Promise<ByteChannel | 'delivered' | undefined> {
    const { signal, delivered } = this.options;
    const left = this.deadline - performance.now();
    if (left <= 0) return undefined;
    if (this.sentTo === undefined) return this.queue.next(left, signal);
    try {
      return await this.queue.next(left, AbortSignal.any([signal, delivered]));
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      return 'delivered';
    }
  }

  /** Whether the file was acknowledged. False when the recipient may come back. */
  private async serve(channel: ByteChannel, match: 'matched' | 'unannounced'): Promise<boolean> {
    const { context, signal } = this.options;
    try {
      await sendOver(channel, this.options);
      return true;
    } catch (thrown) {
      signal.throwIfAborted();
      const error = toBeelineError(thrown);
      if (!this.mayGoOn(error, match)) throw error;
      this.lost = error;
      // Who talks nonsense does not prolong the time in which the recipient has to come.
      if (error.code === 'PEER_LOST') {
        this.sentTo = match;
        this.wait();
      }
      context.report({ kind: 'connecting', again: true });
      return false;
    } finally {
      channel.destroy();
    }
  }

  /** Whose key nobody announced may be anybody, and costs its own connection only. */
  private mayGoOn({ code }: BeelineError, match: 'matched' | 'unannounced'): boolean {
    if (code === 'PEER_LOST') return true;
    if (match === 'matched') return false;
    return code === 'PROTOCOL' || (code === 'PEER_SILENT' && this.queue.size > 0);
  }
}

async function sendOver(
  channel: ByteChannel,
  { context, record, signal }: ServeOptions,
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

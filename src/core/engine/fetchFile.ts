import path from 'node:path';
import { errors, toBeelineError, type BeelineError } from '../errors';
import type { Progress } from '../events';
import { openIncoming, type IncomingFile } from '../receivefs/incomingFile';
import { transferTopic } from '../swarm/swarm';
import type { ByteChannel } from '../transfer/byteChannel';
import { receiveFile } from '../transfer/receiveFile';
import { ChannelQueue } from './channelQueue';
import { partingSignal } from './partingSignal';
import type { IncomingRecord } from './records';
import type { TransferContext } from './transferContext';

/** Strangers can compute a version 1 topic; so many of them may talk to us at once (keys.md). */
const MAX_CANDIDATES = 4;
/** Milliseconds a connection has to say META (keys.md). */
const META_TIMEOUT_MS = 10_000;
/** Connections, good and bad, after which a transfer is given up. */
const MAX_ATTEMPTS = 50;

export interface Fetched {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly peerKey: 'matched' | 'unannounced';
}

interface FetchOptions {
  readonly context: TransferContext;
  readonly record: IncomingRecord;
  readonly signal: AbortSignal;
  /** Journals the partial's name before the first byte is written. */
  readonly onTemporary: (temporaryPath: string) => Promise<void>;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Meets the sender on the transfer's topic and receives the file. A bad candidate costs its own
 * connection, not the transfer; a lost sender has `timeoutMs` to come back.
 */
export async function fetchFile(options: FetchOptions): Promise<Fetched> {
  const { context, record } = options;
  const queue = new ChannelQueue(MAX_CANDIDATES);
  context.report({ kind: 'connecting', again: false });
  const swarm = await context.connection.swarm();
  const membership = swarm.join({
    topic: transferTopic(record.transferId),
    seed: Buffer.from(record.seed, 'hex'),
    onChannel: queue.push,
  });
  const race = new CandidateRace(options, () => {
    membership.lookAgain();
  });
  try {
    return await race.run(queue);
  } finally {
    queue.close();
    race.end();
    await membership.leave();
  }
}

/** Several connections may say META at once; the first that says the right one is the sender. */
class CandidateRace {
  private readonly running = new Set<ByteChannel>();
  private chosen: ByteChannel | undefined;
  private lost: BeelineError | undefined;

  constructor(
    private readonly options: FetchOptions,
    private readonly lookAgain: () => void,
  ) {}

  async run(queue: ChannelQueue): Promise<Fetched> {
    const { context, record, signal } = this.options;
    const done = new AbortController();
    const either = AbortSignal.any([signal, done.signal]);
    return new Promise<Fetched>((resolve, reject) => {
      const finish = (act: () => void): void => {
        act();
        done.abort();
      };
      const serve = async (): Promise<void> => {
        for (let attempt = 0; attempt < MAX_ATTEMPTS;) {
          const channel = await queue.next(context.timeoutMs, either);
          if (channel === undefined) {
            // While somebody talks to us, silence on the topic means nothing.
            if (this.running.size > 0) continue;
            break;
          }
          attempt += 1;
          if (!this.admit(channel)) continue;
          void this.receive(channel).then(
            (fetched) => {
              if (fetched !== undefined) {
                finish(() => {
                  resolve(fetched);
                });
              }
            },
            (thrown: unknown) => {
              finish(() => {
                reject(thrown);
              });
            },
          );
        }
        throw (
          this.lost ?? errors.connectTimeout(record.senderId, Math.round(context.timeoutMs / 1000))
        );
      };
      serve().catch((thrown: unknown) => {
        if (!done.signal.aborted)
          reject(signal.aborted ? (signal.reason as Error) : (thrown as Error));
      });
    });
  }

  end(): void {
    for (const channel of this.running) channel.destroy();
  }

  private admit(channel: ByteChannel): boolean {
    const announced = this.options.record.noiseKeyHash;
    const foreign = announced !== undefined && announced !== channel.remoteKeyHash;
    if (foreign || this.running.size >= MAX_CANDIDATES) {
      channel.destroy();
      return false;
    }
    return true;
  }

  /** Undefined when this connection came to nothing and another may still do. */
  private async receive(channel: ByteChannel): Promise<Fetched | undefined> {
    const { context, record, signal, onProgress } = this.options;
    this.running.add(channel);
    const parting = partingSignal(signal, channel);
    try {
      const received = await receiveFile({
        channel,
        expected: { name: record.fileName, size: record.fileSize, hash: record.fileHash },
        open: () => this.open(channel),
        metaTimeoutMs: META_TIMEOUT_MS,
        inactivityMs: context.timeoutMs,
        peerName: record.senderId,
        signal: parting.signal,
        onProgress,
      });
      if (received.kind === 'badCandidate') throw received.error;
      const peerKey = record.noiseKeyHash === undefined ? 'unannounced' : 'matched';
      const { path: saved, bytes, sha256 } = received;
      return { path: saved, bytes, sha256, peerKey };
    } catch (thrown) {
      const error = toBeelineError(thrown);
      const wasChosen = this.chosen === channel;
      if (wasChosen && error.code !== 'PEER_LOST') throw error;
      if (signal.aborted) throw error;
      context.log(`a connection for ${record.transferId} came to nothing: ${error.message}`);
      if (wasChosen) {
        this.chosen = undefined;
        this.lost = error;
        context.report({ kind: 'connecting', again: true });
      }
      this.lookAgain();
      return undefined;
    } finally {
      parting.release();
      this.running.delete(channel);
      channel.destroy();
    }
  }

  private async open(channel: ByteChannel): Promise<IncomingFile> {
    if (this.chosen !== undefined) throw errors.protocol('a second connection for one transfer');
    this.chosen = channel;
    const { record, onTemporary, context } = this.options;
    const file = await openIncoming(
      record.path === undefined
        ? {
            directory: record.directory ?? path.resolve('.'),
            name: record.safeName,
            size: record.fileSize,
          }
        : { path: record.path, size: record.fileSize },
    );
    await onTemporary(file.temporaryPath).catch((thrown: unknown) => {
      context.log(toBeelineError(thrown).message);
    });
    return file;
  }
}

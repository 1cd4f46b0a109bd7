import path from 'node:path';
import { errors, toBeelineError, type BeelineError } from '../errors';
import { openIncoming, type IncomingFile, type IncomingTarget } from '../receivefs/incomingFile';
import type { ByteChannel } from '../transfer/byteChannel';
import { receiveFile } from '../transfer/receiveFile';
import type { ChannelQueue } from './channelQueue';
import type { Fetched, FetchOptions } from './fetchFile';
import { partingSignal } from './partingSignal';
import type { IncomingRecord } from './records';

/** Strangers can compute a version 1 topic; so many of them may talk to us at once (keys.md). */
export const MAX_CANDIDATES = 4;
/** Milliseconds a connection has to say META (keys.md). */
const META_TIMEOUT_MS = 10_000;
/** Connections that may be listened to in one transfer; beyond, somebody only wastes our time. */
const MAX_ATTEMPTS = 50;
/** Milliseconds between looks whether the last candidate has gone, once the time is up. */
const LAST_CALL_MS = 250;

/** Several connections may say META at once; the first that says the right one is the sender. */
export class CandidateRace {
  private readonly running = new Map<ByteChannel, Promise<void>>();
  private readonly decided = new AbortController();
  private outcome: Fetched | BeelineError | undefined;
  private chosen: ByteChannel | undefined;
  private attempts = 0;
  private deadline = 0;
  /** Why the sender, or else somebody who may have been it, came to nothing. */
  private failure: BeelineError | undefined;

  constructor(
    private readonly options: FetchOptions,
    private readonly queue: ChannelQueue,
    private readonly lookAgain: () => void,
  ) {}

  /** Resolves or rejects once nothing of it runs any more and no partial is left. */
  async run(): Promise<Fetched> {
    const { context, record, signal } = this.options;
    this.wait();
    try {
      await this.admitAll(AbortSignal.any([signal, this.decided.signal]));
    } catch (thrown) {
      if (!signal.aborted && this.outcome === undefined) throw thrown;
    } finally {
      // Those that the person's cancel ends say so to the other side, and need their moment.
      if (!signal.aborted) for (const channel of this.running.keys()) channel.destroy();
      await Promise.all(this.running.values());
    }
    const { outcome } = this;
    // What was saved is saved, even if somebody cancelled in that moment.
    if (outcome !== undefined && !(outcome instanceof Error)) return outcome;
    signal.throwIfAborted();
    const seconds = Math.round(context.timeoutMs / 1000);
    throw outcome ?? this.failure ?? errors.connectTimeout(record.senderId, seconds);
  }

  private async admitAll(over: AbortSignal): Promise<void> {
    for (;;) {
      const left = this.deadline - performance.now();
      // While somebody talks to us, silence on the topic means nothing.
      if (left <= 0 && this.running.size === 0) return;
      const channel = await this.queue.next(Math.max(left, LAST_CALL_MS), over);
      if (channel === undefined) continue;
      if (this.admits(channel)) this.running.set(channel, this.receive(channel));
      else channel.destroy();
    }
  }

  /** From now the sender has `timeoutMs` to be there. */
  private wait(): void {
    this.deadline = performance.now() + this.options.context.timeoutMs;
  }

  private admits(channel: ByteChannel): boolean {
    const announced = this.options.record.noiseKeyHash;
    if (announced !== undefined && announced !== channel.remoteKeyHash) return false;
    if (this.running.size >= MAX_CANDIDATES || this.attempts >= MAX_ATTEMPTS) return false;
    this.attempts += 1;
    return true;
  }

  private async receive(channel: ByteChannel): Promise<void> {
    const { context, record, signal, onProgress } = this.options;
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
      if (received.kind === 'badCandidate') {
        this.dismiss(received.error);
      } else {
        const { path: saved, bytes, sha256 } = received;
        const peerKey = record.noiseKeyHash === undefined ? 'unannounced' : 'matched';
        this.decide({ path: saved, bytes, sha256, peerKey });
      }
    } catch (thrown) {
      this.lose(channel, toBeelineError(thrown));
    } finally {
      parting.release();
      if (this.chosen === channel) this.chosen = undefined;
      this.running.delete(channel);
      channel.destroy();
    }
  }

  private decide(outcome: Fetched | BeelineError): void {
    this.outcome ??= outcome;
    this.decided.abort();
  }

  /** A connection that never showed the offer. With the announced key it was the sender's all the same. */
  private dismiss(error: BeelineError): void {
    const { context, record } = this.options;
    context.log(`a candidate for ${record.transferId} came to nothing: ${error.message}`);
    if (error.code !== 'PEER_LOST') {
      if (record.noiseKeyHash !== undefined && error.code !== 'PEER_SILENT') this.decide(error);
      else this.failure ??= error;
    }
    this.lookAgain();
  }

  private lose(channel: ByteChannel, error: BeelineError): void {
    const { context, signal } = this.options;
    if (this.chosen !== channel || signal.aborted) return;
    if (error.code !== 'PEER_LOST') {
      this.decide(error);
      return;
    }
    this.failure = error;
    this.wait();
    context.report({ kind: 'connecting', again: true });
    this.lookAgain();
  }

  private async open(channel: ByteChannel): Promise<IncomingFile> {
    const { record, onTemporary } = this.options;
    await this.replace(channel);
    // Closed without a word, since a sender that hears an error gives up the transfer.
    if (this.chosen !== undefined || this.outcome !== undefined) throw errors.peerLost();
    this.chosen = channel;
    return openIncoming(targetOf(record), onTemporary);
  }

  /** The same key again is the same sender, who noticed before us that the old connection is dead. */
  private async replace(channel: ByteChannel): Promise<void> {
    const { chosen } = this;
    if (chosen?.remoteKeyHash !== channel.remoteKeyHash) return;
    chosen.destroy();
    await this.running.get(chosen);
  }
}

function targetOf({ path: wanted, directory, safeName, fileSize }: IncomingRecord): IncomingTarget {
  return wanted === undefined
    ? { directory: directory ?? path.resolve('.'), name: safeName, size: fileSize }
    : { path: wanted, size: fileSize };
}

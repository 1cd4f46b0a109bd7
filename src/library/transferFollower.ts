import { fromData, type BeelineError } from '../core/errors';
import type { Transfer } from '../core/events';
import type { NodeEmitter } from './nodeEmitter';
import type { SendProgress } from './types';

/** What a transfer that succeeded leaves. */
export interface Delivered {
  readonly taskId: number;
  /** Of the received file; empty for one that was sent. */
  readonly filePath: string;
  readonly hash: string;
}

interface Followed {
  readonly onProgress: ((progress: SendProgress) => void) | undefined;
  readonly resolve: (delivered: Delivered) => void;
  readonly reject: (error: BeelineError) => void;
  taskId: number | undefined;
  started: boolean;
  bytesSent: number;
}

/** Turns snapshots of this node's transfers into ats-p2p's events, each told once. */
export class TransferFollower {
  readonly #followed = new Map<string, Followed>();

  constructor(private readonly emitter: NodeEmitter) {}

  get running(): readonly string[] {
    return [...this.#followed.keys()];
  }

  /** Those the task service has not heard of. */
  get unposted(): readonly string[] {
    return [...this.#followed].filter(([, one]) => one.taskId === undefined).map(([id]) => id);
  }

  follow(transferId: string, onProgress?: (progress: SendProgress) => void): Promise<Delivered> {
    const ended = new Promise<Delivered>((resolve, reject) => {
      this.#followed.set(transferId, {
        onProgress,
        resolve,
        reject,
        taskId: undefined,
        started: false,
        bytesSent: -1,
      });
    });
    // The caller awaits it a moment later; until then nobody may call it unhandled.
    ended.catch(() => undefined);
    return ended;
  }

  /** Rejects without an event: it never became a transfer. */
  drop(transferId: string, error: BeelineError): void {
    const followed = this.#followed.get(transferId);
    this.#followed.delete(transferId);
    followed?.reject(error);
  }

  fail(transferId: string, error: BeelineError, knownTaskId?: number): void {
    const followed = this.#followed.get(transferId);
    if (followed === undefined) return;
    const taskId = followed.taskId ?? knownTaskId;
    this.drop(transferId, error);
    this.emitter.emit('transfer_failed', {
      transferId,
      ...(taskId === undefined ? {} : { taskId }),
      reason: error.message,
      code: error.code,
    });
  }

  take(transfer: Transfer): void {
    const { transferId, taskId, state } = transfer;
    const followed = this.#followed.get(transferId);
    if (followed === undefined) return;
    if (followed.taskId === undefined && taskId !== undefined) {
      followed.taskId = taskId;
      if (transfer.direction === 'send') {
        const { fileName, peerId: recipientId } = transfer;
        this.emitter.emit('offer_sent', { transferId, taskId, fileName, recipientId });
      }
    }
    if (state.kind === 'transferring') {
      this.#start(transferId, followed);
      this.#progress(followed, state.progress.bytes, state.progress.total);
    }
    if (state.kind === 'completed') {
      this.#start(transferId, followed);
      this.#progress(followed, transfer.fileSize, transfer.fileSize);
      this.#complete(transfer, followed);
    }
    if (state.kind === 'failed') this.fail(transferId, fromData(state.error));
  }

  #start(transferId: string, followed: Followed): void {
    if (followed.started || followed.taskId === undefined) return;
    followed.started = true;
    this.emitter.emit('transfer_start', { transferId, taskId: followed.taskId });
  }

  #complete(transfer: Transfer, followed: Followed): void {
    const { transferId, state } = transfer;
    if (state.kind !== 'completed') return;
    this.#followed.delete(transferId);
    const taskId = followed.taskId ?? 0;
    const { path: filePath, sha256: hash } = state.result;
    this.emitter.emit('transfer_complete', {
      transferId,
      taskId,
      ...(filePath === undefined ? {} : { filePath }),
    });
    followed.resolve({ taskId, filePath: filePath ?? '', hash });
  }

  /** Tells each count once, and every byte at the end. */
  #progress(followed: Followed, bytesSent: number, totalBytes: number): void {
    if (bytesSent <= followed.bytesSent) return;
    followed.bytesSent = bytesSent;
    try {
      followed.onProgress?.({ bytesSent, totalBytes });
    } catch (thrown) {
      // A caller's mistake in drawing a bar must not end the transfer.
      this.emitter.report(thrown);
    }
  }
}

import { fromData, type BeelineError } from '../core/errors';
import type { Transfer, TransferResult } from '../core/events';
import type { NodeEmitter } from './nodeEmitter';
import type { Moved, SendProgress } from './types';

/** What a transfer that succeeded leaves. */
export interface Delivered {
  readonly taskId: number;
  /** Of the received file; empty for one that was sent. */
  readonly filePath: string;
  readonly hash: string;
  /** Between paired agents. */
  readonly moved?: Moved;
}

interface Followed {
  readonly paired: boolean;
  readonly onProgress: ((progress: SendProgress) => void) | undefined;
  readonly resolve: (delivered: Delivered) => void;
  readonly reject: (error: BeelineError) => void;
  taskId: number | undefined;
  offered: boolean;
  started: boolean;
  interrupted: boolean;
  bytesSent: number;
}

/** In place of a task's number, where paired agents did without the task service. */
export const NO_TASK = 0;

/** Turns snapshots of this node's transfers into ats-p2p's events, each told once. */
export class TransferFollower {
  readonly #followed = new Map<string, Followed>();

  constructor(private readonly emitter: NodeEmitter) {}

  get running(): readonly string[] {
    return [...this.#followed.keys()];
  }

  /** Those that need the task service, and that it has not heard of. */
  get unposted(): readonly string[] {
    return [...this.#followed]
      .filter(([, one]) => one.taskId === undefined && !one.paired)
      .map(([id]) => id);
  }

  /** @param paired whether the other side is a paired agent, which is reached without the service */
  follow(
    transferId: string,
    paired: boolean,
    onProgress?: (progress: SendProgress) => void,
  ): Promise<Delivered> {
    const ended = new Promise<Delivered>((resolve, reject) => {
      this.#followed.set(transferId, {
        paired,
        onProgress,
        resolve,
        reject,
        taskId: undefined,
        offered: false,
        started: false,
        interrupted: false,
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
    followed.taskId ??= taskId;
    if (transfer.direction === 'send') this.#offer(transfer, followed);
    if (state.kind === 'interrupted') this.#interrupt(transferId, followed, state);
    if (state.kind === 'transferring') {
      followed.interrupted = false;
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

  /** An offer to a paired agent stands once it is signed, whether the service knows of it or not. */
  #offer({ transferId, fileName, peerId, state }: Transfer, followed: Followed): void {
    const stands = followed.taskId !== undefined || (followed.paired && state.kind !== 'failed');
    if (followed.offered || !stands) return;
    followed.offered = true;
    const taskId = followed.taskId ?? NO_TASK;
    this.emitter.emit('offer_sent', { transferId, taskId, fileName, recipientId: peerId });
  }

  #start(transferId: string, followed: Followed): void {
    if (followed.started || (followed.taskId === undefined && !followed.paired)) return;
    followed.started = true;
    this.emitter.emit('transfer_start', { transferId, taskId: followed.taskId ?? NO_TASK });
  }

  /** Once, until bytes have moved again. */
  #interrupt(
    transferId: string,
    followed: Followed,
    { error, resumes }: Extract<Transfer['state'], { kind: 'interrupted' }>,
  ): void {
    if (followed.interrupted) return;
    followed.interrupted = true;
    const { message: reason, code } = error;
    this.emitter.emit('transfer_interrupted', { transferId, reason, code, resumes });
  }

  #complete(transfer: Transfer, followed: Followed): void {
    const { transferId, state } = transfer;
    if (state.kind !== 'completed') return;
    this.#followed.delete(transferId);
    const taskId = followed.taskId ?? NO_TASK;
    const { path: filePath, sha256, treeHash } = state.result;
    this.emitter.emit('transfer_complete', {
      transferId,
      taskId,
      ...(filePath === undefined ? {} : { filePath }),
    });
    followed.resolve({
      taskId,
      filePath: filePath ?? '',
      hash: sha256 ?? treeHash ?? '',
      ...(transfer.agent === undefined ? {} : { moved: movedOf(state.result) }),
    });
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

export function movedOf(result: TransferResult): Moved {
  return {
    bytes: result.bytes,
    files: result.files ?? 1,
    spared: result.spared ?? 0,
    changed: result.changed ?? 0,
    gone: result.gone ?? 0,
    conflicts: result.conflicts ?? [],
    deleted: result.deleted ?? 0,
    undeleted: result.undeleted ?? 0,
  };
}

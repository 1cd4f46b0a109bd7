import type { TaskEvent } from '../ats/types';
import { errors, fromData, isErrorCode, toBeelineError, type BeelineError } from '../errors';
import { hashSource } from '../transfer/sourceFile';
import { announcements, completedHash } from './offerPayload';
import { postOffer, withdrawOffer } from './outgoingTask';
import type { OutgoingRecord } from './records';
import { serveFile } from './serveFile';
import { refreshTask, TaskEnded, whyEnded } from './taskEnd';
import { EngineStopped, type Ended, type TransferContext } from './transferContext';

/** How long the recipient's completion is awaited after its ACK (keys.md). */
const CONFIRM_MS = 30_000;

/**
 * Runs one outgoing offer from its journal record to its end: hash, post, wait for the claim, serve
 * the bytes, compare the completion. Begins wherever the record says that the last engine stopped.
 * Rejects with EngineStopped only.
 */
export async function runOutgoing(
  context: TransferContext,
  record: OutgoingRecord,
): Promise<Ended> {
  // A journal that cannot be written costs the going on after a restart, not the transfer.
  const journal = async (change: Partial<OutgoingRecord>): Promise<void> => {
    Object.assign(record, change);
    await context.home.write('outgoing', record.transferId, record).catch((thrown: unknown) => {
      context.log(toBeelineError(thrown).message);
    });
  };
  const expiresIn = remainingLife(record);
  try {
    if (record.failure !== undefined) throw recordedFailure(record.failure);
    if (record.sha256 === undefined) await journal({ sha256: await hash(context, record) });
    const taskId = record.taskId ?? (await postOffer(context, record, journal));
    if (record.taskId === undefined) await journal({ taskId });
    context.posted(taskId);
    if ((await claimed(context, record, taskId, expiresIn())) === 'delivered') {
      // An engine before us sent it all, and did not live to see the ACK or to say so.
      return completed(record, 0, 'confirmed', 'unannounced');
    }
    await journal({ began: true });
    return await serve(context, record, taskId);
  } catch (thrown) {
    const error = await explain(context, record, thrown);
    if (context.signal.aborted && error.code !== 'CANCELLED') throw new EngineStopped();
    context.report({ kind: 'failed', error: error.toData() });
    await journal({ failure: error.toData() });
    if ((await withdrawOffer(context, record, error)) === 'stopped') throw new EngineStopped();
    return { kind: 'failed', error: error.toData() };
  }
}

/**
 * Milliseconds the offer still stands, counted down by the monotonic clock from here on. The
 * machine's clock is asked once, for offers from before a restart; set back, it cannot prolong them.
 */
function remainingLife({ startedAt, expiresAt }: OutgoingRecord): () => number {
  const [begin, end] = [Date.parse(startedAt), Date.parse(expiresAt)];
  const left = Math.min(end - Date.now(), end - begin);
  const since = performance.now();
  return () => Math.max(0, left - (performance.now() - since));
}

function recordedFailure({ code, message }: { code: string; message: string }): BeelineError {
  return isErrorCode(code) ? fromData({ code, message }) : errors.interrupted();
}

async function hash(context: TransferContext, record: OutgoingRecord): Promise<string> {
  const hashed = await hashSource(record.source.path, {
    signal: context.signal,
    onProgress: (progress) => {
      context.report({ kind: 'hashing', progress });
    },
  });
  const { size, mtimeNs, ino } = record.source;
  if (hashed.size !== size || hashed.mtimeNs !== mtimeNs || hashed.ino !== ino) {
    throw errors.sourceChanged(record.source.path);
  }
  return hashed.sha256;
}

/** Waits until the recipient has claimed the task. @throws what else came of the offer */
async function claimed(
  context: TransferContext,
  record: OutgoingRecord,
  taskId: number,
  expiresInMs: number,
): Promise<'claimed' | 'delivered'> {
  context.report({ kind: 'waiting', expiresAt: record.expiresAt });
  refreshTask(context, taskId);
  const standing = (event: TaskEvent): 'claimed' | 'delivered' | undefined => {
    const { task } = event;
    if (task.id !== taskId || task.status === 'pending') return undefined;
    if (task.status !== 'completed') return stillClaimed(event, record);
    const fault = completionFault(event, record);
    if (record.began !== true) throw errors.completedUnsent(fault ?? 'the file was not asked for');
    if (fault !== undefined) throw errors.auditMismatch(fault);
    return 'delivered';
  };
  const expiry = new AbortController();
  const timer = setTimeout(() => {
    expiry.abort();
  }, expiresInMs);
  try {
    const signal = AbortSignal.any([context.signal, expiry.signal]);
    return await context.feed.until(standing, signal);
  } catch (thrown) {
    if (!expiry.signal.aborted || context.signal.aborted) throw thrown;
    // A last look: it may have been claimed in this very moment.
    const { client } = context.connection;
    const task = await client.getTask(taskId, context.signal).catch(() => undefined);
    const found = task && standing({ type: 'seen', task });
    if (found === undefined) throw errors.offerExpired(record.recipientId);
    return found;
  } finally {
    clearTimeout(timer);
  }
}

/** @throws OFFER_TAKEN, or TaskEnded */
function stillClaimed({ task }: TaskEvent, record: OutgoingRecord): 'claimed' {
  if (task.status !== 'in_progress') throw new TaskEnded(task);
  if (task.assigneeId === record.recipientId) return 'claimed';
  throw errors.offerTaken(task.assigneeId ?? 'somebody else');
}

async function serve(
  context: TransferContext,
  record: OutgoingRecord,
  taskId: number,
): Promise<Ended> {
  const startedAt = performance.now();
  const { client } = context.connection;
  const watch = watchTask(context, record, taskId);
  try {
    const peerKey = await serveFile({
      context,
      record,
      signal: watch.signal,
      delivered: watch.delivered,
      announced: async () =>
        announcements(await client.listMessages(taskId, watch.signal), record.recipientId).map(
          (announcement) => announcement.hash,
        ),
    });
    const durationMs = Math.round(performance.now() - startedAt);
    context.report({ kind: 'confirming' });
    return completed(record, durationMs, await confirmation(context, record), peerKey);
  } finally {
    watch.stop();
  }
}

/** A signal that ends serving when the task ends, or passes to somebody else. */
function watchTask(
  context: TransferContext,
  record: OutgoingRecord,
  taskId: number,
): { readonly signal: AbortSignal; readonly delivered: AbortSignal; stop(): void } {
  const ended = new AbortController();
  const delivered = new AbortController();
  const unfollow = context.feed.follow((event: TaskEvent) => {
    const { id, status } = event.task;
    if (id !== taskId || status === 'pending') return;
    try {
      if (status !== 'completed') {
        stillClaimed(event, record);
        return;
      }
      // A completion without fault is compared again after the ACK: the peer's own word comes first.
      const fault = completionFault(event, record);
      if (fault !== undefined) throw errors.completedUnsent(fault);
      delivered.abort();
    } catch (reason) {
      ended.abort(reason);
    }
  });
  return {
    signal: AbortSignal.any([context.signal, ended.signal]),
    delivered: delivered.signal,
    stop: unfollow,
  };
}

/** Compares the recipient's completion with what was sent. @throws AUDIT_MISMATCH */
async function confirmation(
  context: TransferContext,
  record: OutgoingRecord,
): Promise<'confirmed' | 'pending'> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
  }, CONFIRM_MS);
  const signal = AbortSignal.any([late.signal, context.signal]);
  try {
    return await context.feed.until((event) => {
      const { status, assigneeId } = event.task;
      if (status === 'pending') return undefined;
      if (status === 'in_progress') {
        if (assigneeId !== record.recipientId) {
          throw errors.auditMismatch(`taken by ${assigneeId ?? 'somebody else'}`);
        }
        return undefined;
      }
      const fault = status === 'completed' ? completionFault(event, record) : status;
      if (fault !== undefined) throw errors.auditMismatch(fault);
      return 'confirmed' as const;
    }, signal);
  } catch (thrown) {
    // The peer has acknowledged: neither a cancel nor a stopping engine can undo that.
    if (signal.aborted) return 'pending';
    throw thrown;
  } finally {
    clearTimeout(timer);
  }
}

/** What is wrong with a completion: who made it, or the hash that it states. */
function completionFault(
  { type, task, actorId }: TaskEvent,
  record: OutgoingRecord,
): string | undefined {
  const by = [task.assigneeId, type === 'task.completed' ? actorId : undefined];
  const other = by.find((id) => id !== undefined && id !== record.recipientId);
  if (other !== undefined) return `completed by ${other}`;
  const stated = completedHash(task.outputs);
  return stated === undefined || stated === record.sha256 ? undefined : 'another SHA-256';
}

function completed(
  { source, sha256 = '' }: OutgoingRecord,
  durationMs: number,
  audit: 'confirmed' | 'pending',
  peerKey: 'matched' | 'unannounced',
): Ended {
  const result = { bytes: source.size, sha256, durationMs, audit, peerKey };
  return { kind: 'completed', result };
}

/** The error a person should see. */
async function explain(
  context: TransferContext,
  record: OutgoingRecord,
  thrown: unknown,
): Promise<BeelineError> {
  if (context.signal.aborted) return toBeelineError(context.signal.reason);
  if (thrown instanceof TaskEnded) return whyEnded(context, thrown, record.recipientId);
  return toBeelineError(thrown);
}

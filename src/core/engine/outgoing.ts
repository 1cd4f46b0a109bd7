import { setTimeout as delay } from 'node:timers/promises';
import type { Task, TaskEvent } from '../ats/types';
import type { BeelineError } from '../errors';
import { errors, fromData, toBeelineError } from '../errors';
import { seedKeyHash } from '../swarm/swarm';
import { hashSource } from '../transfer/sourceFile';
import {
  announcedKeys,
  completedHash,
  fileOfferTask,
  readFileOffer,
  statedReason,
  type FileOffer,
} from './offerPayload';
import type { OutgoingRecord } from './records';
import { serveFile } from './serveFile';
import type { Ended, TransferContext } from './transferContext';

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
  const journal = async (change: Partial<OutgoingRecord>): Promise<void> => {
    Object.assign(record, change);
    await context.home.write('outgoing', record.transferId, record);
  };
  let startedAt = performance.now();
  try {
    if (record.withdrawn === true) throw errors.cancelled();
    if (record.sha256 === undefined) await journal({ sha256: await hash(context, record) });
    if (record.taskId === undefined) await journal({ taskId: await post(context, record) });
    const taskId = record.taskId ?? 0;
    context.posted(taskId);
    if ((await claimed(context, record, taskId)) === 'served') {
      // An engine before us saw the ACK and did not live to say so.
      return completed(record, startedAt, 'confirmed', 'unannounced');
    }
    startedAt = performance.now();
    const watch = watchTask(context, record, taskId);
    try {
      const peerKey = await serveFile({
        context,
        record,
        signal: watch.signal,
        announced: async () =>
          announcedKeys(await context.connection.client.listMessages(taskId), record.recipientId),
      });
      context.report({ kind: 'confirming' });
      return completed(record, startedAt, await confirmation(context, record), peerKey);
    } finally {
      watch.stop();
    }
  } catch (thrown) {
    const error = await explain(context, record, thrown);
    if (context.signal.aborted && error.code !== 'CANCELLED') context.signal.throwIfAborted();
    await withdraw(context, record, error, journal);
    return { kind: 'failed', error: error.toData() };
  }
}

function completed(
  record: OutgoingRecord,
  startedAt: number,
  audit: 'confirmed' | 'pending',
  peerKey: 'matched' | 'unannounced',
): Ended {
  const durationMs = Math.round(performance.now() - startedAt);
  return {
    kind: 'completed',
    result: { bytes: record.source.size, sha256: record.sha256 ?? '', durationMs, audit, peerKey },
  };
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

/** Posts the task, or finds the one that an engine before us posted without living to note it. */
async function post(context: TransferContext, record: OutgoingRecord): Promise<number> {
  const { client, place } = context.connection;
  const offer: FileOffer = {
    transferId: record.transferId,
    senderId: place.actorId,
    recipientId: record.recipientId,
    fileName: record.source.name,
    fileSize: record.source.size,
    fileHash: record.sha256 ?? '',
    noiseKeyHash: await seedKeyHash(Buffer.from(record.seed, 'hex')),
  };
  const known = await client.listTasks(
    { search: record.transferId, channel: record.channel, limit: 10 },
    context.signal,
  );
  const ours = known.find(
    (task) =>
      task.sourceId === place.actorId && readFileOffer(task)?.transferId === record.transferId,
  );
  const task =
    ours ?? (await client.createTask(fileOfferTask(offer, record.channel), context.signal));
  context.feed.tell({ type: 'seen', task });
  return task.id;
}

/** Waits until the recipient has claimed the task. @throws what else came of the offer */
async function claimed(
  context: TransferContext,
  record: OutgoingRecord,
  taskId: number,
): Promise<'claimed' | 'served'> {
  context.report({ kind: 'waiting', expiresAt: record.expiresAt });
  // What is known may be old, or nothing at all after a restart; a service that is away tells later.
  context.connection.client.getTask(taskId, context.signal).then(
    (task) => {
      context.feed.tell({ type: 'seen', task });
    },
    () => undefined,
  );
  const expiry = AbortSignal.timeout(Math.max(0, Date.parse(record.expiresAt) - Date.now()));
  const signal = AbortSignal.any([context.signal, expiry]);
  try {
    return await context.feed.until((event) => {
      const { task } = event;
      if (task.status === 'pending') return undefined;
      if (task.status === 'completed' && completionFault(event, record) === undefined) {
        return 'served' as const;
      }
      refuseOtherEnds(task, record);
      return 'claimed' as const;
    }, signal);
  } catch (thrown) {
    if (expiry.aborted && !context.signal.aborted) throw errors.offerExpired(record.recipientId);
    throw thrown;
  }
}

/** What a task that is no longer pending means before the bytes have flowed. */
function refuseOtherEnds(task: Task, record: OutgoingRecord): void {
  if (task.status === 'in_progress') {
    if (task.assigneeId !== record.recipientId) throw errors.offerTaken(task.assigneeId ?? '?');
  } else if (task.status !== 'pending') {
    throw new TaskEnded(task);
  }
}

/** Internal: the task ended under us; `explain` finds out why. */
class TaskEnded extends Error {
  constructor(readonly task: Task) {
    super(task.status);
  }
}

/** A signal that ends serving when the task ends, or passes to somebody else. */
function watchTask(
  context: TransferContext,
  record: OutgoingRecord,
  taskId: number,
): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const unfollow = context.feed.follow((event: TaskEvent) => {
    if (event.task.id !== taskId) return;
    // A completion is compared after the ACK: the peer's own word comes first.
    const fault = completionFault(event, record);
    if (event.task.status === 'completed') {
      if (fault !== undefined) controller.abort(errors.auditMismatch(fault));
      return;
    }
    try {
      refuseOtherEnds(event.task, record);
    } catch (reason) {
      controller.abort(reason);
    }
  });
  return { signal: AbortSignal.any([context.signal, controller.signal]), stop: unfollow };
}

/** Compares the recipient's completion with what was sent. @throws AUDIT_MISMATCH */
async function confirmation(
  context: TransferContext,
  record: OutgoingRecord,
): Promise<'confirmed' | 'pending'> {
  const late = AbortSignal.timeout(CONFIRM_MS);
  try {
    return await context.feed.until(
      (event) => {
        const { status } = event.task;
        if (status === 'completed') {
          const fault = completionFault(event, record);
          if (fault !== undefined) throw errors.auditMismatch(fault);
          return 'confirmed' as const;
        }
        if (status === 'failed' || status === 'cancelled') throw errors.auditMismatch(status);
        return undefined;
      },
      AbortSignal.any([late, context.signal]),
    );
  } catch (thrown) {
    if (late.aborted && !context.signal.aborted) return 'pending';
    // The peer has acknowledged: neither a cancel nor a stopping engine can undo that.
    if (context.signal.aborted) return 'pending';
    throw thrown;
  }
}

/** What is wrong with a completion: who made it, or the hash that it states. */
function completionFault(event: TaskEvent, record: OutgoingRecord): string | undefined {
  const by = event.task.assigneeId ?? event.actorId;
  if (by !== undefined && by !== record.recipientId) return `completed by ${by}`;
  const stated = completedHash(event.task.outputs);
  if (stated !== undefined && stated !== record.sha256) return 'another SHA-256';
  return undefined;
}

/** The error a person should see: the peer's stated reason when the task ended with one. */
async function explain(
  context: TransferContext,
  record: OutgoingRecord,
  thrown: unknown,
): Promise<BeelineError> {
  if (context.signal.aborted) return toBeelineError(context.signal.reason);
  if (!(thrown instanceof TaskEnded)) return toBeelineError(thrown);
  const peer = record.recipientId;
  const { status, id } = thrown.task;
  const stated = await context.connection.client
    .listMessages(id)
    .then((messages) => statedReason(messages, peer))
    .catch(() => undefined);
  if (status === 'rejected') {
    return stated === undefined || stated.code === 'DECLINED'
      ? errors.declined(peer, stated?.reason)
      : fromData({ code: stated.code, message: stated.reason });
  }
  if (status === 'cancelled') return errors.cancelledByPeer('Somebody on the task service');
  if (stated?.code === 'CANCELLED') return errors.cancelledByPeer(peer);
  if (stated !== undefined) return fromData({ code: stated.code, message: stated.reason });
  return errors.peerError(`the task was marked ${status}`);
}

/** Ends the task truthfully, after a moment in which the recipient may end it itself. */
async function withdraw(
  context: TransferContext,
  record: OutgoingRecord,
  error: BeelineError,
  journal: (change: Partial<OutgoingRecord>) => Promise<void>,
): Promise<void> {
  const { taskId } = record;
  if (taskId === undefined) return;
  await journal({ withdrawn: true });
  const { client } = context.connection;
  await delay(error.code === 'CANCELLED' ? 0 : GRACE_MS);
  await context.audit.step(`task ${String(taskId)}`, async () => {
    const task = await client.getTask(taskId);
    if (task.status !== 'pending' && task.status !== 'in_progress') return;
    await client.addMessage(taskId, [
      { type: 'text', content: `The sender stopped: ${publicSentence(error, record)}` },
      { type: 'data', content: { code: error.code, reason: publicSentence(error, record) } },
    ]);
    if (task.status === 'pending' || error.code === 'CANCELLED') await client.cancel(taskId);
    else await client.fail(taskId, publicSentence(error, record));
  });
}

/** Milliseconds for the recipient, who holds the task, to say in its own words how it ended. */
const GRACE_MS = 300;

/** What others may read: our sentence without our path. */
function publicSentence(error: BeelineError, record: OutgoingRecord): string {
  return error.message.replaceAll(record.source.path, record.source.name);
}

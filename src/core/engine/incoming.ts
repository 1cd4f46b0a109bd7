import type { AtsClient, TaskEvent } from '../ats/types';
import { errors, isErrorCode, toBeelineError, type BeelineError } from '../errors';
import type { Progress } from '../events';
import { removePartial } from '../receivefs/incomingFile';
import { claimTask, keepClaim } from './claim';
import { fetchFile } from './fetchFile';
import type { IncomingRecord } from './records';
import { EngineStopped, type Ended, type TransferContext } from './transferContext';

/** Progress fans out to everybody on the channel, so only these percentages are written down. */
const MILESTONES = [25, 50, 75];

/**
 * Runs one accepted offer from its journal record to its end: hold the claim, fetch the bytes, put
 * the file in place, complete the task. Wire version 1 cannot resume, so an interrupted transfer
 * begins again from the first byte. Rejects with EngineStopped only.
 *
 * @param alreadyClaimed whether the claim was made a moment ago, by the answer to the question
 */
export async function runIncoming(
  context: TransferContext,
  record: IncomingRecord,
  alreadyClaimed: boolean,
): Promise<Ended> {
  const journal = async (change: Partial<IncomingRecord>): Promise<void> => {
    Object.assign(record, change);
    await context.home.write('incoming', record.transferId, record);
  };
  context.posted(record.taskId);
  if (record.outcome === undefined) {
    await receive(context, record, journal, alreadyClaimed);
  }
  return conclude(context, record);
}

async function receive(
  context: TransferContext,
  record: IncomingRecord,
  journal: (change: Partial<IncomingRecord>) => Promise<void>,
  alreadyClaimed: boolean,
): Promise<void> {
  const startedAt = performance.now();
  const watch = watchTask(context, record);
  const lease = keepClaim(context, record, watch.stop);
  try {
    if (record.temporaryPath !== undefined) await removePartial(record.temporaryPath);
    if (!alreadyClaimed) await claimTask(context.connection.client, record, watch.signal);
    const fetched = await fetchFile({
      context,
      record,
      signal: watch.signal,
      onTemporary: (temporaryPath) => journal({ temporaryPath }),
      onProgress: milestones(context, record),
    });
    const durationMs = Math.round(performance.now() - startedAt);
    await journal({ outcome: { kind: 'saved', durationMs, ...fetched } });
  } catch (thrown) {
    const error = toBeelineError(watch.signal.aborted ? watch.signal.reason : thrown);
    // The journal stays for the next engine, unless the person or the other side ended it.
    if (context.signal.aborted && error.code !== 'CANCELLED') context.signal.throwIfAborted();
    await journal({ outcome: { kind: 'failed', ...error.toData() } });
  } finally {
    lease.stop();
    watch.unfollow();
  }
}

/** Writes the outcome into the task, for as long as it takes; the shells are told before. */
async function conclude(context: TransferContext, record: IncomingRecord): Promise<Ended> {
  const { client } = context.connection;
  const { outcome, taskId } = record;
  if (outcome === undefined) throw errors.internal('a transfer ended without an outcome');
  if (outcome.kind === 'saved') {
    const { path, bytes, sha256, durationMs, peerKey } = outcome;
    const result = { path, bytes, sha256, durationMs, peerKey };
    // The file is there, whether or not the service can be told just now.
    context.report({ kind: 'completed', result: { ...result, audit: 'pending' } });
    const written = await context.audit.step(`task ${String(taskId)}`, () =>
      completeTask(client, record, [
        { transfer_id: record.transferId, sha256, bytes, duration_ms: durationMs, path: 'direct' },
      ]),
    );
    if (written === 'stopped') throw new EngineStopped();
    const audit = written === 'written' ? 'confirmed' : 'pending';
    return { kind: 'completed', result: { ...result, audit } };
  }
  const code = isErrorCode(outcome.code) ? outcome.code : 'INTERNAL';
  const error = { code, message: outcome.message };
  context.report({ kind: 'failed', error });
  const written = await context.audit.step(`task ${String(taskId)}`, async () => {
    const task = await client.getTask(taskId);
    if (task.status !== 'in_progress' || task.assigneeId !== context.connection.place.actorId)
      return;
    const reason = publicSentence(outcome.message, record);
    await client.addMessage(taskId, [
      { type: 'text', content: `The receiver stopped: ${reason}` },
      { type: 'data', content: { code: outcome.code, reason } },
    ]);
    await client.fail(taskId, reason);
  });
  if (written === 'stopped') throw new EngineStopped();
  return { kind: 'failed', error };
}

/** Completes the task, also when the lease ran out while the service could not be reached. */
async function completeTask(
  client: AtsClient,
  record: IncomingRecord,
  outputs: readonly unknown[],
): Promise<void> {
  try {
    await client.complete(record.taskId, outputs);
  } catch (thrown) {
    if (toBeelineError(thrown).code !== 'ATS_CONFLICT') throw thrown;
    const task = await client.getTask(record.taskId);
    // A first try may have been taken although its answer was lost.
    if (task.status === 'completed' && task.assigneeId === client.actor.id) return;
    if (task.status !== 'pending') throw thrown;
    await client.claim(record.taskId, LAST_LEASE_MS);
    await client.complete(record.taskId, outputs);
  }
}

/** Milliseconds to complete a task that was claimed again only for that. */
const LAST_LEASE_MS = 60_000;

/** A signal that ends the transfer when the task ends, or passes to somebody else. */
function watchTask(
  context: TransferContext,
  record: IncomingRecord,
): { readonly signal: AbortSignal; stop: (reason: BeelineError) => void; unfollow: () => void } {
  const controller = new AbortController();
  const us = context.connection.place.actorId;
  const unfollow = context.feed.follow(({ task }: TaskEvent) => {
    if (task.id !== record.taskId) return;
    if (task.status === 'cancelled') controller.abort(errors.cancelledByPeer(record.senderId));
    else if (task.status === 'failed') controller.abort(errors.peerError('the task was failed'));
    else if (task.status === 'in_progress' && task.assigneeId !== us) {
      controller.abort(errors.takenElsewhere());
    }
  });
  return {
    signal: AbortSignal.any([context.signal, controller.signal]),
    stop: (reason) => {
      controller.abort(reason);
    },
    unfollow,
  };
}

/** Reports progress to the shells, and milestones to the task. */
function milestones(
  context: TransferContext,
  record: IncomingRecord,
): (progress: Progress) => void {
  const left = [...MILESTONES];
  return (progress) => {
    context.report({ kind: 'transferring', progress });
    const percent = progress.total === 0 ? 100 : (progress.bytes / progress.total) * 100;
    let passed: number | undefined;
    while (left[0] !== undefined && left[0] <= percent) passed = left.shift();
    if (passed === undefined || percent >= 100) return;
    const said = passed;
    void context.audit.step(`progress of task ${String(record.taskId)}`, () =>
      context.connection.client.addMessage(record.taskId, [
        { type: 'text', content: `${String(said)} % received` },
        {
          type: 'data',
          content: { transfer_id: record.transferId, percent: said, bytes: progress.bytes },
        },
      ]),
    );
  };
}

/** What others may read: our sentence without the path of our save folder. */
function publicSentence(message: string, record: IncomingRecord): string {
  let text = message;
  for (const path of [record.path, record.directory]) {
    if (path !== undefined) text = text.replaceAll(path, 'the save folder');
  }
  return text;
}

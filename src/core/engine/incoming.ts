import type { TaskEvent } from '../ats/types';
import { errors, toBeelineError, type BeelineError } from '../errors';
import type { Progress } from '../events';
import { removePartial } from '../receivefs/incomingFile';
import { claimTask, keepClaim } from './claim';
import { fetchFile } from './fetchFile';
import { concludeIncoming } from './incomingTask';
import { patiently } from './patiently';
import type { IncomingRecord } from './records';
import { refreshTask, TaskEnded, whyEnded } from './taskEnd';
import { EngineStopped, type Ended, type TransferContext } from './transferContext';

/** Progress fans out to everybody on the channel, so only these percentages are written down. */
const MILESTONES = [25, 50, 75];

type Journal = (change: Partial<IncomingRecord>) => Promise<void>;

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
  // A journal that cannot be written costs the going on after a restart, not the transfer.
  const journal: Journal = async (change) => {
    Object.assign(record, change);
    await context.home.write('incoming', record.transferId, record).catch((thrown: unknown) => {
      context.log(toBeelineError(thrown).message);
    });
  };
  context.posted(record.taskId);
  if (record.outcome === undefined) await receive(context, record, journal, alreadyClaimed);
  return concludeIncoming(context, record);
}

async function receive(
  context: TransferContext,
  record: IncomingRecord,
  journal: Journal,
  alreadyClaimed: boolean,
): Promise<void> {
  const startedAt = performance.now();
  const { client } = context.connection;
  const watch = watchTask(context, record);
  let lease = { stop: (): void => undefined };
  try {
    if (record.temporaryPath !== undefined) await removePartial(record.temporaryPath);
    if (!alreadyClaimed) {
      await patiently(() => claimTask(client, record, watch.signal), watch.signal);
    }
    lease = keepClaim(context, record, watch.stop);
    refreshTask(context, record.taskId);
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
    const error = await explain(context, record, watch.signal, thrown);
    // The journal stays for the next engine, unless the person or the other side ended it.
    if (context.signal.aborted && error.code !== 'CANCELLED') throw new EngineStopped();
    await journal({ outcome: { kind: 'failed', ...error.toData() } });
  } finally {
    lease.stop();
    watch.unfollow();
  }
}

/** The error a person should see. */
async function explain(
  context: TransferContext,
  record: IncomingRecord,
  signal: AbortSignal,
  thrown: unknown,
): Promise<BeelineError> {
  if (context.signal.aborted) return toBeelineError(context.signal.reason);
  const reason: unknown = signal.aborted ? signal.reason : thrown;
  if (reason instanceof TaskEnded) return whyEnded(context, reason, record.senderId);
  return toBeelineError(reason);
}

/** A signal that ends the transfer when the task ends, or passes to somebody else. */
function watchTask(
  context: TransferContext,
  record: IncomingRecord,
): { readonly signal: AbortSignal; stop: (reason: BeelineError) => void; unfollow: () => void } {
  const controller = new AbortController();
  const us = context.connection.place.actorId;
  const unfollow = context.feed.follow(({ task }: TaskEvent) => {
    if (task.id !== record.taskId) return;
    if (task.status === 'cancelled' || task.status === 'failed') {
      controller.abort(new TaskEnded(task));
    } else if (task.status === 'in_progress' && task.assigneeId !== us) {
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

import { setTimeout as delay } from 'node:timers/promises';
import type { AtsClient } from '../ats/types';
import { errors, isErrorCode, toBeelineError, type ErrorCode } from '../errors';
import { completedHash } from './offerPayload';
import type { IncomingRecord } from './records';
import { EngineStopped, type Ended, type TransferContext } from './transferContext';

/** Milliseconds to end a task that was claimed again only for that. */
const LAST_LEASE_MS = 60_000;

/** Milliseconds for the sender to cancel the task: it takes leave of the connection first. */
const CANCEL_GRACE_MS = 1500;

/** The task is another's, or has ended: nothing of ours belongs into it. */
const notOurs = new Set<ErrorCode>(['OFFER_TAKEN', 'OFFER_WITHDRAWN', 'OFFER_UNKNOWN']);

/** Writes the outcome into the task, for as long as it takes; the shells are told before. */
export async function concludeIncoming(
  context: TransferContext,
  record: IncomingRecord,
): Promise<Ended> {
  const { outcome } = record;
  if (outcome === undefined) throw errors.internal('a transfer ended without an outcome');
  if (outcome.kind === 'saved') {
    const { path, bytes, sha256, durationMs, peerKey } = outcome;
    const result = { path, bytes, sha256, durationMs, peerKey };
    // The file is there, whether or not the service can be told just now.
    context.report({ kind: 'completed', result: { ...result, audit: 'pending' } });
    const audit = await complete(context, record, outcome);
    return { kind: 'completed', result: { ...result, audit } };
  }
  const code = isErrorCode(outcome.code) ? outcome.code : 'INTERNAL';
  const error = { code, message: outcome.message };
  context.report({ kind: 'failed', error });
  if (!notOurs.has(code)) await fail(context, record, code, publicSentence(error.message, record));
  return { kind: 'failed', error };
}

/** Completes the task, also when the lease ran out while the service could not be reached. */
async function complete(
  context: TransferContext,
  record: IncomingRecord,
  outcome: { readonly sha256: string; readonly bytes: number; readonly durationMs: number },
): Promise<'confirmed' | 'pending'> {
  const { client } = context.connection;
  const { taskId, transferId } = record;
  const { sha256, bytes, durationMs } = outcome;
  const outputs = [
    { transfer_id: transferId, sha256, bytes, duration_ms: durationMs, path: 'direct' },
  ];
  const written = await context.audit.step(`task ${String(taskId)}`, async () => {
    try {
      await client.complete(taskId, outputs);
    } catch (thrown) {
      if (toBeelineError(thrown).code !== 'ATS_CONFLICT') throw thrown;
      const task = await client.getTask(taskId);
      // A first try may have been taken although its answer was lost.
      const ours = task.status === 'completed' && task.assigneeId === client.actor.id;
      if (ours && completedHash(task.outputs) === sha256) return;
      if (task.status !== 'pending') throw thrown;
      await client.claim(taskId, LAST_LEASE_MS);
      await client.complete(taskId, outputs);
    }
  });
  if (written === 'stopped') throw new EngineStopped();
  return written === 'written' ? 'confirmed' : 'pending';
}

/** Says why in the thread, then fails the task if it is still ours to fail. */
async function fail(
  context: TransferContext,
  record: IncomingRecord,
  code: ErrorCode,
  reason: string,
): Promise<void> {
  const { client } = context.connection;
  const { taskId } = record;
  let said = false;
  // Who cancelled says so in the task itself, a moment after it said so to us.
  if (code === 'CANCELLED_BY_PEER') {
    // Not for an engine that goes.
    await delay(CANCEL_GRACE_MS, undefined, { signal: context.signal }).catch(() => undefined);
  }
  const written = await context.audit.step(`task ${String(taskId)}`, async () => {
    if (!(await isOurs(client, taskId))) return;
    if (!said) {
      await client.addMessage(taskId, [
        { type: 'text', content: `The receiver stopped: ${reason}` },
        { type: 'data', content: { code, reason } },
      ]);
      said = true;
    }
    await client.fail(taskId, reason);
  });
  if (written === 'stopped') throw new EngineStopped();
}

/** Takes a task back whose lease ran out meanwhile: only who holds it can say how it ended. */
async function isOurs(client: AtsClient, taskId: number): Promise<boolean> {
  const task = await client.getTask(taskId);
  if (task.status === 'in_progress') return task.assigneeId === client.actor.id;
  if (task.status !== 'pending') return false;
  await client.claim(taskId, LAST_LEASE_MS);
  return true;
}

/** What others may read: our sentence without the path of our save folder. */
function publicSentence(message: string, record: IncomingRecord): string {
  let text = message;
  for (const path of [record.path, record.directory]) {
    if (path !== undefined) text = text.replaceAll(path, 'the save folder');
  }
  return text;
}

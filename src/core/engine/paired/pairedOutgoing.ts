import { setTimeout as delay } from 'node:timers/promises';
import { errors, fromData, isErrorCode, toBeelineError } from '../../errors';
import { EngineStopped, type Ended, type TransferContext } from '../transferContext';
import { dropManifest } from './keptManifests';
import { OfferServing, type PairedOutgoingParts, type SendOutcome } from './offerServing';
import { auditTask, completeTask, findOfferTask, pairedOfferTask } from './pairedTask';
import type { PairedOutgoing } from './pairedRecords';
import { withoutUndefined } from './withoutUndefined';

type Outcome = SendOutcome;

/**
 * Runs one offer to a paired agent from its journal record to its end: tell it over every link and
 * in a task, serve whoever proves to be that agent, and keep the record. Only the link decides; what
 * the task service says of the task changes nothing. Rejects with EngineStopped only.
 */
export async function runPairedOutgoing(
  context: TransferContext,
  record: PairedOutgoing,
  parts: PairedOutgoingParts,
): Promise<Ended> {
  // A journal that cannot be written costs the going on after a restart, not the transfer.
  const journal = async (change: Partial<PairedOutgoing>): Promise<void> => {
    Object.assign(record, change);
    await context.home.write('outgoing', record.transferId, record).catch((thrown: unknown) => {
      context.log(toBeelineError(thrown).message);
    });
  };
  if (record.taskId !== undefined) context.posted(record.taskId);
  else void context.audit.step(`offer ${record.transferId}`, () => post(context, record, journal));
  if (record.outcome === undefined) {
    const serving = new OfferServing(context, record, parts, journal);
    await journal({ outcome: await serving.run() });
  }
  await dropManifest(context.home, record.transferId).catch((thrown: unknown) => {
    context.log(toBeelineError(thrown).message);
  });
  return conclude(context, record, journal);
}

/** Posts the offer's task, unless all was settled over the link before the service was there. */
async function post(
  context: TransferContext,
  record: PairedOutgoing,
  journal: (change: Partial<PairedOutgoing>) => Promise<void>,
): Promise<void> {
  const { client } = context.connection;
  if (record.taskId !== undefined || record.outcome !== undefined) return;
  const known = record.posting === true ? await findOfferTask(client, record) : undefined;
  if (known === undefined) await journal({ posting: true });
  const task = known ?? (await client.createTask(pairedOfferTask(record)));
  context.posted(task.id);
  await journal({ taskId: task.id });
}

/** Milliseconds for the recipient to end the task itself, in its own words. */
const GRACE_MS = 1500;

/** Tells the shells at once, then writes the record for as long as that takes. */
async function conclude(
  context: TransferContext,
  record: PairedOutgoing,
  journal: (change: Partial<PairedOutgoing>) => Promise<void>,
): Promise<Ended> {
  const { outcome, transferId } = record;
  if (outcome === undefined) throw errors.internal('a transfer ended without an outcome');
  const ended = endOf(outcome);
  context.report(ended);
  // The recipient, who said it, writes it into the task too; its words are the better ones.
  if (outcome.kind === 'failed' && outcome.code !== 'CANCELLED') {
    await delay(GRACE_MS, undefined, { signal: context.signal }).catch(() => undefined);
  }
  const written = await context.audit.step(`end of transfer ${record.transferId}`, async () => {
    const { client } = context.connection;
    if (record.taskId === undefined && record.posting === true) {
      const task = await findOfferTask(client, record);
      if (task !== undefined) await journal({ taskId: task.id });
    }
    if (outcome.kind === 'failed') {
      if (record.taskId === undefined) return;
      const task = await client.getTask(record.taskId);
      // The recipient may have said it before us.
      if (task.status === 'pending') await client.cancel(record.taskId);
      else if (task.status === 'in_progress') await client.fail(record.taskId, outcome.code);
    } else if (record.taskId === undefined) {
      const id = record.auditId ?? (await client.createTask(auditTask(record))).id;
      if (record.auditId === undefined) await journal({ auditId: id });
      context.posted(id);
      await completeTask(client, id, { transferId, fileSize: outcome.bytes }, outcome);
    }
  });
  if (written === 'stopped') throw new EngineStopped();
  return ended;
}

function endOf(outcome: Outcome): Ended {
  if (outcome.kind === 'failed') {
    const code = isErrorCode(outcome.code) ? outcome.code : 'INTERNAL';
    return { kind: 'failed', error: fromData({ code, message: outcome.message }).toData() };
  }
  const { kind: _, ...delivered } = outcome;
  // The receipt is proof; nobody else's word is needed.
  const trust = { audit: 'confirmed', peerKey: 'paired' } as const;
  return { kind: 'completed', result: { ...withoutUndefined(delivered), ...trust } };
}

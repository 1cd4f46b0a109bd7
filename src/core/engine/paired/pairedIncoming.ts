import { errors, fromData, isErrorCode, toBeelineError } from '../../errors';
import type { AnsweredOffers } from '../../identity/answeredOffers';
import { EngineStopped, type Ended, type TransferContext } from '../transferContext';
import { clearStaging } from './clearStaging';
import type { PairedIncoming } from './pairedRecords';
import { claimForRecord, completeTask, failTask } from './pairedTask';
import {
  Receiving,
  type JournalIncoming,
  type ReceiveOutcome,
  type ReceivingParts,
} from './receiving';
import { withoutUndefined } from './withoutUndefined';

export interface PairedIncomingParts extends ReceivingParts {
  readonly answered: AnsweredOffers;
  /** Tells the sender what became of the offer; it is told again on every link until it knows. */
  readonly tell: (record: PairedIncoming) => void;
}

/**
 * Runs one accepted offer of a paired agent from its journal record to its end: fetch it, place it,
 * keep the record. Rejects with EngineStopped only.
 */
export async function runPairedIncoming(
  context: TransferContext,
  record: PairedIncoming,
  parts: PairedIncomingParts,
): Promise<Ended> {
  const journal: JournalIncoming = async (change) => {
    Object.assign(record, change);
    await context.home.write('incoming', record.transferId, record);
  };
  if (record.taskId !== undefined) context.posted(record.taskId);
  if (record.outcome === undefined) {
    void context.audit.step(`claim of transfer ${record.transferId}`, () =>
      claimForRecord(context.connection.client, record),
    );
    const outcome = await new Receiving(context, record, parts, journal).run();
    // A journal that cannot be written costs the memory of it after a restart, not the transfer.
    await journal({ outcome }).catch((thrown: unknown) => {
      context.log(toBeelineError(thrown).message);
    });
  }
  // Mostly it is gone, unless the engine before went between recording the end and clearing up.
  await clearStaging(record, context.log);
  return conclude(context, record, parts);
}

/** Remembers and tells at once, then writes the record for as long as that takes. */
async function conclude(
  context: TransferContext,
  record: PairedIncoming,
  parts: PairedIncomingParts,
): Promise<Ended> {
  const { outcome } = record;
  if (outcome === undefined) throw errors.internal('a transfer ended without an outcome');
  const ended = endOf(outcome);
  context.report(ended);
  const remembered = parts.answered.remember({
    kid: record.agent.kid,
    id: record.transferId,
    until: record.expiresAt,
    ...(outcome.kind === 'saved'
      ? { decision: 'received', receipt: outcome.receipt }
      : { decision: 'failed', reason: outcome.code === 'CANCELLED' ? 'cancelled' : outcome.code }),
  });
  // A full disk does not undo what was received, and the history remembers it too.
  await remembered.catch((thrown: unknown) => {
    context.log(toBeelineError(thrown).message);
  });
  parts.tell(record);
  const written = await context.audit.step(`end of transfer ${record.transferId}`, async () => {
    if (record.taskId === undefined) return;
    const { client } = context.connection;
    if (outcome.kind === 'saved') await completeTask(client, record.taskId, record, outcome);
    else await failTask(client, record.taskId, outcome.code);
  });
  if (written === 'stopped') throw new EngineStopped();
  return ended;
}

function endOf(outcome: ReceiveOutcome): Ended {
  if (outcome.kind === 'failed') {
    const code = isErrorCode(outcome.code) ? outcome.code : 'INTERNAL';
    return { kind: 'failed', error: fromData({ code, message: outcome.message }).toData() };
  }
  const { kind: _, ...delivered } = outcome;
  const trust = { audit: 'confirmed', peerKey: 'paired' } as const;
  return { kind: 'completed', result: { ...withoutUndefined(delivered), ...trust } };
}

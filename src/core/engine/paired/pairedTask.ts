import type { AtsClient, NewTask, Task } from '../../ats/types';
import { toBeelineError } from '../../errors';
import type { LinkPath } from '../../events';
import { leaseFor } from '../claim';
import { FILE_OFFER } from '../offerPayload';
import type { PairedIncoming, PairedOutgoing } from './pairedRecords';

/** The type of a task that only records what was arranged over a link; nobody takes it for an offer. */
const FILE_AUDIT = 'file_audit';

/** Milliseconds to end a task that was claimed only for that. */
const LAST_LEASE_MS = 60_000;
const MAX_FOUND = 100;

/** What a completed transfer leaves in its task. The receipt tells the service nothing. */
export interface Completion {
  readonly receipt: string;
  readonly bytes: number;
  readonly durationMs: number;
  readonly via?: LinkPath | undefined;
}

/** The task that carries a paired offer. Names stay sealed inside `signed`. */
export function pairedOfferTask(record: PairedOutgoing): NewTask {
  return {
    title: `Offer from ${record.place.actorId} to ${record.peerId}`,
    description: `Transfer ${record.transferId}`,
    type: FILE_OFFER,
    channel: record.channel,
    payload: {
      ...payloadOf(record),
      signed: record.signed,
      signature: record.signature,
    },
  };
}

/** What the offer's task would have recorded, had the service been there. */
export function auditTask(record: PairedOutgoing): NewTask {
  return {
    title: `Transfer from ${record.place.actorId} to ${record.peerId}`,
    description: `Transfer ${record.transferId}`,
    type: FILE_AUDIT,
    channel: record.channel,
    payload: { ...payloadOf(record), started_at: record.startedAt },
  };
}

function payloadOf(record: PairedOutgoing): Record<string, unknown> {
  return {
    transfer_id: record.transferId,
    sender_id: record.place.actorId,
    recipient_id: record.peerId,
    file_size: record.fileSize,
    kind: record.kind === 'file' ? 'file' : 'folder',
    entries: record.entries,
    protocol: 2,
  };
}

function outputsOf(transferId: string, completion: Completion): readonly unknown[] {
  const { receipt, bytes, durationMs, via } = completion;
  return [
    {
      transfer_id: transferId,
      receipt,
      bytes,
      duration_ms: durationMs,
      path: via === undefined || via === 'direct' ? 'direct' : 'relay',
    },
  ];
}

/** A paired offer in a task: still only a hint, until what is signed in it has been verified. */
export interface OfferHint {
  readonly taskId: number;
  readonly transferId: string;
  readonly senderId: string;
  readonly recipientId: string;
  readonly signed: string;
  readonly signature: string;
}

export function readOfferHint(task: Task): OfferHint | undefined {
  if (task.type !== FILE_OFFER || task.payload['signed'] === undefined) return undefined;
  const text = (name: string): string | undefined => {
    const value = task.payload[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const [transferId, signed, signature] = [text('transfer_id'), text('signed'), text('signature')];
  const [senderId, recipientId] = [text('sender_id'), text('recipient_id')];
  if (
    transferId === undefined ||
    signed === undefined ||
    signature === undefined ||
    senderId === undefined ||
    recipientId === undefined
  ) {
    return undefined;
  }
  return { taskId: task.id, transferId, senderId, recipientId, signed, signature };
}

/** The number of an offer's task whose posting was not answered. */
export async function findOfferTask(
  client: AtsClient,
  record: PairedOutgoing,
): Promise<Task | undefined> {
  const { transferId, channel } = record;
  const found = await client.listTasks({ search: transferId, channel, limit: MAX_FOUND });
  return found.find(
    (task) =>
      task.sourceId === record.place.actorId && readOfferHint(task)?.transferId === transferId,
  );
}

/** Claims and completes: the record of what the link has already settled. */
export async function completeTask(
  client: AtsClient,
  taskId: number,
  record: Pick<PairedIncoming, 'transferId' | 'fileSize'>,
  completion: Completion,
): Promise<void> {
  await holding(client, taskId, leaseFor(record.fileSize), () =>
    client.complete(taskId, outputsOf(record.transferId, completion)),
  );
}

export async function failTask(client: AtsClient, taskId: number, reason: string): Promise<void> {
  await holding(client, taskId, LAST_LEASE_MS, () => client.fail(taskId, reason));
}

/** Says in the record that the transfer is under way; what the service makes of it changes nothing. */
export async function claimForRecord(
  client: AtsClient,
  { taskId, fileSize }: Pick<PairedIncoming, 'taskId' | 'fileSize'>,
): Promise<void> {
  if (taskId !== undefined) await client.claim(taskId, leaseFor(fileSize));
}

async function holding(
  client: AtsClient,
  taskId: number,
  leaseMs: number,
  act: () => Promise<unknown>,
): Promise<void> {
  const task = await client.getTask(taskId);
  if (task.status === 'pending') await claim(client, taskId, leaseMs);
  else if (task.status !== 'in_progress' || task.assigneeId !== client.actor.id) return;
  await act();
}

async function claim(client: AtsClient, taskId: number, leaseMs: number): Promise<void> {
  try {
    await client.claim(taskId, leaseMs);
  } catch (thrown) {
    // A first try may have been taken although its answer was lost.
    if (toBeelineError(thrown).code !== 'ATS_CONFLICT') throw thrown;
    const task = await client.getTask(taskId);
    if (task.status !== 'in_progress' || task.assigneeId !== client.actor.id) throw thrown;
  }
}

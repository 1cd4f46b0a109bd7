import { setTimeout as delay } from 'node:timers/promises';
import type { Task } from '../ats/types';
import type { BeelineError } from '../errors';
import { seedKeyHash } from '../swarm/swarm';
import { fileOfferTask, readFileOffer, type FileOffer } from './offerPayload';
import type { OutgoingRecord } from './records';
import type { TransferContext } from './transferContext';

/** Tasks that may mention an id of ours: one is ours, and strangers may copy it. */
const MAX_FOUND = 50;

/** Posts the task, or finds the one that an engine before us posted without living to note it. */
export async function postOffer(
  context: TransferContext,
  record: OutgoingRecord,
  journal: (change: Partial<OutgoingRecord>) => Promise<void>,
): Promise<number> {
  const { client, place } = context.connection;
  const found = await findTask(context, record, context.signal);
  if (found !== undefined) return found.id;
  const offer: FileOffer = {
    transferId: record.transferId,
    senderId: place.actorId,
    recipientId: record.recipientId,
    fileName: record.source.name,
    fileSize: record.source.size,
    fileHash: record.sha256 ?? '',
    noiseKeyHash: await seedKeyHash(Buffer.from(record.seed, 'hex')),
  };
  await journal({ posting: true });
  const task = await client.createTask(fileOfferTask(offer, record.channel), context.signal);
  return task.id;
}

/** Milliseconds for the recipient, who holds the task, to say in its own words how it ended. */
const GRACE_MS = 300;
/** The same after its cancel, since it takes leave of the connection first. */
const CANCEL_GRACE_MS = 1500;

/** Ends the task truthfully, after a moment in which the recipient may end it itself. */
export async function withdrawOffer(
  context: TransferContext,
  record: OutgoingRecord,
  error: BeelineError,
): Promise<'written' | 'refused' | 'stopped'> {
  if (record.taskId === undefined && record.posting !== true) return 'written';
  const { client } = context.connection;
  const reason = publicSentence(error, record);
  let said = false;
  const graceMs = error.code === 'CANCELLED_BY_PEER' ? CANCEL_GRACE_MS : GRACE_MS;
  // Not for an engine that goes.
  if (error.code !== 'CANCELLED') {
    await delay(graceMs, undefined, { signal: context.signal }).catch(() => undefined);
  }
  return context.audit.step(`end of transfer ${record.transferId}`, async () => {
    // When the answer to the posting was lost, the task may be there all the same.
    const task =
      record.taskId === undefined
        ? await findTask(context, record)
        : await client.getTask(record.taskId);
    if (task?.status !== 'pending' && task?.status !== 'in_progress') return;
    if (!said) {
      await client.addMessage(task.id, [
        { type: 'text', content: `The sender stopped: ${reason}` },
        { type: 'data', content: { code: error.code, reason } },
      ]);
      said = true;
    }
    if (task.status === 'pending' || error.code === 'CANCELLED') await client.cancel(task.id);
    else await client.fail(task.id, reason);
  });
}

async function findTask(
  context: TransferContext,
  { transferId, channel }: OutgoingRecord,
  signal?: AbortSignal,
): Promise<Task | undefined> {
  const { client, place } = context.connection;
  const found = await client.listTasks({ search: transferId, channel, limit: MAX_FOUND }, signal);
  return found.find(
    (task) => task.sourceId === place.actorId && readFileOffer(task)?.transferId === transferId,
  );
}

/** What others may read: our sentence without our path. */
function publicSentence(error: BeelineError, record: OutgoingRecord): string {
  return error.message.replaceAll(record.source.path, record.source.name);
}

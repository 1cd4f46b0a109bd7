import type { AtsClient } from '../ats/types';
import type { Decision } from '../engine';
import type { EngineConfig } from '../engineConfig';
import type { BeelineError } from '../errors';
import type { Home } from '../home/home';
import { checkRoom } from '../receivefs/saveFolder';
import { chosenPlace, folderOf } from './chosenPlace';
import { claimTask } from './claim';
import type { Question } from './offerInbox';
import type { IncomingRecord } from './records';
import type { ServiceConnection } from './serviceConnection';

/**
 * Accepts an offer: finds room, journals, claims. Resolves with what is to be run.
 * @throws CONFIG_INVALID, DISK_FULL, FOLDER_UNUSABLE, OFFER_TAKEN, OFFER_WITHDRAWN, ATS_*
 */
export async function acceptOffer(
  { connection, home, settings }: AcceptParts,
  { offer, taskId, fileOffer, seed }: Question,
  decision: Extract<Decision, { kind: 'accept' }>,
): Promise<IncomingRecord> {
  const where = chosenPlace(decision, settings.saveDirectory);
  await checkRoom(folderOf(where), offer.fileSize);
  const record: IncomingRecord = {
    version: 1,
    place: connection.place,
    transferId: offer.transferId,
    taskId,
    senderId: offer.senderId,
    fileName: offer.fileName,
    safeName: offer.safeName,
    fileSize: offer.fileSize,
    fileHash: fileOffer.fileHash,
    ...(fileOffer.noiseKeyHash !== undefined && { noiseKeyHash: fileOffer.noiseKeyHash }),
    channel: offer.channel,
    startedAt: new Date().toISOString(),
    seed,
    ...where,
  };
  await home.write('incoming', offer.transferId, record);
  try {
    await claimTask(connection.client, record);
    return record;
  } catch (thrown) {
    await home.remove('incoming', offer.transferId);
    throw thrown;
  }
}

export interface AcceptParts {
  readonly connection: ServiceConnection;
  readonly home: Home;
  readonly settings: EngineConfig;
}

/** Says why in the thread, then rejects: a rejection alone carries no reason that can be read. */
export async function declineTask(
  client: AtsClient,
  taskId: number,
  error: BeelineError,
  reason?: string,
): Promise<void> {
  const said = reason ?? (error.code === 'DECLINED' ? '' : error.message);
  await client.addMessage(taskId, [
    { type: 'text', content: said === '' ? 'Declined.' : said },
    { type: 'data', content: { code: error.code, reason: said } },
  ]);
  await client.reject(taskId, said);
}

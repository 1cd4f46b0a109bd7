import type { NewTask, Task, TaskMessage } from '../ats/types';
import { isErrorCode, type ErrorCode } from '../errors';

/** An open file offer as a task carries it (ats-p2p). */
export interface FileOffer {
  readonly transferId: string;
  readonly senderId: string;
  readonly recipientId: string;
  readonly fileName: string;
  readonly fileSize: number;
  /** SHA-256, lower-case hex. */
  readonly fileHash: string;
  /** SHA-256 of the sender's Noise key for this transfer; ats-p2p itself does not have it. */
  readonly noiseKeyHash?: string | undefined;
}

export const FILE_OFFER = 'file_offer';

/** Long enough for every scheme of ids in use, short enough to be a record's name. */
const MAX_TRANSFER_ID = 128;
/** Bytes of a name that are worth keeping: no file system of ours holds more than 255. */
const MAX_NAME = 1024;
/** Characters of a task's title: a line in a list. */
const MAX_TITLE = 200;
/** How deep outputs may be wrapped in parts of parts; deeper ones are somebody's joke. */
const MAX_OUTPUT_DEPTH = 3;
/** Characters of somebody's reason that a person gets to see. */
const MAX_REASON = 500;

/**
 * Reads an offer, lenient about the names that others use, strict about what they mean.
 * Undefined when it is none, or says something that cannot be.
 */
export function readFileOffer(task: Task): FileOffer | undefined {
  if (task.type !== FILE_OFFER) return undefined;
  const { payload } = task;
  // What is signed is a paired agent's, and believed only there.
  if (payload['signed'] !== undefined) return undefined;
  const transferId = text(payload, ['transfer_id', 'transferId', 'id'], MAX_TRANSFER_ID);
  const recipientId = text(payload, ['recipient_id', 'recipient', 'to'], MAX_TRANSFER_ID);
  const claimedSender = text(payload, ['sender_id', 'sender', 'from'], MAX_TRANSFER_ID);
  const fileName = text(payload, ['file_name', 'filename', 'fileName', 'name'], MAX_NAME);
  const fileSize = first(payload, ['file_size', 'fileSize', 'size']);
  const fileHash = digest(first(payload, ['file_hash', 'fileHash', 'hash', 'sha256']));
  const senderId = claimedSender ?? task.sourceId;
  if (
    transferId === undefined ||
    recipientId === undefined ||
    senderId === undefined ||
    fileName === undefined ||
    fileHash === undefined ||
    typeof fileSize !== 'number' ||
    !Number.isSafeInteger(fileSize) ||
    fileSize < 0
  ) {
    return undefined;
  }
  // The service knows who made the task; an offer in another's name is not worth showing.
  if (task.sourceId !== undefined && task.sourceId !== senderId) return undefined;
  const noiseKeyHash = digest(first(payload, ['noise_key_hash']));
  return { transferId, senderId, recipientId, fileName, fileSize, fileHash, noiseKeyHash };
}

/** The task that offers a file. The id stands in the description, where the service's search looks. */
export function fileOfferTask(offer: FileOffer, channel: string): NewTask {
  return {
    // By characters: half of one is not text, and a database refuses it.
    title: Array.from(`File offer: ${offer.fileName}`).slice(0, MAX_TITLE).join(''),
    description: `Transfer ${offer.transferId}`,
    type: FILE_OFFER,
    channel,
    payload: {
      transfer_id: offer.transferId,
      sender_id: offer.senderId,
      recipient_id: offer.recipientId,
      file_name: offer.fileName,
      file_size: offer.fileSize,
      file_hash: offer.fileHash,
      ...(offer.noiseKeyHash !== undefined && { noise_key_hash: offer.noiseKeyHash }),
    },
  };
}

export interface Announcement {
  /** SHA-256 of a Noise key, lower-case hex. */
  readonly hash: string;
  /** ISO 8601, by the service's clock. */
  readonly at: string;
}

/** The Noise keys that an actor announced in a task's thread, oldest first. */
export function announcements(messages: readonly TaskMessage[], actorId: string): Announcement[] {
  return messages.flatMap((message) =>
    dataParts([message], actorId)
      .map((content) => digest(content['noise_key_hash']))
      .filter((hash) => hash !== undefined)
      .map((hash) => ({ hash, at: message.createdAt })),
  );
}

/** Why an actor ended a task, as our own engines write it into the thread before they do. */
export function statedReason(
  messages: readonly TaskMessage[],
  actorId: string,
): { code: ErrorCode; reason: string } | undefined {
  const said = dataParts(messages, actorId).findLast((content) => isErrorCode(content['code']));
  if (said === undefined) return undefined;
  const reason = said['reason'];
  return {
    code: said['code'] as ErrorCode,
    reason: typeof reason === 'string' ? readable(reason) : '',
  };
}

/** The file hash that a completion's outputs state, under whatever name; undefined when none does. */
export function completedHash(
  outputs: readonly unknown[],
  depth = MAX_OUTPUT_DEPTH,
): string | undefined {
  for (const output of outputs) {
    if (!isRecord(output)) continue;
    const stated = first(output, ['sha256', 'file_hash', 'fileHash', 'hash']);
    if (typeof stated === 'string' && stated !== '') return stated.toLowerCase();
    const nested = output['content'] ?? output['data'];
    if (isRecord(nested) && depth > 0) {
      const inner = completedHash([nested], depth - 1);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}

function dataParts(
  messages: readonly TaskMessage[],
  actorId: string,
): Readonly<Record<string, unknown>>[] {
  return messages
    .filter((message) => message.actorId === actorId)
    .flatMap((message) => message.parts)
    .map((part) => part.content)
    .filter(isRecord);
}

function first(payload: Readonly<Record<string, unknown>>, names: readonly string[]): unknown {
  return names.map((name) => payload[name]).find((value) => value !== undefined && value !== null);
}

function text(
  payload: Readonly<Record<string, unknown>>,
  names: readonly string[],
  most: number,
): string | undefined {
  const value = first(payload, names);
  return typeof value === 'string' && value !== '' && value.length <= most ? value : undefined;
}

/** One line, without characters that move a cursor or turn the direction of the text around. */
function readable(reason: string): string {
  const line = reason.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
  return Array.from(line).slice(0, MAX_REASON).join('');
}

function digest(value: unknown): string | undefined {
  return typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value)
    ? value.toLowerCase()
    : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

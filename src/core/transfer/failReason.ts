import { type BeelineError, type ErrorCode, errors, fromData, isErrorCode } from '../errors';
import type { Fail } from '../wire/v2';
import { readable } from './peerReason';

/**
 * What the other side is told when a transfer ends with this error: a code, and a sentence without
 * any path of ours. Undefined when it knows, or cannot be reached.
 */
export function failFor(error: BeelineError): Fail | undefined {
  if (fromPeer.has(error.code)) return undefined;
  return { code: error.code, message: sentences[error.code] ?? 'something unexpected happened.' };
}

/** What the other side gave as its reason. Of its codes only those that mean the same here count. */
export function failed({ code, message }: Fail): BeelineError {
  const said = errors.peerError(readable(Buffer.from(message)));
  if (!isErrorCode(code) || !shared.has(code)) return said;
  if (code === 'OFFER_UNKNOWN') return errors.offerUnknown();
  return code === 'HASH_MISMATCH'
    ? errors.hashMismatch()
    : fromData({ code, message: said.message });
}

/** Told by the other side, or with nobody left to tell. */
const fromPeer = new Set<ErrorCode>(['PEER_LOST', 'PEER_ERROR', 'CANCELLED_BY_PEER']);

const shared = new Set<ErrorCode>([
  'OFFER_UNKNOWN',
  'HASH_MISMATCH',
  'DISK_FULL',
  'FOLDER_UNUSABLE',
  'NAME_REFUSED',
  'TOO_LARGE',
  'NOT_ALLOWED',
  'SOURCE_CHANGED',
]);

const sentences: Partial<Record<ErrorCode, string>> = {
  OFFER_UNKNOWN: 'there is no such offer.',
  HASH_MISMATCH: 'the received bytes do not have the SHA-256 that was sent with them.',
  RECEIPT_MISMATCH: 'what was confirmed is not what was sent.',
  DISK_FULL: 'there is not enough room for the files.',
  FOLDER_UNUSABLE: 'the files cannot be saved.',
  NAME_REFUSED: 'a name of these files cannot be used.',
  TOO_LARGE: 'it is larger than what is accepted.',
  NOT_ALLOWED: 'the sender is not allowed to send here.',
  SOURCE_CHANGED: 'a file changed or went away while it was being sent.',
  PATH_NOT_FOUND: 'a file cannot be read.',
  PATH_UNREADABLE: 'a file cannot be read.',
  NOT_A_FILE: 'a file cannot be read.',
  PEER_SILENT: 'nothing was heard for too long.',
  PROTOCOL: 'what was said breaks the protocol.',
  META_MISMATCH: 'the list of files is not what was offered.',
};

import { type BeelineError, type ErrorCode, errors, fromData, isErrorCode } from '../errors';

/** What a side that ends a transfer tells the other one, by any version of the wire. */

/** Told by the other side, or with nobody left to tell. */
export const fromPeer: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'PEER_LOST',
  'PEER_ERROR',
  'CANCELLED_BY_PEER',
]);

/** Codes that mean the same on both sides; of a peer's codes only these are believed. */
const shared = new Set<ErrorCode>([
  'HASH_MISMATCH',
  'DISK_FULL',
  'FOLDER_UNUSABLE',
  'NAME_REFUSED',
  'TOO_LARGE',
  'NOT_ALLOWED',
  'SOURCE_CHANGED',
]);

/** What is said with a code: without any path of ours. */
const sentences: Partial<Record<ErrorCode, string>> = {
  OFFER_UNKNOWN: 'there is no such offer.',
  HASH_MISMATCH: 'the received bytes do not have the SHA-256 that belongs to them.',
  RECEIPT_MISMATCH: 'what was confirmed is not what was sent.',
  DISK_FULL: 'there is not enough room.',
  FOLDER_UNUSABLE: 'it cannot be saved in the folder chosen for it.',
  HOME_UNUSABLE: 'the folder that it keeps its own things in cannot be used.',
  TARGET_BUSY: 'another transfer is just bringing the same folder up to date.',
  JOURNAL_NEWER: 'what has arrived of it belongs to a newer Beeline.',
  NAME_REFUSED: 'a name in it cannot be used.',
  LINK_REFUSED: 'a link in it leads out of it.',
  TOO_LARGE: 'it is larger than what is accepted.',
  NOT_ALLOWED: 'the sender is not allowed to send here.',
  DECLINED: 'it is not wanted.',
  SOURCE_CHANGED: 'a file changed or went away while it was being sent.',
  PATH_NOT_FOUND: 'a file cannot be read.',
  PATH_UNREADABLE: 'a file cannot be read.',
  NOT_A_FILE: 'a file cannot be read.',
  PEER_SILENT: 'nothing was heard for too long.',
  PROTOCOL: 'what was said breaks the protocol.',
  META_MISMATCH: 'what came is not what was offered.',
};

export function sentenceFor(code: ErrorCode): string {
  return sentences[code] ?? 'something unexpected happened.';
}

/** @param also codes that this version of the wire has beyond those of all */
export function isBelieved(
  code: string | undefined,
  also?: ReadonlySet<ErrorCode>,
): code is ErrorCode {
  return isErrorCode(code) && (shared.has(code) || also?.has(code) === true);
}

/** The error that the other side had, and what it said of it. */
export function believed(code: ErrorCode, sentence: string): BeelineError {
  if (code === 'HASH_MISMATCH') return errors.hashMismatch();
  return fromData({ code, message: errors.peerError(sentence).message });
}

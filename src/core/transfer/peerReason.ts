import { type BeelineError, type ErrorCode, errors } from '../errors';
import { believed, fromPeer, isBelieved, sentenceFor } from './tellable';

export interface PeerReason {
  readonly type: 'nack' | 'error';
  /** `CODE: sentence`, so that codes cross when both sides are ours; without any path of ours. */
  readonly text: string;
}

/**
 * What the other side is told when a transfer ends with this error, or undefined when it knows, or
 * cannot be reached. A recipient that does not want the file as it is says NACK, and so it answers
 * DONE; everything else is an ERROR.
 */
export function reasonFor(
  error: BeelineError,
  role: 'sender' | 'recipient',
  afterDone = false,
): PeerReason | undefined {
  if (fromPeer.has(error.code)) return undefined;
  if (error.code === 'CANCELLED') return { type: 'error', text: `cancelled by ${role}` };
  const text = `${error.code}: ${sentenceFor(error.code)}`;
  const isAnswer = role === 'recipient' && (afterDone || nacked.has(error.code));
  return { type: isAnswer ? 'nack' : 'error', text };
}

/**
 * What the other side said in a NACK or ERROR, as an error of ours.
 * Of the codes only those are believed that mean the same on both sides.
 */
export function peerSaid(payload: Buffer, peerName = 'The other side'): BeelineError {
  const text = readable(payload);
  if (/^cancel/i.test(text)) return errors.cancelledByPeer(peerName);
  const [, code, sentence] = /^([A-Z_]+)\b:?\s*(.*)$/.exec(text) ?? [];
  if (!isBelieved(code)) return errors.peerError(text);
  return believed(code, sentence === undefined || sentence === '' ? text : sentence);
}

/** Characters of a peer's words that a person gets to see. */
const MAX_SHOWN = 500;

/** Without control characters, line breaks and what turns the reading direction. */
export function readable(payload: Buffer): string {
  const text = payload
    .toString('utf8')
    .replace(/[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufffd]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  return text === '' ? 'it gave no reason.' : Array.from(text).slice(0, MAX_SHOWN).join('');
}

/** What a recipient says about the file, as against about the talk. */
const nacked = new Set<ErrorCode>([
  'HASH_MISMATCH',
  'DISK_FULL',
  'FOLDER_UNUSABLE',
  'NAME_REFUSED',
  'TOO_LARGE',
  'NOT_ALLOWED',
  'DECLINED',
  'INTERNAL',
]);

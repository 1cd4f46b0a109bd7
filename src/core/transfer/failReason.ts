import { type BeelineError, type ErrorCode, errors } from '../errors';
import type { Fail } from '../wire/v2';
import { readable } from './peerReason';
import { believed, fromPeer, isBelieved, sentenceFor } from './tellable';

/**
 * What the other side is told when a transfer by wire version 2 ends with this error: a code, and a
 * sentence without any path of ours. Undefined when it knows, or cannot be reached.
 */
export function failFor({ code }: BeelineError): Fail | undefined {
  return fromPeer.has(code) ? undefined : { code, message: sentenceFor(code) };
}

/** What the other side gave as its reason. Of its codes only those that mean the same here count. */
export function failed({ code, message }: Fail): BeelineError {
  if (code === 'OFFER_UNKNOWN') return errors.offerUnknown();
  const sentence = readable(Buffer.from(message));
  return isBelieved(code, also) ? believed(code, sentence) : errors.peerError(sentence);
}

/**
 * Of these, `PATH_UNREADABLE` is trouble at the sender after which it may go on, and those from
 * `HOME_UNUSABLE` on at the receiver.
 */
const also: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'LINK_REFUSED',
  'PATH_UNREADABLE',
  'JOURNAL_NEWER',
  'HOME_UNUSABLE',
  'TARGET_BUSY',
]);

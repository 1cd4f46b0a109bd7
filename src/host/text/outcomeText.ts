import type { Transfer } from '../../core/events';
import type { ErrorCode, ErrorData } from '../../core/errors';
import { contentName } from './contentText';
import { noticeText, sentenceText } from './displayText';
import { amountPhrase, resultSentences } from './resultText';
import { countText, verifiedText } from './wording';

/** What is said when a sending or receiving ended, and how loudly. */
export type Outcome =
  /** The person ended it, and knows. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'done'; readonly message: string }
  /** Somebody's decision, not a fault. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string; readonly retry: boolean };

/** Endings that trying again cannot change, or that the other side has to begin anew. */
const finalCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'PATH_NOT_FOUND',
  'PATH_UNREADABLE',
  'NOT_A_FILE',
  'NOT_ALLOWED',
  'TOO_LARGE',
  'NATIVE_MISSING',
  'AUDIT_MISMATCH',
]);

const decisions: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'DECLINED',
  'CANCELLED_BY_PEER',
  'NOT_ALLOWED',
  'OFFER_EXPIRED',
  'OFFER_WITHDRAWN',
]);

/** Takes ended transfers of one sending or receiving. */
export function outcomeOf(transfers: readonly Transfer[]): Outcome {
  const errors = transfers.flatMap(({ state }) => (state.kind === 'failed' ? [state.error] : []));
  const told = errors.filter(({ code }) => code !== 'CANCELLED');
  const done = transfers.filter(({ state }) => state.kind === 'completed');
  const first = transfers[0];
  if (first === undefined || (done.length === 0 && told.length === 0)) return { kind: 'silent' };
  const worst = told.find(({ code }) => !decisions.has(code)) ?? told[0];
  if (worst === undefined) return { kind: 'done', message: doneText(done, first) };

  const name = contentName(first, noticeText);
  const peer = noticeText(first.peerId);
  const sentence = sentenceFor(first, worst);
  const message =
    transfers.length > 1
      ? `${String(done.length)} of ${countText(transfers.length, 'file')} arrived at ${peer}. ${sentence}`
      : first.direction === 'send'
        ? `${name} was not sent to ${peer}. ${sentence}`
        : `${name} from ${peer} was not received. ${sentence}`;
  if (decisions.has(worst.code)) return { kind: 'refused', message };
  return {
    kind: 'failed',
    message,
    retry: first.direction === 'send' && !finalCodes.has(worst.code),
  };
}

/** What the other side said of itself does not mean the person who reads it here. */
function sentenceFor({ direction, peerId }: Transfer, { code, message }: ErrorData): string {
  const peer = noticeText(peerId);
  if (direction === 'send' && code === 'NOT_ALLOWED') {
    return `${peer} takes files only from agents on its list, and you are not on it.`;
  }
  if (direction === 'send' && code === 'TOO_LARGE') {
    return `${peer} says: ${sentenceText(message)}`;
  }
  return sentenceText(message);
}

function doneText(done: readonly Transfer[], first: Transfer): string {
  const peer = noticeText(first.peerId);
  const verified = verifiedText(first);
  if (done.length > 1) return `${countText(done.length, 'file')} arrived at ${peer}, ${verified}.`;
  const transfer = done[0] ?? first;
  const name = contentName(transfer, noticeText);
  const { state, kind, fileSize, direction } = transfer;
  const result = state.kind === 'completed' ? state.result : undefined;
  const amount = ` (${amountPhrase(transfer, result?.files, result?.bytes ?? fileSize)})`;
  const said =
    direction === 'send'
      ? `${name}${kind === 'file' ? '' : amount} arrived at ${peer}, ${verified}.`
      : `Received ${name}${amount} from ${peer}, ${verified}.`;
  const rest = result === undefined ? [] : resultSentences(result, noticeText);
  return [said, ...rest].join(' ');
}

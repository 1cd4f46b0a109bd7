import type { PageTransfer, TransferAction } from '../../bridge/chatPage';
import { isEnded, type IncomingOffer, type Transfer } from '../../core/events';
import { percentOf, rateText } from '../../core/units';
import { pathText } from './agentText';
import { contentName, contentSize } from './contentText';
import { displayText } from './displayText';
import { interruptedText } from './interruptedText';
import { resultPhrase } from './resultText';
import { timeLeftText } from './wording';

/**
 * The transfers between this person and one paired agent, as cards. An id alone finds nothing: only
 * what is with this very identity is listed, so that a message that names somebody else's transfer
 * looks like one that names none.
 */
export function pageTransfers(
  kid: string,
  offers: readonly IncomingOffer[],
  transfers: readonly Transfer[],
): readonly PageTransfer[] {
  const own = transfers.filter(({ agent }) => agent?.kid === kid);
  const begun = new Set(own.map(({ transferId }) => transferId));
  const asking = offers.filter(
    ({ agent, trust, transferId }) =>
      trust === 'verified' && agent?.kid === kid && !begun.has(transferId),
  );
  return [...asking.map(offerCard), ...own.map(transferCard)];
}

function offerCard(offer: IncomingOffer): PageTransfer {
  return {
    transferId: offer.transferId,
    title: contentName(offer, displayText),
    direction: 'receive',
    status: `${contentSize(offer)}, waits for your answer`,
    state: 'offered',
    actions: ['accept', 'acceptTo', 'decline'],
  };
}

function transferCard(transfer: Transfer): PageTransfer {
  const { state, transferId, direction } = transfer;
  const progress = 'progress' in state ? state.progress : undefined;
  return {
    transferId,
    title: contentName(transfer, displayText),
    direction,
    status: statusText(transfer),
    state: cardState(transfer),
    actions: cardActions(transfer),
    ...(progress !== undefined && {
      progress: progress.total === 0 ? 1 : Math.min(1, progress.bytes / progress.total),
    }),
  };
}

function cardState(transfer: Transfer): PageTransfer['state'] {
  const { kind } = transfer.state;
  if (kind === 'completed' || kind === 'failed') return kind;
  return kind === 'interrupted' ? 'stopped' : 'running';
}

function cardActions(transfer: Transfer): readonly TransferAction[] {
  const { state, kind } = transfer;
  if (state.kind === 'interrupted') return ['resume', 'cancel'];
  if (!isEnded(transfer)) return ['cancel'];
  if (state.kind !== 'completed' || state.result.path === undefined) return [];
  // A folder has nothing to open but what *Reveal* shows.
  return kind === 'file' ? ['open', 'reveal'] : ['reveal'];
}

/** Without the agent: the whole panel is about it. */
function statusText(transfer: Transfer): string {
  const { state, direction } = transfer;
  switch (state.kind) {
    case 'hashing':
      return `reading, ${String(percentOf(state.progress.bytes, state.progress.total))}%`;
    case 'waiting':
      return `${contentSize(transfer)}, ${direction === 'send' ? 'waiting to be accepted' : 'waiting'}`;
    case 'connecting':
      return state.again ? 'connecting again' : 'connecting';
    case 'interrupted':
      return interruptedText(transfer, displayText);
    case 'transferring': {
      const { bytes, total, rate, timeLeft } = state.progress;
      return [
        `${String(percentOf(bytes, total))}%`,
        ...(rate > 0 ? [rateText(rate)] : []),
        ...(timeLeft === undefined ? [] : [timeLeftText(timeLeft)]),
        ...(state.via === undefined ? [] : [pathText(state.via)]),
      ].join(', ');
    }
    case 'confirming':
      return 'delivered, being confirmed';
    case 'completed':
      return `${direction === 'send' ? 'delivered' : 'received'}, ${resultPhrase(transfer, state.result)}`;
    case 'failed':
      return state.error.code === 'CANCELLED'
        ? 'cancelled'
        : displayText(state.error.message, MAX_SENTENCE);
  }
}

/** Characters; the longest of our own sentences with two names in it. */
const MAX_SENTENCE = 400;

import type { IncomingOffer, LinkPath, Transfer } from '../../core/events';
import { percentOf, rateText } from '../../core/units';
import { commands } from '../ids';
import type { TreeRow } from '../views/treeRow';
import { MAX_FINGERPRINT, pathText } from './agentText';
import { contentName, contentSize } from './contentText';
import { pickText } from './displayText';
import { markdownText } from './markdownText';
import { interruptedText } from './interruptedText';
import { asksToRemove, asksToUpdate, heldPick, syncText } from './offerText';
import { resultPhrase, resultSentences } from './resultText';
import { senderText, trustIcon, trustSentence } from './senderText';
import { timeLeftText, verifiedText } from './wording';

/** The *Transfers* view: questions first, then what runs, what waits, what stopped and what ended. */
export function transferRows(
  offers: readonly IncomingOffer[],
  transfers: readonly Transfer[],
): readonly TreeRow[] {
  const held = offers.filter((offer) => offer.held);
  const announced = offers.filter((offer) => !offer.held);
  // Sorting is stable: among themselves they stay as the engine lists them.
  const listed = transfers.toSorted((a, b) => place(a) - place(b));
  return [
    ...announced.map(offerRow),
    ...(held.length === 0 ? [] : [heldRow(held, announced.length > 0)]),
    ...listed.map(transferRow),
  ];
}

export function offerRow(offer: IncomingOffer): TreeRow {
  const sender = senderText(offer);
  return {
    id: `offer:${offer.transferId}`,
    label: contentName(offer),
    description:
      offer.trust === 'claims'
        ? // In a narrow view only the first words are seen.
          `${sender.replace('somebody who ', '')}, ${contentSize(offer)}`
        : `offered by ${sender}, ${contentSize(offer)}`,
    tooltip: [
      `**${contentName(offer, markdownText)}**, ${contentSize(offer)}`,
      `From ${markdownText(sender, MAX_SENDER)}`,
      ...(offer.sync === undefined ? [] : [`Wants ${syncText(offer)}.`]),
      ...(offer.updates === undefined
        ? []
        : [`You have it from before, in ${markdownText(offer.updates, MAX_PATH)}`]),
      markdownText(trustSentence(offer), MAX_SENTENCE),
    ].join('\n\n'),
    icon: trustIcon(offer.trust),
    contextValue: [
      'offer',
      ...(offer.trust === 'verified' ? ['listed'] : []),
      ...(asksToUpdate(offer) ? ['updates'] : []),
      ...(asksToRemove(offer) ? ['removes'] : []),
    ].join(' '),
    click: commands.answerOffer,
  };
}

/** However many strangers ask, they take one line. */
function heldRow(held: readonly IncomingOffer[], areOthers: boolean): TreeRow {
  const { label, description } = heldPick(held, areOthers);
  return {
    id: 'held',
    label,
    description,
    tooltip: 'Offers that came faster than strangers may ask\\.',
    icon: { id: 'mention' },
    contextValue: 'held',
    click: commands.showOffers,
  };
}

export function transferRow(transfer: Transfer): TreeRow {
  const { state } = transfer;
  const opens = state.kind === 'completed' && state.result.path !== undefined;
  return {
    id: `transfer:${transfer.transferId}`,
    label: contentName(transfer),
    description: stateText(transfer),
    tooltip: transferTooltip(transfer),
    icon: transferIcon(transfer),
    contextValue: ['transfer', ...abilities(transfer)].join(' '),
    ...(opens && { click: commands.openTransfer }),
  };
}

/** What can be done with a transfer, as the menus ask for it. */
function abilities({ state, direction }: Transfer): readonly string[] {
  switch (state.kind) {
    case 'completed':
      return state.result.path === undefined ? ['ended'] : ['ended', 'saved'];
    case 'failed':
      return direction === 'send' ? ['ended', 'error', 'again'] : ['ended', 'error'];
    case 'interrupted':
      return ['running', 'resumable', 'error'];
    case 'hashing':
    case 'waiting':
    case 'connecting':
    case 'transferring':
    case 'confirming':
      return ['running'];
  }
}

function place({ state }: Transfer): number {
  switch (state.kind) {
    case 'hashing':
    case 'connecting':
    case 'transferring':
    case 'confirming':
      return 0;
    case 'waiting':
      return 1;
    case 'interrupted':
      return 2;
    case 'completed':
    case 'failed':
      return 3;
  }
}

/** One line: what it is at, and with whom. */
export function stateText(transfer: Transfer): string {
  const { state, direction } = transfer;
  const peer = pickText(transfer.peerId);
  const where = direction === 'send' ? `to ${peer}` : `from ${peer}`;
  switch (state.kind) {
    case 'hashing':
      return `reading, ${percentText(state.progress)} · ${where}`;
    case 'waiting':
      return direction === 'send' ? `waiting until ${peer} accepts` : `waiting for ${peer}`;
    case 'connecting':
      return state.again ? `connecting again · ${where}` : `connecting · ${where}`;
    case 'interrupted':
      return interruptedText(transfer);
    case 'transferring': {
      const { progress } = state;
      const measured = [
        percentText(progress),
        ...(progress.rate > 0 ? [rateText(progress.rate)] : []),
        ...(progress.timeLeft === undefined ? [] : [timeLeftText(progress.timeLeft)]),
      ];
      const via = state.via === undefined ? '' : `, ${pathText(state.via)}`;
      return `${measured.join(', ')} · ${where}${via}`;
    }
    case 'confirming':
      return `delivered, ${peer} confirms`;
    case 'completed':
      // In a narrow view only the first words are seen: whom, and how sure that is.
      return `${where}, ${verifiedText(transfer)}, ${resultPhrase(transfer, state.result)}`;
    case 'failed':
      return state.error.code === 'CANCELLED'
        ? `cancelled · ${where}`
        : `${where} · ${pickText(state.error.message, MAX_DETAIL)}`;
  }
}

function transferIcon({ state, direction }: Transfer): TreeRow['icon'] {
  switch (state.kind) {
    case 'waiting':
      return { id: 'watch' };
    case 'interrupted':
      return { id: 'debug-disconnect', color: 'list.warningForeground' };
    case 'completed':
      return { id: 'pass', color: 'charts.green' };
    case 'failed':
      return state.error.code === 'CANCELLED'
        ? { id: 'circle-slash' }
        : { id: 'error', color: 'list.errorForeground' };
    case 'hashing':
    case 'connecting':
    case 'transferring':
    case 'confirming':
      return { id: direction === 'send' ? 'arrow-up' : 'arrow-down' };
  }
}

function transferTooltip(transfer: Transfer): string {
  const { state, agent, direction } = transfer;
  const peer = markdownText(transfer.peerId);
  const via = state.kind === 'transferring' ? state.via : undefined;
  return [
    `**${contentName(transfer, markdownText)}**, ${contentSize(transfer)}`,
    direction === 'send' ? `To ${peer}` : `From ${peer}`,
    ...(agent === undefined
      ? ['Unverified: only the task service says who the other side is.']
      : [`Verified: fingerprint ${markdownText(agent.fingerprint, MAX_FINGERPRINT)}`]),
    ...(via === undefined ? [] : [`The bytes go ${wayText(via)}.`]),
    ...resultLines(transfer),
  ].join('\n\n');
}

function resultLines({ state }: Transfer): readonly string[] {
  if (state.kind === 'failed' || state.kind === 'interrupted') {
    return [markdownText(state.error.message, MAX_SENTENCE)];
  }
  if (state.kind !== 'completed') return [];
  const { result } = state;
  return [
    ...(result.path === undefined ? [] : [`Saved as ${markdownText(result.path, MAX_PATH)}`]),
    ...resultSentences(result, markdownText, MAX_CONFLICTS),
    ...(result.sha256 === undefined
      ? []
      : [`SHA\\-256: ${markdownText(result.sha256, MAX_FINGERPRINT)}`]),
    ...(result.treeHash === undefined
      ? []
      : [`Tree hash: ${markdownText(result.treeHash, MAX_FINGERPRINT)}`]),
    ...(result.via === undefined ? [] : [`The bytes went ${wayText(result.via)}.`]),
  ];
}

function wayText(path: LinkPath): string {
  return path === 'direct' ? 'directly' : path === 'relay' ? 'through a relay' : pathText(path);
}

function percentText({ bytes, total }: { bytes: number; total: number }): string {
  return `${String(percentOf(bytes, total))}%`;
}

/** Characters of a failure's sentence on one line. */
const MAX_DETAIL = 160;
/** Characters; the longest of our own sentences with two names in it. */
const MAX_SENTENCE = 400;
/** Characters; a name of the longest kind with our words around it. */
const MAX_SENDER = 160;
const MAX_PATH = 400;
/** Names in a tooltip that does not fill the screen. */
const MAX_CONFLICTS = 10;

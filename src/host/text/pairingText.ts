import type { Agent, Pairing, PairingCard } from '../../core/events';
import { commands } from '../ids';
import type { TreeRow } from '../views/treeRow';
import { MAX_FINGERPRINT } from './agentText';
import { noticeText, pickText } from './displayText';
import { markdownText } from './markdownText';
import { clockText } from './wording';

export type InviteAction = 'copyCode' | 'copyLink';
export type ConfirmAction = 'compare';

/** The notification of an invite that waits for somebody to use it. */
export function inviteNotice(
  code: string,
  left: number,
  link: (action: InviteAction) => string,
): string {
  return (
    `Your invite: ${noticeText(code)} \u2002 Give it to the one agent you want to pair with. ` +
    `It is good once, for ${clockText(left)}. \u2002` +
    `[Copy Code](${link('copyCode')} "For Enter an Invite on the other side") \u2002` +
    `[Copy Link](${link('copyLink')} "Opens the editor on the other side")`
  );
}

/** The notification while an invite of somebody else is looked for. */
export function joiningNotice(left: number): string {
  return `Looking for the agent that made this invite. It is good for ${clockText(left)}.`;
}

/** The notification of a question that was put aside. */
export function confirmNotice(card: PairingCard, link: (action: ConfirmAction) => string): string {
  return (
    `${cardText(card, noticeText)} waits for you to compare fingerprints. \u2002` +
    `[Compare…](${link('compare')} "Shows both fingerprints")`
  );
}

export function confirmedNotice(card: PairingCard): string {
  return `Waiting until ${cardText(card, noticeText)} confirms as well.`;
}

export function pairedText({ name, actorId }: Agent): string {
  return `Paired with ${cardText({ name, actorId }, noticeText)}. Everything between you is verified now.`;
}

/** `Name (actor-id)`; once when both are the same. */
export function cardText(
  { name, actorId }: Pick<PairingCard, 'name' | 'actorId'>,
  shown: (text: string) => string = pickText,
): string {
  return name === actorId ? shown(actorId) : `${shown(name)} (${shown(actorId)})`;
}

/** One line of the question whether to pair. */
export interface QuestionRow {
  readonly label: string;
  readonly detail: string;
  readonly icon: string;
  readonly does?: 'pair' | 'decline';
}

/**
 * The question whether to pair. The two fingerprints come first, so that the row that is marked
 * when the question appears under somebody's typing does nothing.
 */
export function questionRows(
  card: PairingCard,
  ownFingerprint: string,
  agents: readonly Agent[],
): readonly QuestionRow[] {
  const warning = cardWarning(card, agents);
  return [
    {
      label: pickText(card.fingerprint, MAX_FINGERPRINT),
      detail: `The fingerprint of ${cardText(card)}, at ${pickText(card.origin)}`,
      icon: 'key',
    },
    {
      label: pickText(ownFingerprint, MAX_FINGERPRINT),
      detail: 'Your own fingerprint, as the other side must see it',
      icon: 'account',
    },
    ...(warning === undefined
      ? []
      : [{ label: warning.label, detail: warning.detail, icon: 'warning' }]),
    {
      label: 'Pair',
      detail: 'Both sides show the same two fingerprints, and I know who this is',
      icon: 'check',
      does: 'pair',
    },
    {
      label: "Don't Pair",
      detail: 'They differ, or I did not expect this',
      icon: 'close',
      does: 'decline',
    },
  ];
}

/** What is particular about a card, given whom this person is paired with. */
function cardWarning(
  card: PairingCard,
  agents: readonly Agent[],
): { label: string; detail: string } | undefined {
  if (card.known) {
    return {
      label: 'You are already paired with this identity',
      detail: 'Its name, id and service are renewed by this',
    };
  }
  const namesake = agents.find(({ actorId, kid }) => actorId === card.actorId && kid !== card.kid);
  if (namesake === undefined) return undefined;
  return {
    label: `This is another identity than the ${pickText(card.actorId)} you know`,
    detail: 'It may be a new installation, or somebody else. Ask them on another way first',
  };
}

/** A pairing's line in the *Agents* view. `now` is in milliseconds. */
export function pairingRow({ pairingId, role, state }: Pairing, now: number): TreeRow | undefined {
  const row = (label: string, description: string, icon: string): TreeRow => ({
    id: `pairing:${pairingId}`,
    label,
    description,
    tooltip: `${markdownText(label)}\n\n${markdownText(description)}`,
    icon: { id: icon },
    contextValue: `pairing ${state.kind} ${role}`,
    click: commands.showPairing,
  });
  switch (state.kind) {
    case 'waiting': {
      const left = `${clockText(Date.parse(state.expiresAt) - now)} left`;
      return role === 'inviter'
        ? row('Invite', `not used yet, ${left}`, 'key')
        : row('Pairing', `looking for the other side, ${left}`, 'key');
    }
    case 'confirm':
      return row(cardText(state.card), 'waits for you to compare fingerprints', 'question');
    case 'confirmed':
      return row(cardText(state.card), 'has not confirmed yet', 'watch');
    case 'paired':
    case 'failed':
      return undefined;
  }
}

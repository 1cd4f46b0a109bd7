import type { IncomingOffer } from '../../core/events';
import { pickText } from './displayText';

/**
 * Who offers something, together with what is known about that. The mark stands beside the name
 * everywhere, because only the mark is ours: the name is what the sender calls itself.
 */
export function senderText(
  { senderId, trust }: Pick<IncomingOffer, 'senderId' | 'trust'>,
  shown: (text: string) => string = pickText,
): string {
  const name = quoted(shown(senderId));
  switch (trust) {
    case 'verified':
      return `${name} (verified)`;
    case 'unverified':
      return `${name} (unverified)`;
    case 'claims':
      return `somebody who claims to be ${name}, not verified`;
  }
}

/** The same at the beginning of a sentence that goes on with what the sender wants. */
export function senderSubject(
  offer: Pick<IncomingOffer, 'senderId' | 'trust'>,
  shown?: (text: string) => string,
): string {
  const text = senderText(offer, shown);
  return offer.trust === 'claims' ? `S${text.slice(1)},` : text;
}

/** What trust means for the person who is about to answer; short enough for one line of a list. */
export function trustSentence({ trust, agent }: Pick<IncomingOffer, 'trust' | 'agent'>): string {
  switch (trust) {
    case 'verified':
      return agent === undefined ? 'Verified.' : `Verified, fingerprint ${agent.fingerprint}`;
    case 'unverified':
      return 'Unverified: only the task service says who sends this. Accept what you expect.';
    case 'claims':
      return 'Not verified: it lacks the signature of the agent you know. Ask them first.';
  }
}

/** A product icon for each degree of trust. */
export function trustIcon(trust: IncomingOffer['trust']): { id: string; color?: string } {
  switch (trust) {
    case 'verified':
      return { id: 'verified-filled', color: 'charts.green' };
    case 'unverified':
      return { id: 'unverified' };
    case 'claims':
      return { id: 'warning', color: 'list.warningForeground' };
  }
}

/** An id that could carry a mark of its own, as in `agent-b(verified)`, is set apart from ours. */
function quoted(name: string): string {
  return /^[\w.@+/-]*$/.test(name) ? name : `“${name}”`;
}

import type { IncomingOffer } from '../../core/events';
import { contentName, contentPhrase, contentSize } from './contentText';
import { noticeText, pickText } from './displayText';
import { senderSubject, senderText, trustSentence } from './senderText';
import { countText } from './wording';

export type OfferAction =
  'accept' | 'acceptTo' | 'acceptRemoving' | 'update' | 'preview' | 'decline';

/** An offer's notification; `link` makes the address of an action. */
export function offerNotice(
  offer: IncomingOffer,
  link: (action: OfferAction) => string,
  saveFolder: string,
): string {
  const folder = titleText(saveFolder);
  const updated = offer.updates === undefined ? folder : titleText(offer.updates, MAX_PATH);
  return (
    `${senderSubject(offer, noticeText)} ${wantsText(offer)} \u2002` +
    [
      `[Accept](${link('accept')} "${acceptText(offer, offer.sync === undefined ? folder : updated)}")`,
      ...(asksToRemove(offer)
        ? [`[Accept with Removing](${link('acceptRemoving')} "${REMOVING}")`]
        : []),
      ...(asksToUpdate(offer) ? [`[Update](${link('update')} "Bring ${updated} up to date")`] : []),
      `[Accept to…](${link('acceptTo')} "Choose the folder")`,
      ...(canPreview(offer)
        ? [`[Show Files](${link('preview')} "Look at the list before you answer")`]
        : []),
      `[Decline](${link('decline')} "Tell the sender that you do not want it")`,
    ].join(' \u2002')
  );
}

/** What the sender wants, and what is here already: the rest of a sentence that begins with who. */
function wantsText(offer: IncomingOffer): string {
  const what = contentPhrase(offer, noticeText);
  const known =
    offer.updates === undefined
      ? ''
      : ` You have it from before, in ${noticeText(offer.updates, MAX_PATH)}.`;
  return offer.sync === undefined
    ? `wants to send you ${what}.${known}`
    : `wants to send you ${what}, and ${syncText(offer)}.${known}`;
}

/** What accepting a sync means from then on. */
export function syncText({ sync }: Pick<IncomingOffer, 'sync'>): string {
  return sync?.delete === true
    ? 'to keep it in step with its own from now on, also removing what it removes'
    : 'to keep it in step with its own from now on';
}

/** What *Accept* does. */
export function acceptText(offer: Pick<IncomingOffer, 'sync' | 'updates'>, folder: string): string {
  if (offer.sync !== undefined) return `Keep it in step in ${folder}; nothing is removed here`;
  return offer.updates === undefined ? `Save it in ${folder}` : `Save a copy in ${folder}`;
}

/**
 * Whether there is a choice between what is here from before and another copy. Keeping in step with
 * what is here means what is here.
 */
export function asksToUpdate({ sync, updates }: Pick<IncomingOffer, 'sync' | 'updates'>): boolean {
  return updates !== undefined && sync === undefined;
}

/** Whether there is a choice to let the sender remove here what it removed on its side. */
export function asksToRemove({ sync }: Pick<IncomingOffer, 'sync'>): boolean {
  return sync?.delete === true;
}

/** What *Accept with Removing* does. */
export const REMOVING = 'Keep it in step; what is removed there is removed here';

/** Inside the quotes of a link's title. */
function titleText(text: string, max?: number): string {
  return noticeText(text, max).replaceAll('"', "'");
}

/** Only a paired agent has a link over which the list could be read. */
export function canPreview({ trust }: Pick<IncomingOffer, 'trust'>): boolean {
  return trust === 'verified';
}

/** An offer's line in the quick pick. */
export function offerPick(offer: IncomingOffer): {
  label: string;
  description: string;
  detail?: string;
} {
  return {
    label: contentName(offer),
    description: `${offer.sync === undefined ? '' : 'to be kept in step, '}${contentSize(offer)} from ${senderText(offer)}`,
    // That only the service vouches is the everyday case, and said when an offer is chosen.
    ...(offer.trust !== 'unverified' && { detail: pickText(trustSentence(offer), MAX_DETAIL) }),
  };
}

/** The one line for everything that strangers offered faster than they may. */
export function heldPick(
  held: readonly IncomingOffer[],
  areOthers = true,
): { label: string; description: string } {
  const senders = new Set(held.map(({ senderId }) => senderId)).size;
  return {
    label: `${countText(held.length, areOthers ? 'more offer' : 'offer')} from strangers`,
    description: `${countText(senders, 'agent')} you have never dealt with, asking often`,
  };
}

/** Characters: our sentence, with a whole fingerprint in it. */
const MAX_DETAIL = 240;
/** Characters of a path on this disk; its end says most. */
const MAX_PATH = 160;

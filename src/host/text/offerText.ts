import type { IncomingOffer } from '../../core/events';
import { noticeText, pickText } from './displayText';
import { bytesText } from '../../core/units';
import { senderSubject, senderText, trustSentence } from './senderText';
import { countText } from './wording';

export type OfferAction = 'accept' | 'acceptTo' | 'preview' | 'decline';

/** An offer's notification; `link` makes the address of an action. */
export function offerNotice(
  offer: IncomingOffer,
  link: (action: OfferAction) => string,
  saveFolder: string,
): string {
  const folder = noticeText(saveFolder).replaceAll('"', "'");
  return (
    `${senderSubject(offer, noticeText)} wants to send you ` +
    `${noticeText(offer.fileName)}, ${bytesText(offer.fileSize)}. \u2002` +
    [
      `[Accept](${link('accept')} "Save it in ${folder}")`,
      `[Accept to…](${link('acceptTo')} "Choose the folder")`,
      ...(canPreview(offer)
        ? [`[Show Files](${link('preview')} "Look at the list before you answer")`]
        : []),
      `[Decline](${link('decline')} "Tell the sender that you do not want it")`,
    ].join(' \u2002')
  );
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
    label: pickText(offer.fileName),
    description: `${bytesText(offer.fileSize)} from ${senderText(offer)}`,
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

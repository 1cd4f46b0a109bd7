import type { IncomingOffer } from '../../core/events';
import { noticeText, pickText } from './displayText';
import { bytesText } from '../../core/units';
import { countText } from './wording';

export type OfferAction = 'accept' | 'acceptTo' | 'decline';

/** An offer's notification; `link` makes the address of an action. */
export function offerNotice(
  offer: IncomingOffer,
  link: (action: OfferAction) => string,
  saveFolder: string,
): string {
  const folder = noticeText(saveFolder).replaceAll('"', "'");
  return (
    `${noticeText(offer.senderId)} (unverified) wants to send you ` +
    `${noticeText(offer.fileName)}, ${bytesText(offer.fileSize)}. \u2002` +
    [
      `[Accept](${link('accept')} "Save it in ${folder}")`,
      `[Accept to…](${link('acceptTo')} "Choose the folder")`,
      `[Decline](${link('decline')} "Tell the sender that you do not want it")`,
    ].join(' \u2002')
  );
}

/** An offer's line in the quick pick. */
export function offerPick(offer: IncomingOffer): { label: string; description: string } {
  return {
    label: pickText(offer.fileName),
    description: `${bytesText(offer.fileSize)} from ${pickText(offer.senderId)}, unverified`,
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

export const UNVERIFIED =
  'Unverified: only the task service says who sends this. Accept what you expect.';

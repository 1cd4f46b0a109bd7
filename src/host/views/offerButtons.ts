import * as vscode from 'vscode';
import type { IncomingOffer } from '../../core/events';
import type { Answering } from '../answering';
import { asksToRemove, asksToUpdate, canPreview } from '../text/offerText';

/** Buttons that answer an offer, in lists of offers and above the list of files of one. */
export const PREVIEW = button('list-tree', 'Show Files');
const ACCEPT = button('check', 'Accept');
const ACCEPT_REMOVING = button('check-all', 'Accept with Removing');
const UPDATE = button('sync', 'Update What You Have');
const ACCEPT_TO = button('folder', 'Accept to…');
const DECLINE = button('close', 'Decline');
const BLOCK = button('circle-slash', 'Block This Agent');

/** What answers this offer, without looking at its files and without blocking. */
export function answerButtons(offer: IncomingOffer): readonly vscode.QuickInputButton[] {
  return [
    ACCEPT,
    ...(asksToRemove(offer) ? [ACCEPT_REMOVING] : []),
    ...(asksToUpdate(offer) ? [UPDATE] : []),
    ACCEPT_TO,
    DECLINE,
  ];
}

export function offerButtons(offer: IncomingOffer): readonly vscode.QuickInputButton[] {
  return [...(canPreview(offer) ? [PREVIEW] : []), ...answerButtons(offer), BLOCK];
}

/** What a press of one of these means; undefined for a button that is none of them. */
export function answerOf(
  pressed: vscode.QuickInputButton,
  offer: IncomingOffer,
  answering: Answering,
): (() => Promise<void>) | undefined {
  switch (pressed) {
    case ACCEPT:
      return () => answering.accept(offer);
    case ACCEPT_REMOVING:
      return () => answering.accept(offer, { mayDelete: true });
    case UPDATE:
      return () => answering.update(offer);
    case ACCEPT_TO:
      return () => answering.acceptTo(offer);
    case DECLINE:
      return () => answering.decline(offer);
    case BLOCK:
      return () => answering.blockSender(offer);
    default:
      return undefined;
  }
}

function button(icon: string, tooltip: string): vscode.QuickInputButton {
  return { iconPath: new vscode.ThemeIcon(icon), tooltip };
}

import type * as vscode from 'vscode';
import { isEnded, type Transfer } from '../core/events';
import type { Closable } from './disposables';
import type { Session } from './session';
import { contentName, contentPhrase } from './text/contentText';
import { displayText } from './text/displayText';
import { resultSentences } from './text/resultText';
import { senderSubject } from './text/senderText';

/** Writes down what happened, once each, so that *Show Log* has something to show. */
export function logEvents(session: Session, log: vscode.LogOutputChannel): Closable {
  const ended = new Set<string>();
  const offers = new Set<string>();
  let service = '';
  let first = true;
  return session.onDidChange((state) => {
    if (state.kind !== 'running') return;
    const { snapshot } = state;
    const said = snapshot.service.kind === 'unreachable' ? snapshot.service.error.message : '';
    if (snapshot.service.kind + said !== service) {
      if (said === '') log.info(`The service is ${snapshot.service.kind}.`);
      else log.warn(said);
    }
    service = snapshot.service.kind + said;
    for (const offer of snapshot.offers) {
      const { transferId } = offer;
      if (offers.has(transferId)) continue;
      offers.add(transferId);
      log.info(
        `${senderSubject(offer, displayText)} offers ${contentPhrase(offer, displayText)} (${displayText(transferId)}).`,
      );
    }
    for (const transfer of snapshot.transfers.filter(isEnded)) {
      if (ended.has(transfer.transferId)) continue;
      ended.add(transfer.transferId);
      // What ended before this window opened was logged then.
      if (!first) logEnd(transfer, log);
    }
    first = false;
  });
}

function logEnd(transfer: Transfer, log: vscode.LogOutputChannel): void {
  const { direction, state, transferId } = transfer;
  const to = direction === 'send' ? 'to' : 'from';
  const what = `${contentName(transfer, displayText)} ${to} ${displayText(transfer.peerId)} (${displayText(transferId)})`;
  if (state.kind === 'completed') {
    const { sha256, treeHash, durationMs } = state.result;
    const hash = sha256 === undefined ? `tree hash ${treeHash ?? ''}` : `SHA-256 ${sha256}`;
    const rest = resultSentences(state.result, displayText);
    log.info([`Done: ${what}, ${hash}, ${String(durationMs)} ms.`, ...rest].join(' '));
  } else if (state.kind === 'failed') {
    log.warn(`Not done: ${what}. ${state.error.code}: ${displayText(state.error.message, 400)}`);
  }
}

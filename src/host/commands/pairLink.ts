import os from 'node:os';
import * as vscode from 'vscode';
import type { Closable } from '../disposables';
import { errors } from '../../core/errors';
import { PAIR_LINK_PATH } from '../ids';
import { pairLinkQuestion, readPairLink } from '../text/inviteText';
import { showFailure } from '../views/messages';
import { canPair, type Pairing } from './pair';

/**
 * Opens `vscode://beeline.beeline/pair?code=…&hub=…`.
 *
 * Any page can hold such a link, so nothing is joined before the person said so. The question is a
 * modal dialog, unlike others here: it follows at once from a click of theirs, in whichever window
 * the editor chose, and a message in a corner of it would be missed.
 */
export function pairLinks(pairing: Pairing): Closable {
  return vscode.window.registerUriHandler({
    handleUri: (uri) =>
      open(pairing, uri).catch((error: unknown) => showFailure(pairing.session.log, error)),
  });
}

async function open(pairing: Pairing, { path, query }: vscode.Uri): Promise<void> {
  if (path !== PAIR_LINK_PATH) throw errors.inviteInvalid('the link leads elsewhere');
  const link = readPairLink(path, query);
  const { session, pairings } = pairing;
  if (!(await canPair(session, link.hub)) || session.state.kind !== 'running') return;
  const { message, detail } = pairLinkQuestion(
    link,
    {
      hostname: os.hostname(),
      ...(vscode.env.remoteName !== undefined && { remote: vscode.env.remoteName }),
    },
    session.state.settings.config.atsUrl,
  );
  const choice = await vscode.window.showWarningMessage(message, { modal: true, detail }, JOIN);
  if (choice === JOIN) await pairings.join(link.code);
}

const JOIN = 'Look for This Agent';

import * as vscode from 'vscode';
import { fromData } from '../../core/errors';
import type { Pairings } from '../pairings';
import { isSetUp } from '../ready';
import type { Session } from '../session';
import { inviteProblem, typingHint } from '../text/inviteText';
import { pairingRow } from '../text/pairingText';
import { askPick, askText } from '../views/quickInput';

export interface Pairing {
  readonly session: Session;
  readonly pairings: Pairings;
}

/** *Pair with an Agent…*: makes an invite, enters one, or goes on with what is under way. */
export async function pair({ session, pairings }: Pairing): Promise<void> {
  if (!(await canPair(session))) return;
  const now = Date.now();
  const underWay = session.snapshot.pairings.flatMap((pairing) => {
    const row = pairingRow(pairing, now);
    const value = () => pairings.takeUp(pairing.pairingId);
    return row === undefined ? [] : [{ label: row.label, description: row.description, value }];
  });
  const answer = await askPick<() => Promise<void>>({
    title: TITLE,
    placeholder: 'Pairing lets two agents verify each other from then on',
    items: [
      ...underWay,
      {
        label: '$(key) Make an Invite',
        detail: 'A code for one agent, good once and for ten minutes',
        value: () => pairings.invite(),
      },
      {
        label: '$(sign-in) Enter an Invite',
        detail: 'The code or the link that somebody gave you',
        value: () => enter(pairings),
      },
    ],
  });
  if (answer.kind === 'value') await answer.value();
}

/** @throws the sentence that says why there can be no pairing */
export async function canPair(session: Session, invitedTo?: string): Promise<boolean> {
  if (!(await isSetUp(session, invitedTo))) return false;
  session.engine();
  const { self } = session.snapshot;
  if (self.kind === 'unavailable') throw fromData(self.error);
  return true;
}

async function enter(pairings: Pairings): Promise<void> {
  const answer = await askText({
    title: TITLE,
    prompt: 'The code or the link of an invite. Use only one that you have from the agent itself.',
    placeholder: 'XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX',
    validate: inviteProblem,
    whileTyping: (value) => {
      const hint = typingHint(value);
      const { Info, Error: Wrong } = vscode.InputBoxValidationSeverity;
      return hint && { message: hint.message, severity: hint.wrong ? Wrong : Info };
    },
  });
  if (answer.kind === 'value') await pairings.join(answer.value);
}

const TITLE = 'Pair with an Agent';

import * as vscode from 'vscode';
import type { Invite } from '../core/engine';
import { errors, fromData, type ErrorData } from '../core/errors';
import type { Agent } from '../core/events';
import { newId } from '../core/newId';
import { DisposableList } from './disposables';
import { FollowedPairing } from './followedPairing';
import { stateKeys } from './ids';
import type { Session } from './session';
import { sentenceText } from './text/displayText';
import {
  confirmedNotice,
  confirmNotice,
  inviteNotice,
  joiningNotice,
  pairedText,
  type ConfirmAction,
  type InviteAction,
} from './text/pairingText';
import type { LinkNotices } from './views/linkNotices';
import { showBriefly, showFailure } from './views/messages';
import { askPairing } from './views/pairingQuestion';

export interface PairingComponents {
  readonly session: Session;
  readonly notices: LinkNotices;
  /** What this window remembers over a reload; other windows do not see it. */
  readonly memory: vscode.Memento;
  /** *Send…* behind the message that says who is paired now. */
  readonly send: (agent: Agent) => Promise<void>;
  /** Opens the chat: whoever has just met wants to talk. */
  readonly chat: (agent: Agent) => void;
}

/**
 * Takes a person through pairings. The window that began one asks its questions, also after it was
 * reloaded; in every other window it is a row of the *Agents* view, from which it can be taken up.
 */
export class Pairings implements vscode.Disposable {
  private readonly held = new DisposableList();
  private readonly followed = new Map<string, { readonly wake: () => void }>();
  private remembered = false;
  private closed = false;

  constructor(private readonly components: PairingComponents) {
    this.held.add(
      components.session.onDidChange(({ kind }) => {
        if (kind === 'running') this.takeUpRemembered();
      }),
    );
  }

  /** Makes an invite and follows it to its end. Never rejects. */
  invite(): Promise<void> {
    return this.run(newId(), (pairingId) => this.engine().invite(pairingId));
  }

  /** Uses somebody's invite: the code or the link. Never rejects. */
  join(code: string): Promise<void> {
    return this.run(newId(), async (pairingId) => {
      await this.engine().join(pairingId, code);
      return undefined;
    });
  }

  /** Goes on with one that another window, or this one before, began. Never rejects. */
  async takeUp(pairingId: string): Promise<void> {
    const known = this.followed.get(pairingId);
    if (known !== undefined) {
      known.wake();
      return;
    }
    const pairing = this.components.session.snapshot.pairings.find(
      (candidate) => candidate.pairingId === pairingId,
    );
    if (pairing === undefined) return;
    const hasCode = pairing.role === 'inviter' && pairing.state.kind === 'waiting';
    // The same id again is the same invite: this is how its code is had again.
    await this.run(pairingId, (id) =>
      hasCode ? this.engine().invite(id) : Promise.resolve(undefined),
    );
  }

  /** Ends one on both sides; one that is over is left as it is. */
  async cancel(pairingId: string): Promise<void> {
    const { pairings } = this.components.session.snapshot;
    if (!pairings.some((pairing) => pairing.pairingId === pairingId)) return;
    await this.engine().answerPairing(pairingId, false);
  }

  dispose(): void {
    this.closed = true;
    this.held.dispose();
  }

  private engine() {
    return this.components.session.engine();
  }

  private async run(
    pairingId: string,
    begin: (pairingId: string) => Promise<Invite | undefined>,
  ): Promise<void> {
    const { session } = this.components;
    const followed = this.held.add(
      new FollowedPairing(session, pairingId, new Date(Date.now() + INVITE_MS).toISOString()),
    );
    let wake: () => void = () => undefined;
    this.followed.set(pairingId, {
      wake: () => {
        wake();
      },
    });
    try {
      await this.remember();
      const invite = await begin(pairingId);
      await this.follow(followed, invite, (run) => {
        wake = run;
      });
    } catch (error) {
      await showFailure(session.log, error);
    } finally {
      this.followed.delete(pairingId);
      followed.dispose();
      await this.remember();
    }
  }

  /** One state after the other, until it ended or the person ended it. */
  private async follow(
    followed: FollowedPairing,
    invite: Invite | undefined,
    onWake: (run: () => void) => void,
  ): Promise<void> {
    const { session, notices, send, chat } = this.components;
    const { pairingId } = followed;
    for (;;) {
      const { state } = followed;
      switch (state.kind) {
        case 'waiting': {
          const left = () => Date.parse(state.expiresAt) - Date.now();
          const ended = await notices.show<InviteAction>(
            {
              text: (link) =>
                invite === undefined
                  ? joiningNotice(left())
                  : inviteNotice(invite.code, left(), link),
              renewMs: RENEW_MS,
              onAction: (action) => void copy(action, invite),
            },
            followed.leaving('waiting'),
          );
          if (ended === 'cancelled') return this.cancel(pairingId);
          break;
        }
        case 'confirm': {
          const answer = await this.ask(followed, state.card, onWake);
          if (answer === undefined) break;
          await this.engine().answerPairing(pairingId, answer);
          if (!answer) {
            showBriefly('Not paired. Nothing was kept.');
            return;
          }
          await ended(followed.leaving('confirm'));
          break;
        }
        case 'confirmed': {
          const text = confirmedNotice(state.card);
          const over = followed.leaving('confirmed');
          const how = await notices.show({ text: () => text, onAction: () => undefined }, over);
          if (how === 'cancelled') return this.cancel(pairingId);
          break;
        }
        case 'paired':
          chat(state.agent);
          return sayPaired(state.agent, send);
        case 'failed':
          return sayFailed(session.log, state.error);
        case 'gone':
          if (!this.closed && session.state.kind === 'running') {
            await showFailure(session.log, errors.pairingLost());
          }
          return;
      }
    }
  }

  /** Until answered; undefined when the question went away by itself. */
  private async ask(
    followed: FollowedPairing,
    card: Parameters<typeof askPairing>[0],
    onWake: (run: () => void) => void,
  ): Promise<boolean | undefined> {
    const { session, notices } = this.components;
    const over = followed.leaving('confirm');
    while (!over.aborted) {
      const { self, agents } = session.snapshot;
      const own = self.kind === 'ready' ? self.fingerprint : '';
      const answer = await askPairing(card, own, agents, over);
      if (answer !== 'later') return answer === 'pair';
      // Put aside, not answered: somebody who looks something up must not lose the question.
      const again = new AbortController();
      const compare = () => {
        again.abort();
      };
      onWake(compare);
      const how = await notices.show<ConfirmAction>(
        { text: (link) => confirmNotice(card, link), onAction: compare },
        AbortSignal.any([over, again.signal]),
      );
      onWake(() => undefined);
      if (how === 'cancelled') return false;
    }
    return undefined;
  }

  private async remember(): Promise<void> {
    // What a window that ends was at is what it goes on with when it is back.
    if (this.closed) return;
    await this.components.memory.update(stateKeys.pairings, [...this.followed.keys()]);
  }

  /** Once, when the first snapshot is there. */
  private takeUpRemembered(): void {
    if (this.remembered) return;
    this.remembered = true;
    const kept = this.components.memory.get<unknown>(stateKeys.pairings);
    const ids: readonly unknown[] = Array.isArray(kept) ? kept : [];
    for (const { pairingId } of this.components.session.snapshot.pairings) {
      if (ids.includes(pairingId)) void this.takeUp(pairingId);
    }
  }
}

async function copy(action: InviteAction, invite: Invite | undefined): Promise<void> {
  if (invite === undefined) return;
  await vscode.env.clipboard.writeText(action === 'copyCode' ? invite.code : invite.link);
  showBriefly(action === 'copyCode' ? 'The code is copied.' : 'The link is copied.');
}

async function sayPaired(agent: Agent, send: (agent: Agent) => Promise<void>): Promise<void> {
  const choice = await vscode.window.showInformationMessage(pairedText(agent), SEND);
  if (choice === SEND) await send(agent);
}

async function sayFailed(log: vscode.LogOutputChannel, error: ErrorData): Promise<void> {
  // The person who cancelled, here or in another window, knows.
  if (error.code === 'CANCELLED') return;
  if (error.code === 'PAIRING_DECLINED') {
    // Somebody's decision, not a fault: no log says more about it.
    await vscode.window.showInformationMessage(`${sentenceText(error.message)} Nothing was kept.`);
  } else {
    await showFailure(log, fromData(error));
  }
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}

const SEND = 'Send Files or a Folder…';
/** Milliseconds an invite stands, until the engine has said it exactly. */
const INVITE_MS = 10 * 60 * 1000;
/** Milliseconds. Each new text takes the click that is under way on a link with it, so not too often. */
const RENEW_MS = 5000;

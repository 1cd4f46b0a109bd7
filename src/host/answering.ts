import * as vscode from 'vscode';
import type { Decision } from '../core/engine';
import type { ErrorCode } from '../core/errors';
import type { IncomingOffer } from '../core/events';
import { errorData } from './errorData';
import type { Session } from './session';
import { contentName } from './text/contentText';
import { showBriefly, showFailure } from './views/messages';
import type { TransferNotices } from './views/transferNotices';

/** Answers that came too late: somebody else's was first, or the question is gone. */
const tooLate: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'OFFER_ANSWERED',
  'OFFER_UNKNOWN',
  'OFFER_WITHDRAWN',
  'OFFER_TAKEN',
]);

export interface Accepting {
  /** The save folder when absent. */
  readonly directory?: string | undefined;
  /** Of a sync: what the agent removes is removed here too. */
  readonly mayDelete?: boolean;
}

/** What a person, or their standing permission, says to an offer. */
export class Answering {
  constructor(
    private readonly session: Session,
    private readonly notices: TransferNotices,
  ) {}

  /**
   * The folder is always named: the engine may run in a terminal's process with another save folder,
   * and a person expects theirs.
   */
  async accept(
    offer: IncomingOffer,
    { directory, mayDelete = false }: Accepting = {},
  ): Promise<void> {
    const folder = directory ?? this.saveFolder();
    // What is here from before is what an agent keeps in step, not another copy beside it.
    const update =
      offer.sync !== undefined && offer.updates !== undefined && directory === undefined;
    await this.take(offer, {
      kind: 'accept',
      ...(update ? { update } : folder !== undefined && { directory: folder }),
      ...(mayDelete && { mayDelete }),
    });
  }

  /** Brings what this agent sent before up to date, where it is. */
  async update(offer: IncomingOffer): Promise<void> {
    await this.take(offer, { kind: 'accept', update: true });
  }

  /** A further round of keeping a folder in step: where it goes was said with the first one. */
  async goOnInStep(offer: IncomingOffer): Promise<void> {
    await this.take(offer, { kind: 'accept' }, { quiet: true });
  }

  /** Asks for the folder first; leaving the dialog leaves the offer as it is. */
  async acceptTo(offer: IncomingOffer): Promise<void> {
    const start = this.saveFolder();
    const [folder] =
      (await vscode.window.showOpenDialog({
        canSelectFiles: false,
        canSelectFolders: true,
        canSelectMany: false,
        openLabel: 'Save Here',
        title: `Where should ${contentName(offer)} be saved?`,
        ...(start !== undefined && { defaultUri: vscode.Uri.file(start) }),
      })) ?? [];
    if (folder !== undefined) await this.accept(offer, { directory: folder.fsPath });
  }

  async decline(offer: IncomingOffer): Promise<void> {
    await this.answer(offer, { kind: 'decline' });
  }

  /** A paired agent is blocked by its identity, everybody else by the id that the service names. */
  async blockSender({ trust, agent, senderId }: IncomingOffer): Promise<void> {
    if (trust === 'verified' && agent !== undefined) await this.blockAgent(agent.kid);
    else await this.block(senderId, true);
  }

  async blockAgent(kid: string): Promise<void> {
    try {
      await this.session.engine().changeAgent(kid, { blocked: true });
    } catch (error) {
      await showFailure(this.session.log, error);
    }
  }

  async block(actorId: string, blocked: boolean): Promise<void> {
    try {
      await this.session.engine().block(actorId, blocked);
      await this.session.reload();
    } catch (error) {
      await showFailure(this.session.log, error);
    }
  }

  private async take(
    offer: IncomingOffer,
    decision: Decision,
    how: { readonly quiet?: boolean } = {},
  ): Promise<void> {
    const taken = await this.answer(offer, decision);
    if (taken) await this.notices.follow({ transferIds: [offer.transferId], ...how });
  }

  private async answer({ transferId }: IncomingOffer, decision: Decision): Promise<boolean> {
    try {
      await this.session.engine().answer(transferId, decision);
      return true;
    } catch (error) {
      // Nothing was lost, so nothing alarms: with two windows open this is everyday.
      if (tooLate.has(errorData(error).code)) showBriefly('That offer was already answered.');
      else await showFailure(this.session.log, error);
      return false;
    }
  }

  private saveFolder(): string | undefined {
    const { state } = this.session;
    return state.kind === 'running' ? state.settings.config.saveDirectory : undefined;
  }
}

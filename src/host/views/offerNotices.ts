import * as vscode from 'vscode';
import type { IncomingOffer } from '../../core/events';
import type { Answering } from '../answering';
import { DisposableList } from '../disposables';
import { internalCommands } from '../ids';
import { isPermitted } from '../isPermitted';
import type { Session } from '../session';
import { offerNotice, type OfferAction } from '../text/offerText';
import { showFiles } from './previewPick';

/** More at once would bury the editor; the others are behind the status bar. */
const MAX_SHOWN = 3;

/**
 * Incoming offers as notifications that leave by themselves.
 *
 * A plain message cannot be closed by the extension that showed it (microsoft/vscode#50232), so an
 * offer that was answered in another window would stay. A progress notification closes when its
 * promise resolves, and stays on the screen until then. It knows no buttons
 * (microsoft/vscode#60979), but its text may hold links that run commands: those are the actions.
 */
export class OfferNotices implements vscode.Disposable {
  private readonly held = new DisposableList();
  /** By transfer id: what was shown once is not shown again, even after *Later*. */
  private readonly known = new Set<string>();
  private readonly shown = new Map<string, Notice>();
  /** By the number in the links. Not the transfer id, which is the sender's word. */
  private readonly byNumber = new Map<number, Notice>();
  private lastNumber = 0;

  constructor(
    private readonly session: Session,
    private readonly answering: Answering,
  ) {
    this.held.add(
      session.onDidChange(() => {
        this.look();
      }),
    );
    this.held.add(
      vscode.commands.registerCommand(
        internalCommands.answerNotice,
        (number: unknown, action: unknown) => this.act(number, action),
      ),
    );
    this.held.add({
      dispose: () => {
        this.closeAll();
      },
    });
  }

  dispose(): void {
    this.held.dispose();
  }

  private look(): void {
    const { state } = this.session;
    const offers = state.kind === 'running' ? state.snapshot.offers : [];
    const open = new Set(offers.map(({ transferId }) => transferId));
    for (const [transferId, notice] of this.shown) {
      if (!open.has(transferId)) this.close(notice);
    }
    if (state.kind !== 'running') return;
    for (const transferId of this.known) {
      if (!open.has(transferId)) this.known.delete(transferId);
    }
    for (const offer of offers) {
      if (this.shown.size >= MAX_SHOWN) return;
      if (offer.held || this.known.has(offer.transferId)) continue;
      if (isPermitted(offer, state.settings)) continue;
      this.show(offer, state.settings.config.saveDirectory);
    }
  }

  private show(offer: IncomingOffer, saveFolder: string): void {
    this.known.add(offer.transferId);
    const number = ++this.lastNumber;
    const text = offerNotice(offer, (action) => link(number, action), saveFolder);
    void vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, cancellable: LATER },
      (progress, token) =>
        new Promise<void>((resolve) => {
          const notice = { number, offer, close: resolve };
          this.shown.set(offer.transferId, notice);
          this.byNumber.set(number, notice);
          token.onCancellationRequested(() => {
            this.close(notice);
            // One that did not fit may now.
            this.look();
          });
          // A bar at zero stands still; without an increment it would run to and fro until answered.
          progress.report({ message: text, increment: 0 });
        }),
    );
  }

  private close(notice: Notice): void {
    this.shown.delete(notice.offer.transferId);
    this.byNumber.delete(notice.number);
    notice.close();
  }

  private closeAll(): void {
    for (const notice of [...this.shown.values()]) this.close(notice);
  }

  private async act(number: unknown, action: unknown): Promise<void> {
    const notice = typeof number === 'number' ? this.byNumber.get(number) : undefined;
    if (notice === undefined) return;
    const { offer } = notice;
    switch (action as OfferAction) {
      case 'accept':
        this.close(notice);
        return this.answering.accept(offer);
      case 'acceptRemoving':
        this.close(notice);
        return this.answering.accept(offer, { mayDelete: true });
      case 'update':
        this.close(notice);
        return this.answering.update(offer);
      case 'acceptTo':
        // Stays until a folder is chosen: the dialog can be left.
        return this.answering.acceptTo(offer);
      case 'preview':
        // Stays as well: looking is no answer.
        return showFiles(this.session, this.answering, offer);
      case 'decline':
        this.close(notice);
        return this.answering.decline(offer);
    }
  }
}

/**
 * The label of the button that sets the offer aside; it stays behind the status bar. Having a
 * button also keeps the notification unfolded, so that all of its text can be read. The editor
 * takes a label here although its type says boolean; one that does not would say *Cancel*, which
 * then still does what it says: nothing.
 */
const LATER = 'Later' as unknown as boolean;

interface Notice {
  readonly number: number;
  readonly offer: IncomingOffer;
  readonly close: () => void;
}

function link(number: number, action: OfferAction): string {
  const args = encodeURIComponent(JSON.stringify([number, action]));
  return `command:${internalCommands.answerNotice}?${args}`;
}

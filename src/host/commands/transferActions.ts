import * as vscode from 'vscode';
import type { IncomingOffer, Transfer } from '../../core/events';
import type { Answering } from '../answering';
import type { Session } from '../session';
import { showBriefly } from '../views/messages';
import { askOffer } from '../views/offersPick';
import { openFile, revealFile } from '../views/openFile';
import { showFiles } from '../views/previewPick';
import { rowKey } from '../views/treeRow';
import { sendAgain, type Sending } from './sendToAgent';

/** What can be done with a row of the *Transfers* view. Each does nothing for a row that is gone. */
export class TransferActions {
  constructor(
    private readonly session: Session,
    private readonly answering: Answering,
    private readonly sending: Sending,
  ) {}

  async answer(element: unknown): Promise<void> {
    const offer = this.offer(element);
    if (offer !== undefined) await askOffer(this.session, offer, this.answering);
  }

  async accept(element: unknown): Promise<void> {
    const offer = this.offer(element);
    if (offer !== undefined) await this.answering.accept(offer);
  }

  async acceptRemoving(element: unknown): Promise<void> {
    const offer = this.offer(element);
    if (offer !== undefined) await this.answering.accept(offer, { mayDelete: true });
  }

  async update(element: unknown): Promise<void> {
    const offer = this.offer(element);
    if (offer !== undefined) await this.answering.update(offer);
  }

  async acceptTo(element: unknown): Promise<void> {
    const offer = this.offer(element);
    if (offer !== undefined) await this.answering.acceptTo(offer);
  }

  async decline(element: unknown): Promise<void> {
    const offer = this.offer(element);
    if (offer !== undefined) await this.answering.decline(offer);
  }

  async preview(element: unknown): Promise<void> {
    const offer = this.offer(element);
    if (offer !== undefined) await showFiles(this.session, this.answering, offer);
  }

  async cancel(element: unknown): Promise<void> {
    const transfer = this.transfer(element);
    if (transfer !== undefined) await this.session.engine().cancel(transfer.transferId);
  }

  async resume(element: unknown): Promise<void> {
    const transfer = this.transfer(element);
    if (transfer !== undefined) await this.session.engine().resume(transfer.transferId);
  }

  async sendAgain(element: unknown): Promise<void> {
    const transfer = this.transfer(element);
    if (transfer !== undefined) await sendAgain(this.sending, transfer);
  }

  async open(element: unknown): Promise<void> {
    const path = savedPath(this.transfer(element));
    if (path !== undefined) await openFile(path);
  }

  async reveal(element: unknown): Promise<void> {
    const path = savedPath(this.transfer(element));
    if (path !== undefined) await revealFile(path);
  }

  async copyError(element: unknown): Promise<void> {
    const state = this.transfer(element)?.state;
    if (state?.kind !== 'failed' && state?.kind !== 'interrupted') return;
    await vscode.env.clipboard.writeText(state.error.message);
    showBriefly('The error is copied.');
  }

  async copyId(element: unknown): Promise<void> {
    const transfer = this.transfer(element);
    if (transfer === undefined) return;
    await vscode.env.clipboard.writeText(transfer.transferId);
    showBriefly('The transfer id is copied.');
  }

  private offer(element: unknown): IncomingOffer | undefined {
    const id = rowKey('offer', element);
    return this.session.snapshot.offers.find(({ transferId }) => transferId === id);
  }

  private transfer(element: unknown): Transfer | undefined {
    const id = rowKey('transfer', element);
    return this.session.snapshot.transfers.find(({ transferId }) => transferId === id);
  }
}

function savedPath(transfer: Transfer | undefined): string | undefined {
  return transfer?.state.kind === 'completed' ? transfer.state.result.path : undefined;
}

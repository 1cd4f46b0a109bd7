import path from 'node:path';
import type { Engine } from '../core/engine';
import { toBeelineError, type ErrorCode } from '../core/errors';
import type { EngineEvent, IncomingOffer, OfferClosedReason } from '../core/events';
import { acceptance, decide, type OfferPolicy } from './offerPolicy';
import { displayText } from './output/displayText';
import { previewText } from './output/previewText';
import type { Reporter } from './output/report';
import { ask, offerQuestion } from './question';
import type { Session } from './session';
import type { TransferWatch } from './transferWatch';

/** Somebody else was faster; that is no failure of ours. */
const answeredElsewhere: readonly ErrorCode[] = [
  'OFFER_ANSWERED',
  'OFFER_UNKNOWN',
  'OFFER_TAKEN',
  'OFFER_EXPIRED',
  'OFFER_WITHDRAWN',
];

/** What the sender reads when we cannot save; our folders are none of its business. */
const declineReasons: Partial<Record<ErrorCode, string>> = {
  DISK_FULL: 'there is not enough room for it',
  FOLDER_UNUSABLE: 'it cannot be saved here',
  NAME_REFUSED: 'its name cannot be used here',
  TOO_LARGE: 'it is too large',
  TARGET_BUSY: 'another transfer is just bringing that folder up to date',
  JOURNAL_NEWER: 'a newer version has begun it here',
};

/** Characters of an error that quotes the other side. */
const MAX_MESSAGE = 600;

/** Where offers are looked at, once each, and answered as the flags say. */
export class OfferDesk {
  readonly #seen = new Set<string>();
  readonly #open = new Map<string, AbortController>();
  #questions: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly engine: Engine,
    private readonly watch: TransferWatch,
    private readonly reporter: Reporter,
    private readonly session: Session,
    private readonly options: { readonly policy: OfferPolicy; readonly saveDirectory: string },
  ) {}

  take(event: EngineEvent): void {
    if (event.type === 'offer') this.consider(event.offer);
    if (event.type === 'offerClosed') this.#closed(event.transferId, event.reason);
    if (event.type === 'moved') {
      for (const offer of event.snapshot.offers) this.consider(offer);
    }
  }

  consider(offer: IncomingOffer): void {
    if (this.#seen.has(offer.transferId) || this.session.interruption.signal.aborted) return;
    this.#seen.add(offer.transferId);
    const { policy } = this.options;
    const decision = decide(offer, policy);
    this.reporter.tell({
      event: 'offer',
      transferId: offer.transferId,
      ...(offer.taskId === undefined ? {} : { taskId: offer.taskId }),
      from: offer.senderId,
      fileName: offer.fileName,
      fileSize: offer.fileSize,
      ...{ kind: offer.kind, roots: offer.roots, entries: offer.entries },
      ...(offer.updates === undefined ? {} : { updates: offer.updates }),
      ...(offer.sync === undefined ? {} : { sync: offer.sync }),
      ...(offer.fileHash === undefined ? {} : { sha256: offer.fileHash }),
      trust: offer.trust,
      ...(offer.agent === undefined ? {} : { agent: offer.agent }),
      decision: decision.kind,
      ...('reason' in decision ? { reason: decision.reason } : {}),
    });
    if (decision.kind === 'accept') {
      void this.#accept(offer, this.#isUpdate(offer), policy.allowDelete);
    }
    if (decision.kind === 'ask') {
      // One question at a time, in the order in which the offers came.
      this.#questions = this.#questions.then(() => this.#ask(offer));
    }
  }

  /** Resolves when no question is on the screen. */
  async settled(): Promise<void> {
    await this.#questions;
  }

  #closed(transferId: string, reason: OfferClosedReason): void {
    this.#open.get(transferId)?.abort();
    // Taken away by a rule, say, which may let it in again: that is asked anew.
    const isOurs = this.watch.running.includes(transferId);
    if (reason === 'withdrawn' && !isOurs) this.#seen.delete(transferId);
  }

  async #ask(offer: IncomingOffer): Promise<void> {
    const closed = new AbortController();
    this.#open.set(offer.transferId, closed);
    this.reporter.suspend();
    const { allowDelete } = this.options.policy;
    const update = this.#isUpdate(offer);
    const question = offerQuestion(offer, { update, allowDelete }, () =>
      this.#listing(offer.transferId),
    );
    const reply = await ask(question, this.session, closed.signal);
    this.reporter.resume();
    this.#open.delete(offer.transferId);
    if (reply === 'yes') void this.#accept(offer, update, allowDelete);
    if (reply === 'update') void this.#accept(offer, true, allowDelete);
    if (reply === 'remove') void this.#accept(offer, update, true);
    if (reply === 'no') await this.#decline(offer);
  }

  /**
   * What the flags say. They mean the folder that we save in; the engine may be another window's,
   * and know of a copy in the folder of that.
   */
  #isUpdate({ updates }: IncomingOffer): boolean {
    const { policy, saveDirectory } = this.options;
    return policy.update && updates !== undefined && path.dirname(updates) === saveDirectory;
  }

  async #listing(transferId: string): Promise<string> {
    try {
      return previewText(await this.engine.preview(transferId));
    } catch (thrown) {
      return displayText(toBeelineError(thrown).message, MAX_MESSAGE);
    }
  }

  async #accept(offer: IncomingOffer, update: boolean, mayDelete: boolean): Promise<void> {
    const { transferId } = offer;
    void this.watch.follow(transferId);
    try {
      const { saveDirectory } = this.options;
      await this.engine.answer(transferId, acceptance(offer, saveDirectory, { update, mayDelete }));
    } catch (thrown) {
      const error = toBeelineError(thrown);
      if (answeredElsewhere.includes(error.code)) {
        this.watch.drop(transferId);
        this.reporter.note(error.message);
        return;
      }
      this.watch.fail(transferId, error.toData());
      const reason = declineReasons[error.code];
      if (reason !== undefined) await this.#decline(offer, reason);
    }
  }

  async #decline(offer: IncomingOffer, reason?: string): Promise<void> {
    await this.engine
      .answer(offer.transferId, { kind: 'decline', ...(reason !== undefined && { reason }) })
      .catch((thrown: unknown) => {
        this.reporter.note(toBeelineError(thrown).message);
      });
  }
}

import { randomBytes } from 'node:crypto';
import type { Task, TaskEvent } from '../ats/types';
import { errors, type BeelineError } from '../errors';
import type { AgentRef, EngineEvent, IncomingOffer, OfferClosedReason } from '../events';
import { safeName } from '../receivefs/safeName';
import { readFileOffer, type FileOffer } from './offerPayload';
import { StrangerLimit } from './strangerLimit';

/** Questions kept at once; what comes beyond is left to the service and found again later. */
const MAX_QUESTIONS = 500;
/** Answers remembered, so that late news of an answered task do not ask again. */
const MAX_ANSWERED = 10_000;

export interface Question {
  offer: IncomingOffer;
  readonly taskId: number;
  readonly fileOffer: FileOffer;
  /** 32 bytes, hex, for the Noise key; kept, because a second try must announce the same key. */
  readonly seed: string;
  state: QuestionState;
}

type QuestionState =
  | { readonly kind: 'open' }
  /** The rules in force exclude it: not asked, nor declined, since a list is changed step by step. */
  | { readonly kind: 'aside' }
  /** `over` when the task ended meanwhile, which counts if the answer does not work. */
  | { readonly kind: 'answering'; readonly over?: OfferClosedReason };

export interface InboxRules {
  readonly actorId: string;
  readonly allowedPeers: readonly string[];
  readonly maxFileSize: number | undefined;
  isBlocked(senderId: string): boolean;
  isKnown(senderId: string): boolean;
  /** Whether a transfer of this id is running or ended here already. */
  isTaken(transferId: string): boolean;
  /** The paired agent of that actor id: the offer claims to be from it, and does not prove it. */
  pairedAs(senderId: string): AgentRef | undefined;
  /** Declines by rule, without asking anybody. */
  decline(task: Task, offer: FileOffer, error: BeelineError): void;
  emit(event: EngineEvent): void;
}

/** The offers that wait for an answer. Their life follows their tasks'. */
export class OfferInbox {
  private readonly questions = new Map<string, Question>();
  /** Transfer ids by task, oldest answer first. */
  private readonly answered = new Map<number, string>();
  private readonly limit = new StrangerLimit();

  constructor(private readonly rules: () => InboxRules) {}

  list(): IncomingOffer[] {
    return [...this.questions.values()]
      .filter(({ state }) => state.kind !== 'aside')
      .map(({ offer }) => offer);
  }

  /** What a task event means for the questions. */
  tell({ type, task }: TaskEvent): void {
    const rules = this.rules();
    const offer = readFileOffer(task);
    if (offer?.recipientId !== rules.actorId || offer.senderId === rules.actorId) return;
    const known = this.questions.get(offer.transferId);
    if (type === 'task.reopened') this.answered.delete(task.id);
    if (task.status === 'pending') {
      if (known === undefined) this.ask(task, offer, rules);
    } else if (known?.taskId === task.id) {
      const over = closedReason(task);
      if (known.state.kind === 'answering') known.state = { kind: 'answering', over };
      else this.close(offer.transferId, over);
    }
  }

  /** Takes a question up for answering, so that nobody else does. */
  take(transferId: string): Question {
    const question = this.questions.get(transferId);
    if (question === undefined || question.state.kind === 'aside') {
      const answered = [...this.answered.values()].includes(transferId);
      throw answered ? errors.offerAnswered() : errors.offerUnknown();
    }
    if (question.state.kind === 'answering') throw errors.offerAnswered();
    question.state = { kind: 'answering' };
    return question;
  }

  /** Puts a question back after an answer that did not work. */
  putBack(question: Question): void {
    const { state, offer } = question;
    question.state = { kind: 'open' };
    if (state.kind === 'answering' && state.over !== undefined) {
      this.close(offer.transferId, state.over);
    } else {
      this.judgeAgain(question, this.rules());
    }
  }

  /** An answer worked: the question is over, and news that still come of it do not ask again. */
  answer({ offer, taskId }: Question, how: 'accepted' | 'declined'): void {
    this.remember(taskId, offer.transferId);
    this.close(offer.transferId, how);
  }

  close(transferId: string, reason: OfferClosedReason): void {
    const question = this.questions.get(transferId);
    if (question === undefined) return;
    this.questions.delete(transferId);
    if (question.state.kind === 'aside') return;
    this.rules().emit({ type: 'offerClosed', transferId, reason });
  }

  /** Drops a question without a word, because another one is asked in its place. */
  giveWay(transferId: string): void {
    const question = this.questions.get(transferId);
    if (question === undefined) return;
    this.remember(question.taskId, transferId);
    this.questions.delete(transferId);
  }

  /** Other rules are in force: takes away what they exclude, and asks again what they let in. */
  applyRules(): void {
    const rules = this.rules();
    for (const question of this.questions.values()) this.judgeAgain(question, rules);
  }

  /** Closes questions for good. */
  closeAll(which: (offer: IncomingOffer) => boolean): void {
    for (const { offer } of this.questions.values()) {
      if (which(offer)) this.close(offer.transferId, 'withdrawn');
    }
  }

  /** Begins anew at another service, whose tasks have other numbers. */
  reset(): void {
    this.closeAll(() => true);
    this.answered.clear();
  }

  private remember(taskId: number, transferId: string): void {
    this.answered.set(taskId, transferId);
    if (this.answered.size <= MAX_ANSWERED) return;
    for (const oldest of this.answered.keys()) {
      this.answered.delete(oldest);
      return;
    }
  }

  /** What is just being answered stays as it was asked. */
  private judgeAgain(question: Question, rules: InboxRules): void {
    const { state, offer, fileOffer } = question;
    if (state.kind === 'answering') return;
    if (refuse(fileOffer, rules).error !== undefined) {
      if (state.kind === 'aside') return;
      question.state = { kind: 'aside' };
      rules.emit({ type: 'offerClosed', transferId: offer.transferId, reason: 'withdrawn' });
      return;
    }
    const stranger = isStranger(offer.senderId, rules);
    question.state = { kind: 'open' };
    if (state.kind === 'open' && stranger === offer.stranger) return;
    question.offer = { ...offer, stranger, held: stranger && offer.held };
    rules.emit({ type: 'offer', offer: question.offer });
  }

  private ask(task: Task, fileOffer: FileOffer, rules: InboxRules): void {
    const { senderId, transferId } = fileOffer;
    if (rules.isBlocked(senderId) || rules.isTaken(transferId)) return;
    if (this.answered.has(task.id) || this.questions.size >= MAX_QUESTIONS) return;
    const refusal = refuse(fileOffer, rules);
    if (refusal.error !== undefined) {
      this.remember(task.id, transferId);
      rules.decline(task, fileOffer, refusal.error);
      return;
    }
    const agent = rules.pairedAs(senderId);
    const stranger = isStranger(senderId, rules);
    const offer: IncomingOffer = {
      transferId,
      taskId: task.id,
      senderId,
      fileName: fileOffer.fileName,
      safeName: refusal.name,
      kind: 'file',
      roots: 1,
      entries: 1,
      fileSize: fileOffer.fileSize,
      fileHash: fileOffer.fileHash,
      channel: task.channel ?? '',
      trust: agent === undefined ? 'unverified' : 'claims',
      ...(agent !== undefined && { agent }),
      allowed: false,
      stranger,
      held: stranger && this.limit.holds(senderId),
      createdAt: task.createdAt,
    };
    const seed = randomBytes(32).toString('hex');
    this.questions.set(transferId, {
      offer,
      taskId: task.id,
      fileOffer,
      seed,
      state: { kind: 'open' },
    });
    rules.emit({ type: 'offer', offer });
  }
}

function isStranger(senderId: string, rules: InboxRules): boolean {
  return !rules.isKnown(senderId) && !rules.allowedPeers.includes(senderId);
}

/** What the rules say of an offer before anybody is asked, or the name it would be saved under. */
function refuse(
  offer: FileOffer,
  rules: InboxRules,
): { readonly error: BeelineError } | { readonly error?: undefined; readonly name: string } {
  if (rules.allowedPeers.length > 0 && !rules.allowedPeers.includes(offer.senderId)) {
    return { error: errors.notAllowed(offer.senderId) };
  }
  if (rules.maxFileSize !== undefined && offer.fileSize > rules.maxFileSize) {
    return { error: errors.tooLarge(offer.fileSize, rules.maxFileSize) };
  }
  try {
    return { name: safeName(offer.fileName).name };
  } catch (thrown) {
    return { error: thrown as BeelineError };
  }
}

function closedReason(task: Task): OfferClosedReason {
  switch (task.status) {
    case 'cancelled':
      return 'withdrawn';
    case 'rejected':
      return 'declined';
    case 'failed':
      return 'expired';
    case 'pending':
    case 'in_progress':
    case 'completed':
      return 'taken';
  }
}

import type { Task, TaskEvent } from '../ats/types';
import { errors, type BeelineError } from '../errors';
import type { EngineEvent, IncomingOffer, OfferClosedReason } from '../events';
import { safeName } from '../receivefs/safeName';
import { readFileOffer, type FileOffer } from './offerPayload';
import { StrangerLimit } from './strangerLimit';

/** Questions kept at once; what comes beyond is left to the service and found again later. */
const MAX_QUESTIONS = 500;

export interface Question {
  readonly offer: IncomingOffer;
  readonly fileOffer: FileOffer;
  state: 'open' | 'answering';
}

export interface InboxRules {
  readonly actorId: string;
  readonly allowedPeers: readonly string[];
  readonly maxFileSize: number | undefined;
  isBlocked(senderId: string): boolean;
  isKnown(senderId: string): boolean;
  /** Whether a transfer of this id is running or ended here already. */
  isTaken(transferId: string): boolean;
  /** Declines by rule, without asking anybody. */
  decline(task: Task, offer: FileOffer, error: BeelineError): void;
  emit(event: EngineEvent): void;
}

/** The offers that wait for an answer. Their life follows their tasks'. */
export class OfferInbox {
  private readonly questions = new Map<string, Question>();
  private readonly declined = new Set<number>();
  private readonly limit = new StrangerLimit();

  constructor(private readonly rules: () => InboxRules) {}

  list(): IncomingOffer[] {
    return [...this.questions.values()].map(({ offer }) => offer);
  }

  /** What a task event means for the questions. */
  tell({ task }: TaskEvent): void {
    const rules = this.rules();
    const offer = readFileOffer(task);
    if (offer?.recipientId !== rules.actorId || offer.senderId === rules.actorId) return;
    const known = this.questions.get(offer.transferId);
    if (task.status === 'pending') {
      if (known === undefined) this.ask(task, offer, rules);
    } else if (known?.offer.taskId === task.id && known.state === 'open') {
      this.close(offer.transferId, closedReason(task));
    }
  }

  /** Takes a question up for answering, so that nobody else does. */
  take(transferId: string): Question {
    const question = this.questions.get(transferId);
    if (question === undefined) throw errors.offerUnknown();
    if (question.state === 'answering') throw errors.offerAnswered();
    question.state = 'answering';
    return question;
  }

  /** Puts a question back after an answer that did not work. */
  putBack(question: Question): void {
    question.state = 'open';
  }

  close(transferId: string, reason: OfferClosedReason): void {
    if (!this.questions.delete(transferId)) return;
    this.rules().emit({ type: 'offerClosed', transferId, reason });
  }

  /** Closes the questions that a new rule excludes; all of them by default. */
  closeAll(which: (offer: IncomingOffer) => boolean = () => true): void {
    for (const { offer } of this.questions.values()) {
      if (which(offer)) this.close(offer.transferId, 'withdrawn');
    }
  }

  private ask(task: Task, fileOffer: FileOffer, rules: InboxRules): void {
    const { senderId, transferId } = fileOffer;
    if (rules.isBlocked(senderId) || rules.isTaken(transferId)) return;
    if (this.declined.has(task.id) || this.questions.size >= MAX_QUESTIONS) return;
    const refusal = refuse(fileOffer, rules);
    if (refusal.error !== undefined) {
      this.declined.add(task.id);
      rules.decline(task, fileOffer, refusal.error);
      return;
    }
    const stranger = !rules.isKnown(senderId) && !rules.allowedPeers.includes(senderId);
    const offer: IncomingOffer = {
      transferId,
      taskId: task.id,
      senderId,
      fileName: fileOffer.fileName,
      safeName: refusal.name,
      fileSize: fileOffer.fileSize,
      fileHash: fileOffer.fileHash,
      channel: task.channel ?? '',
      trust: 'unverified',
      stranger,
      held: stranger && this.limit.holds(senderId),
      createdAt: task.createdAt,
    };
    this.questions.set(transferId, { offer, fileOffer, state: 'open' });
    rules.emit({ type: 'offer', offer });
  }
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

import type { TaskEvent } from '../../ats/types';
import { errors, toBeelineError, type BeelineError } from '../../errors';
import type {
  EngineEvent,
  IncomingOffer,
  OfferClosedReason,
  OfferKind,
  SyncOffer,
} from '../../events';
import type { Answered, AnsweredOffers } from '../../identity/answeredOffers';
import type { Identity } from '../../identity/identity';
import { readOffer, type VerifiedOffer } from '../../identity/signedBytes';
import { MAX_SKEW_MS } from '../../identity/signedMessage';
import { safeName } from '../../receivefs/safeName';
import type { SignedOffer } from '../../wire/v2Offer';
import { answerTo } from './offerAnswers';
import { readOfferHint, type OfferHint } from './pairedTask';
import { refOf, type PairedAgent, type Roster } from './roster';

/** Questions kept at once; what is asked beyond is not shown, and is told again on the next link. */
const MAX_QUESTIONS = 500;
/** Of one agent, so that none takes the room of the others. */
const MAX_QUESTIONS_OF_ONE = 100;
/** Notices of bad offers, so that a service cannot make them without end. */
const MAX_NOTICED = 500;
/** What a timer can count; an offer lives at most a week. */
const MAX_TIMER_MS = 2_147_483_647;

export interface PairedQuestion {
  offer: IncomingOffer;
  readonly verified: VerifiedOffer;
  readonly agent: PairedAgent;
  taskId: number | undefined;
  /** Hex; the list that was looked at, which accepting then means. */
  digest: string | undefined;
  /**
   * `aside` when the rules in force exclude it: it is not asked, nor declined, since a list is changed
   * step by step.
   */
  state: 'open' | 'answering' | 'aside';
}

export interface PairedInboxParts {
  readonly identity: Identity;
  readonly roster: Roster;
  readonly answered: AnsweredOffers;
  readonly rules: () => {
    readonly actorId: string;
    readonly channel: string;
    readonly allowedPeers: readonly string[];
    readonly maxFileSize: number | undefined;
  };
  readonly isTaken: (transferId: string) => boolean;
  /** What was received from this agent before, and what it may keep in step here. */
  readonly before: (verified: VerifiedOffer) => {
    readonly updates?: string;
    readonly sync?: SyncOffer;
  };
  /** What became of a transfer of this agent, as far as the history knows it. */
  readonly ended: (verified: VerifiedOffer) => Answered | undefined;
  /** Asked about from now on; an open offer that took the same id gives way. */
  readonly asking: (transferId: string) => void;
  /** An offer that is already answered came again: its sender, or its task, does not know yet. */
  readonly again: (answered: Answered, agent: PairedAgent, taskId: number | undefined) => void;
  /** The task of a transfer that is running here became known. */
  readonly learned: (verified: VerifiedOffer, taskId: number) => void;
  /** Its sender offers again, over the link, what may be running here. */
  readonly offeredAgain: (verified: VerifiedOffer) => void;
  /** Declines by rule, without asking anybody. */
  readonly decline: (question: PairedQuestion, error: BeelineError) => void;
  readonly notice: (error: BeelineError) => void;
  readonly emit: (event: EngineEvent) => void;
  readonly log: (line: string) => void;
}

/**
 * Verified offers that wait for an answer. They come over the link, through the task service, or
 * both ways; what is signed decides, and nothing that the service says of a task closes a question.
 */
export class PairedInbox {
  private readonly questions = new Map<string, PairedQuestion>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  /** Told once, since services repeat themselves. */
  private readonly noticed = new Set<string>();

  constructor(private readonly parts: PairedInboxParts) {}

  list(): IncomingOffer[] {
    return [...this.questions.values()]
      .filter(({ state }) => state !== 'aside')
      .map(({ offer }) => offer);
  }

  /** Also one that is not asked for now: its id is taken. */
  has(transferId: string): boolean {
    return this.questions.has(transferId);
  }

  /** Ids of one agent that are still open here. */
  idsOf(kid: string): string[] {
    return [...this.questions]
      .filter(([, { agent }]) => agent.entry.kid === kid)
      .map(([transferId]) => transferId);
  }

  /** A task that carries signed bytes. True when it was one, so that nobody else looks at it. */
  tell({ task }: TaskEvent): boolean {
    const hint = readOfferHint(task);
    if (hint === undefined) return false;
    const { actorId } = this.parts.rules();
    if (hint.recipientId !== actorId || hint.senderId === actorId) return true;
    try {
      this.take(hint, hint, undefined, task.channel);
    } catch (thrown) {
      this.refused(hint, toBeelineError(thrown));
    }
    return true;
  }

  /** @throws what is wrong with it; then the link's other side breaks the protocol */
  hear(kid: string, offer: SignedOffer): void {
    try {
      this.take(offer, undefined, kid, undefined);
    } catch (thrown) {
      // A clock that is off breaks no protocol: the link, and whatever moves over it, stays.
      if (toBeelineError(thrown).code !== 'CLOCK_SKEW') throw thrown;
      this.skewed(kid);
    }
  }

  /** Tasks have other numbers at another service; what is asked here stays asked. */
  forgetTasks(): void {
    for (const question of this.questions.values()) {
      const { taskId: _, ...offer } = question.offer;
      question.offer = offer;
      question.taskId = undefined;
    }
  }

  /** What is asked stays asked, as if it had never been granted. */
  forgetGrant(grantId: string): void {
    for (const question of this.questions.values()) {
      const { sync } = question.offer;
      if (sync?.grantId !== grantId) continue;
      const asked = { grantId, delete: sync.delete, granted: false };
      question.offer = { ...question.offer, sync: asked };
    }
  }

  /** Takes a question up for answering, so that nobody else does. @throws OFFER_* */
  takeUp(transferId: string): PairedQuestion {
    const question = this.questions.get(transferId);
    if (question === undefined || question.state === 'aside') throw errors.offerUnknown();
    if (question.state === 'answering') throw errors.offerAnswered();
    question.state = 'answering';
    return question;
  }

  /** Puts it back after an answer that did not work; one that worked has closed it. */
  putBack(question: PairedQuestion): void {
    question.state = 'open';
    if (this.questions.get(question.verified.id) === question) this.judgeAgain(question);
  }

  find(transferId: string): PairedQuestion | undefined {
    return this.questions.get(transferId);
  }

  close(transferId: string, reason: OfferClosedReason): void {
    clearTimeout(this.timers.get(transferId));
    this.timers.delete(transferId);
    const question = this.questions.get(transferId);
    if (question === undefined) return;
    this.questions.delete(transferId);
    if (question.state !== 'aside') this.parts.emit({ type: 'offerClosed', transferId, reason });
  }

  /** Other rules are in force: takes away what they exclude, and asks again what they let in. */
  applyRules(): void {
    for (const question of this.questions.values()) this.judgeAgain(question);
  }

  /** Closes what an agent offered: it is gone from the book, or blocked. */
  closeAll(kid: string): void {
    for (const transferId of this.idsOf(kid)) this.close(transferId, 'withdrawn');
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private take(
    offer: SignedOffer,
    hint: OfferHint | undefined,
    linkKid: string | undefined,
    channel: string | undefined,
  ): void {
    const { identity, roster, answered } = this.parts;
    const verified = readOffer(offer, {
      identity,
      find: (kid) => {
        const found = roster.find(kid);
        return found?.entry.blocked === false ? found : undefined;
      },
      now: Date.now(),
      // A sender repeats on every link what was begun, also when its time is over meanwhile.
      late: linkKid !== undefined,
    });
    const { id: transferId, senderKid } = verified;
    // A proven agent passes on another's offer, or a task names another id than is signed.
    if (linkKid !== undefined && linkKid !== senderKid) throw errors.protocol('a foreign offer');
    if (hint !== undefined && hint.transferId !== transferId) {
      throw errors.signatureInvalid(hint.senderId);
    }
    const agent = roster.get(senderKid);
    const before = answered.find(senderKid, transferId) ?? this.parts.ended(verified);
    if (before !== undefined) {
      this.parts.again(before, agent, hint?.taskId);
      return;
    }
    const known = this.questions.get(transferId);
    if (known !== undefined) {
      // Another agent that uses its id is not heard.
      if (known.agent.entry.kid === senderKid) known.taskId ??= hint?.taskId;
      return;
    }
    if (this.parts.isTaken(transferId)) {
      if (hint === undefined) this.parts.offeredAgain(verified);
      else this.parts.learned(verified, hint.taskId);
      return;
    }
    if (Date.parse(verified.expiresAt) + MAX_SKEW_MS < Date.now()) {
      // Nobody is asked any more, and the sender should not wait for ever.
      this.parts.again({ ...EXPIRED, ...answerTo(verified) }, agent, undefined);
      return;
    }
    const isRoom =
      this.questions.size < MAX_QUESTIONS && this.idsOf(senderKid).length < MAX_QUESTIONS_OF_ONE;
    if (isRoom) this.ask(verified, agent, hint?.taskId, channel);
  }

  /** What is just being answered stays as it was asked. */
  private judgeAgain(question: PairedQuestion): void {
    const { state, offer, verified } = question;
    const entry = this.parts.roster.find(question.agent.entry.kid)?.entry;
    if (state === 'answering' || entry === undefined) return;
    const { rules, before, emit } = this.parts;
    if (judge(verified, entry.actorId, rules()).error !== undefined) {
      if (state === 'aside') return;
      question.state = 'aside';
      emit({ type: 'offerClosed', transferId: verified.id, reason: 'withdrawn' });
      return;
    }
    const { allowed } = entry;
    question.state = 'open';
    if (state === 'open' && allowed === offer.allowed) return;
    // What was granted or received may have changed while it was not asked.
    const { updates: _, sync: __, ...rest } = offer;
    question.offer = { ...rest, ...before(verified), allowed };
    emit({ type: 'offer', offer: question.offer });
  }

  private ask(
    verified: VerifiedOffer,
    agent: PairedAgent,
    taskId: number | undefined,
    channel: string | undefined,
  ): void {
    const rules = this.parts.rules();
    const { entry } = agent;
    const offer: IncomingOffer = {
      transferId: verified.id,
      ...(taskId !== undefined && { taskId }),
      senderId: entry.actorId,
      fileName: verified.details.name,
      safeName: '',
      kind: kindOf(verified),
      roots: verified.details.roots,
      entries: verified.entries,
      fileSize: verified.size,
      channel: channel ?? rules.channel,
      trust: 'verified',
      agent: refOf(entry),
      allowed: entry.allowed,
      stranger: false,
      held: false,
      createdAt: verified.createdAt,
    };
    const unknown = { taskId, digest: undefined };
    const question: PairedQuestion = { offer, verified, agent, ...unknown, state: 'open' };
    const judged = judge(verified, entry.actorId, rules);
    if (judged.error !== undefined) {
      this.parts.decline(question, judged.error);
      return;
    }
    this.parts.asking(verified.id);
    const shown = { ...offer, safeName: judged.name, ...this.parts.before(verified) };
    this.questions.set(verified.id, { ...question, offer: shown });
    const left = Math.min(Date.parse(verified.expiresAt) - Date.now(), MAX_TIMER_MS);
    this.timers.set(
      verified.id,
      setTimeout(() => {
        this.close(verified.id, 'expired');
      }, left).unref(),
    );
    this.parts.emit({ type: 'offer', offer: shown });
  }

  /** Told once for each agent. */
  private skewed(kid: string): void {
    const entry = this.parts.roster.find(kid)?.entry;
    if (entry === undefined || this.noticed.has(kid) || this.noticed.size >= MAX_NOTICED) return;
    this.noticed.add(kid);
    this.parts.notice(errors.clockSkew(entry.actorId));
  }

  private refused(hint: OfferHint, error: BeelineError): void {
    this.parts.log(`offer ${hint.transferId} from ${hint.senderId}: ${error.code}`);
    // Strangers may sign what they like. What bears a paired agent's name is told, once.
    const [named] = this.parts.roster.named(hint.senderId);
    if (named === undefined || named.blocked || this.noticed.has(hint.transferId)) return;
    if (this.noticed.size >= MAX_NOTICED) return;
    this.noticed.add(hint.transferId);
    // Others, like an expired one, are nothing that a person could do something about.
    const told = {
      AGENT_UNKNOWN: errors.identityChanged,
      SIGNATURE_INVALID: errors.signatureInvalid,
      // Altered so that it cannot even be read.
      PROTOCOL: errors.signatureInvalid,
      CLOCK_SKEW: errors.clockSkew,
    };
    if (error.code in told) {
      this.parts.notice(told[error.code as keyof typeof told](hint.senderId));
    }
  }
}

const EXPIRED = { decision: 'failed', reason: 'the offer has expired' } as const;

function kindOf({ kind, details }: VerifiedOffer): OfferKind {
  return details.roots > 1 ? 'several' : kind;
}

/** What the rules say of an offer before anybody is asked, or the name it would be saved under. */
function judge(
  { size, details }: VerifiedOffer,
  actorId: string,
  rules: ReturnType<PairedInboxParts['rules']>,
): { readonly error: BeelineError } | { readonly error?: undefined; readonly name: string } {
  if (rules.allowedPeers.length > 0 && !rules.allowedPeers.includes(actorId)) {
    return { error: errors.notAllowed(actorId) };
  }
  if (rules.maxFileSize !== undefined && size > rules.maxFileSize) {
    return { error: errors.tooLarge(size, rules.maxFileSize) };
  }
  try {
    return { name: safeName(details.name).name };
  } catch (thrown) {
    return { error: toBeelineError(thrown) };
  }
}

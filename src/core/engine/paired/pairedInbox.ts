import type { TaskEvent } from '../../ats/types';
import { errors, toBeelineError, type BeelineError } from '../../errors';
import type { EngineEvent, IncomingOffer, OfferClosedReason } from '../../events';
import type { Answered, AnsweredOffers } from '../../identity/answeredOffers';
import type { Identity } from '../../identity/identity';
import { readOffer, type VerifiedOffer } from '../../identity/signedBytes';
import { safeName } from '../../receivefs/safeName';
import type { SignedOffer } from '../../wire/v2Offer';
import { readOfferHint, type OfferHint } from './pairedTask';
import { refOf, type PairedAgent, type Roster } from './roster';

/** Questions kept at once; a paired agent that asks more is told so by nothing being shown. */
const MAX_QUESTIONS = 500;
/** What a timer can count; an offer lives at most a week. */
const MAX_TIMER_MS = 2_147_483_647;

export interface PairedQuestion {
  readonly offer: IncomingOffer;
  readonly verified: VerifiedOffer;
  readonly agent: PairedAgent;
  taskId: number | undefined;
  /** Hex; the list that was looked at, which accepting then means. */
  digest: string | undefined;
  answering: boolean;
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
  /** An offer that is already answered came again: its sender, or its task, does not know yet. */
  readonly again: (answered: Answered, agent: PairedAgent, taskId: number | undefined) => void;
  /** The task of a transfer that is running here became known. */
  readonly learned: (transferId: string, taskId: number) => void;
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
    return [...this.questions.values()].map(({ offer }) => offer);
  }

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
    this.take(offer, undefined, kid, undefined);
  }

  /** Takes a question up for answering, so that nobody else does. @throws OFFER_* */
  takeUp(transferId: string): PairedQuestion {
    const question = this.questions.get(transferId);
    if (question === undefined) throw errors.offerUnknown();
    if (question.answering) throw errors.offerAnswered();
    question.answering = true;
    return question;
  }

  find(transferId: string): PairedQuestion | undefined {
    return this.questions.get(transferId);
  }

  close(transferId: string, reason: OfferClosedReason): void {
    clearTimeout(this.timers.get(transferId));
    this.timers.delete(transferId);
    if (!this.questions.delete(transferId)) return;
    this.parts.emit({ type: 'offerClosed', transferId, reason });
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
    });
    const { id: transferId, senderKid } = verified;
    // A proven agent passes on another's offer, or a task names another id than is signed.
    if (linkKid !== undefined && linkKid !== senderKid) throw errors.protocol('a foreign offer');
    if (hint !== undefined && hint.transferId !== transferId) {
      throw errors.signatureInvalid(hint.senderId);
    }
    const agent = roster.get(senderKid);
    const before = answered.find(senderKid, transferId);
    if (before !== undefined) {
      this.parts.again(before, agent, hint?.taskId);
      return;
    }
    const known = this.questions.get(transferId);
    if (known !== undefined) {
      known.taskId ??= hint?.taskId;
      return;
    }
    if (this.parts.isTaken(transferId)) {
      if (hint !== undefined) this.parts.learned(transferId, hint.taskId);
      return;
    }
    if (this.questions.size < MAX_QUESTIONS) this.ask(verified, agent, hint?.taskId, channel);
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
      fileSize: verified.size,
      channel: channel ?? rules.channel,
      trust: 'verified',
      agent: refOf(entry),
      allowed: entry.allowed,
      stranger: false,
      held: false,
      createdAt: verified.createdAt,
    };
    const question = { offer, verified, agent, taskId, digest: undefined, answering: false };
    const judged = judge(verified, entry.actorId, rules);
    if (judged.error !== undefined) {
      this.parts.decline(question, judged.error);
      return;
    }
    const shown = { ...offer, safeName: judged.name };
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

  private refused(hint: OfferHint, error: BeelineError): void {
    this.parts.log(`offer ${hint.transferId} from ${hint.senderId}: ${error.code}`);
    // Strangers may sign what they like. What bears a paired agent's name is told, once.
    const [named] = this.parts.roster.named(hint.senderId);
    if (named === undefined || named.blocked || this.noticed.has(hint.transferId)) return;
    if (this.noticed.size < MAX_QUESTIONS) this.noticed.add(hint.transferId);
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

/** What the rules say of an offer before anybody is asked, or the name it would be saved under. */
function judge(
  { size, kind, entries, details }: VerifiedOffer,
  actorId: string,
  rules: ReturnType<PairedInboxParts['rules']>,
): { readonly error: BeelineError } | { readonly error?: undefined; readonly name: string } {
  if (rules.allowedPeers.length > 0 && !rules.allowedPeers.includes(actorId)) {
    return { error: errors.notAllowed(actorId) };
  }
  if (rules.maxFileSize !== undefined && size > rules.maxFileSize) {
    return { error: errors.tooLarge(size, rules.maxFileSize) };
  }
  // Folders are a later version's; refused aloud, so that the sender does not wait.
  if (kind !== 'file' || entries !== 1) return { error: errors.folderNotYet('What was offered') };
  try {
    return { name: safeName(details.name).name };
  } catch (thrown) {
    return { error: toBeelineError(thrown) };
  }
}

import { toBeelineError } from '../../../errors';
import type { Identity } from '../../../identity/identity';
import { makeEphemeral } from '../../../identity/sessionKeys';
import {
  signSessionAnswer,
  type SessionDecision,
  type SessionKind,
  type VerifiedAnswer,
  type VerifiedRequest,
} from '../../../identity/sessionMessages';
import type { SignedMessage } from '../../../identity/signedMessage';
import { SessionType } from '../../../wire/sessionLink';
import { readSignalFrame, type SessionEnd, type SignalFrame } from '../../../wire/signalFrames';
import type { EngineShared } from '../../engineShared';
import type { PairedAgent } from '../roster';
import type { FrameCarriers } from './frameCarriers';
import { sessionAsked, sessionToAsk } from './newSession';
import {
  isOpen,
  keyOf,
  kidOf,
  say,
  type Session,
  type SessionOver,
  type SessionOwner,
  type SessionStreams,
} from './session';
import { openStreams, type StreamHooks } from './sessionStreams';
import type { ThreadEnd } from './sessionThread';
import { endOf, SessionThreads } from './sessionThreads';

/** Milliseconds in which an accepted request leads to the other side's first frame. */
const CONFIRM_MS = 30_000;
/** Milliseconds for the last word to be acknowledged. */
const LEAVE_MS = 5000;

const CANCEL: ThreadEnd = { kind: 'cancel' };

export interface DeskParts {
  readonly shared: EngineShared;
  readonly identity: Identity;
  readonly carriers: FrameCarriers;
  readonly owner: (kind: SessionKind) => SessionOwner;
  /** An answer in a task, not verified. */
  readonly onThreadAnswer: (session: Session, answer: SignedMessage) => void;
}

/** All sessions of the engine: asked for, answered, open, and on their way out. */
export class SessionDesk {
  private isStopped = false;
  private readonly sessions = new Map<string, Session>();
  private readonly timers = new Map<Session, NodeJS.Timeout>();
  private readonly threads: SessionThreads;

  constructor(private readonly parts: DeskParts) {
    this.threads = new SessionThreads({
      shared: parts.shared,
      onFrame: (session, frame) => {
        this.take(session, frame);
      },
      onAnswer: parts.onThreadAnswer,
    });
  }

  /** Reads what earlier engines left. */
  start(): Promise<void> {
    return this.threads.start();
  }

  /** The service is there (again). */
  serviceBack(): void {
    this.threads.serviceBack();
  }

  list(): Session[] {
    return [...this.sessions.values()];
  }

  of(kid: string): Session[] {
    return this.list().filter((session) => kidOf(session) === kid);
  }

  find(kid: string, id: string): Session | undefined {
    return this.sessions.get(keyOf(kid, id));
  }

  /** Asks an agent, over the link and in a task, whichever is there or comes first. */
  ask(
    kind: SessionKind,
    agent: PairedAgent,
    options: { readonly id?: string; readonly video?: boolean } = {},
  ): Session {
    const { session, said } = sessionToAsk(this.parts.identity, { kind, agent, ...options });
    this.sessions.set(keyOf(agent.entry.kid, session.id), session);
    this.repeat(session);
    this.threads.post(session, said);
    return session;
  }

  /** A request that was verified and is new. */
  asked(request: VerifiedRequest, agent: PairedAgent, taskId: number | undefined): Session {
    const session = sessionAsked(request, agent);
    this.threads.attach(session, taskId);
    this.sessions.set(keyOf(agent.entry.kid, session.id), session);
    return session;
  }

  accept(session: Session): void {
    if (session.state.kind !== 'asked') return;
    const ephemeral = makeEphemeral();
    const said = this.sign(session, 'accepted', ephemeral.publicKey);
    const { publicKey: theirs } = session.state;
    session.said = said;
    session.thread?.claim();
    this.tell(session, said);
    this.open(session, { ephemeral, theirs, answer: bytesOf(said) });
  }

  /** Says no, and why. A chat that nobody takes just now leaves its task for whoever comes. */
  refuse(session: Session, decision: 'declined' | 'busy' | 'unavailable'): void {
    if (session.state.kind !== 'asked') return;
    this.tell(session, this.sign(session, decision));
    const waits = session.kind === 'chat' && decision === 'unavailable';
    this.close(session, waits ? undefined : { kind: 'reject', reason: decision });
  }

  /** Ours, before it was answered. */
  cancel(session: Session): void {
    if (session.state.kind !== 'asking') return;
    this.tell(session, this.sign(session, 'cancelled'));
    this.close(session, CANCEL);
  }

  /** A request that nobody has to hear of any more: another takes its place. */
  drop(session: Session): void {
    this.close(session, session.side === 'caller' ? CANCEL : undefined);
  }

  /** An answer, or a cancelling, that was verified to be about this session. */
  answered(session: Session, answer: VerifiedAnswer): void {
    const { state } = session;
    const { decision } = answer;
    if (decision === 'accepted') {
      if (state.kind !== 'asking') return;
      const { ephemeral } = state;
      this.open(session, { ephemeral, theirs: answer.publicKey, answer: answer.bytes });
      return;
    }
    if (state.kind === 'open' && decision === 'cancelled') {
      // Taken back while our yes was on its way.
      this.over(session, 'hungUp');
      return;
    }
    if (state.kind !== 'asking' && state.kind !== 'asked') return;
    // Nobody takes chats there just now: the task stays for whoever comes.
    const waits = session.kind === 'chat' && decision === 'unavailable';
    if (waits && state.kind === 'asking') session.state = { ...state, isRefused: true };
    else this.close(session, session.side === 'caller' ? CANCEL : undefined);
    this.parts.owner(session.kind).onRefused(session, decision);
  }

  /** Ends one that is open, and says so. */
  leave(session: Session, reason: SessionEnd): void {
    if (!isOpen(session)) return;
    say(session, { t: 'end', reason });
    this.linger(session, session.state.streams, endOf(session, reason));
  }

  /** Ends any without a word: the other side knows, is gone, or never was there. */
  close(session: Session, end: ThreadEnd | undefined): void {
    if (session.state.kind === 'ended') return;
    this.threads.conclude(session, end);
    this.remove(session);
  }

  /** Says again what the other side may not have heard, because a link came up. */
  repeat(session: Session): void {
    const { carriers } = this.parts;
    const talk = carriers.talk(kidOf(session));
    const { state, said } = session;
    if (talk?.available !== undefined && said !== undefined) {
      if (state.kind === 'asking') talk.say({ type: SessionType.request, request: said });
      else if (session.side === 'callee') talk.say({ type: SessionType.answer, answer: said });
    }
    this.resend(session);
  }

  /** What is not acknowledged goes out again, by the way that is there now. */
  resend(session: Session): void {
    const { state } = session;
    if (state.kind !== 'open' && state.kind !== 'leaving') return;
    state.streams.signal.again();
    state.streams.chat.again();
  }

  /** A sealed frame, from wherever. */
  take(session: Session, frame: Buffer): void {
    const { state } = session;
    if (state.kind !== 'open' && state.kind !== 'leaving') return;
    if (frame[0] === 0) state.streams.signal.take(frame);
    else if (frame[0] === 1) state.streams.chat.take(frame);
  }

  /** The task of a session that is known from the link, or was when it ended. */
  learned(kid: string, id: string, taskId: number): boolean {
    const session = this.find(kid, id);
    if (session === undefined) return this.threads.learnedLate(kid, id, taskId);
    if (this.threads.learned(session, taskId)) {
      this.resend(session);
      session.thread?.refresh();
    }
    return true;
  }

  /** Whether last words are on their way over a link. */
  isSpeaking(kid?: string): boolean {
    const sessions = kid === undefined ? this.list() : this.of(kid);
    return sessions.some(
      (session) =>
        session.state.kind === 'leaving' &&
        session.state.streams.signal.isWaiting &&
        this.parts.carriers.talk(kidOf(session)) !== undefined,
    );
  }

  /** Resolves when the tasks say what they have to, as far as the service can be told. */
  async settled(): Promise<void> {
    await this.threads.settled();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    for (const session of this.list()) this.remove(session);
    await this.threads.close();
  }

  private open(
    session: Session,
    agreed: Omit<Parameters<typeof openStreams>[1], 'side' | 'peerPublicKey' | 'request'>,
  ): void {
    const { identity, owner } = this.parts;
    const { side, request, agent } = session;
    if (this.isStopped) {
      // A yes that came while the engine went: no keys are made that nobody would overwrite.
      this.remove(session);
      return;
    }
    try {
      const agreement = { ...agreed, side, request, peerPublicKey: agent.publicKey };
      const streams = openStreams(identity, agreement, session.id, this.streamHooks(session));
      session.state = { kind: 'open', streams, isConfirmed: false, movedAt: performance.now() };
    } catch (thrown) {
      // A key of small order: nothing can be agreed with it.
      this.parts.shared.log(`session ${session.id}: ${toBeelineError(thrown).message}`);
      this.close(session, CANCEL);
      owner(session.kind).onOver(session, 'unknown');
      return;
    }
    session.openedAt = Date.now();
    this.threads.opened(session);
    session.state.streams.signal.confirm();
    this.setTimer(session, CONFIRM_MS, () => {
      if (isOpen(session) && !session.state.isConfirmed) this.over(session, 'silent');
    });
    owner(session.kind).onOpen(session);
  }

  private streamHooks(session: Session): StreamHooks {
    const owner = this.parts.owner(session.kind);
    const moved = (): void => {
      if (isOpen(session)) session.state.movedAt = performance.now();
    };
    return {
      carry: (use, frames) => {
        this.parts.carriers.carry(session, use, frames);
      },
      carryAgain: (use, frames, isLate) => {
        this.parts.carriers.carryAgain(session, use, frames, isLate);
      },
      isSlow: () => this.parts.carriers.isSlow(session),
      onConfirm: () => {
        if (!isOpen(session) || session.state.isConfirmed) return;
        session.state.isConfirmed = true;
        owner.onConfirmed(session);
      },
      onSignal: (payload) => {
        moved();
        const frame = signalOf(payload);
        if (frame === undefined || !isOpen(session)) return;
        if (frame.t === 'end') this.over(session, frame.reason);
        else owner.onSignal(session, frame);
      },
      onChat: (payload) => {
        moved();
        if (isOpen(session)) owner.onChat(session, payload);
      },
    };
  }

  /** The other side ended it, or is not there. */
  over(session: Session, why: SessionOver): void {
    if (session.state.kind === 'ended' || session.state.kind === 'leaving') return;
    const { state } = session;
    const isLost = why === 'unknown' || why === 'silent';
    // Who should complete the task is gone.
    const end = isLost && session.side === 'caller' ? CANCEL : endOf(session, why);
    if (state.kind === 'open') this.linger(session, state.streams, end);
    else this.close(session, end);
    this.parts.owner(session.kind).onOver(session, why);
  }

  /** It stays for a moment, so that the last words are acknowledged. */
  private linger(session: Session, streams: SessionStreams, end: ThreadEnd | undefined): void {
    session.state = { kind: 'leaving', streams };
    this.threads.conclude(session, end);
    this.setTimer(session, LEAVE_MS, () => {
      this.remove(session);
    });
  }

  private sign(session: Session, decision: SessionDecision, publicKey?: Buffer): SignedMessage {
    return signSessionAnswer({
      identity: this.parts.identity,
      recipientKid: kidOf(session),
      id: session.id,
      decision,
      request: session.request,
      ...(publicKey !== undefined && { publicKey }),
    });
  }

  private tell(session: Session, answer: SignedMessage): void {
    const talk = this.parts.carriers.talk(kidOf(session));
    talk?.say({ type: SessionType.answer, answer });
    session.thread?.answer(answer);
  }

  private remove(session: Session): void {
    const { state } = session;
    clearTimeout(this.timers.get(session));
    this.timers.delete(session);
    if (state.kind === 'asking') state.ephemeral.destroy();
    if (state.kind === 'open' || state.kind === 'leaving') {
      state.streams.signal.destroy();
      state.streams.chat.destroy();
    }
    session.state = { kind: 'ended' };
    this.sessions.delete(keyOf(kidOf(session), session.id));
  }

  private setTimer(session: Session, ms: number, act: () => void): void {
    clearTimeout(this.timers.get(session));
    this.timers.set(session, setTimeout(act, ms).unref());
  }
}

/** What cannot be understood is passed over: a newer Beeline may say more. */
function signalOf(payload: object): SignalFrame | undefined {
  try {
    return readSignalFrame(payload);
  } catch {
    return undefined;
  }
}

function bytesOf({ signed }: SignedMessage): Buffer {
  return Buffer.from(signed, 'base64url');
}

import { randomBytes } from 'node:crypto';
import { toBeelineError } from '../../../errors';
import type { Identity } from '../../../identity/identity';
import { makeEphemeral } from '../../../identity/sessionKeys';
import {
  MAX_REQUEST_LIFE_MS,
  signSessionAnswer,
  signSessionRequest,
  type SessionDecision,
  type SessionKind,
  type VerifiedAnswer,
  type VerifiedRequest,
} from '../../../identity/sessionMessages';
import type { SignedMessage } from '../../../identity/signedMessage';
import { SessionType } from '../../../wire/sessionLink';
import { readSignalFrame, type SessionEnd, type SignalFrame } from '../../../wire/signalFrames';
import type { EngineShared } from '../../engineShared';
import type { PairedAgent, Roster } from '../roster';
import type { FrameCarriers } from './frameCarriers';
import {
  isOpen,
  kidOf,
  say,
  type Session,
  type SessionOver,
  type SessionOwner,
  type SessionStreams,
} from './session';
import { openStreams, type StreamHooks } from './sessionStreams';
import { SessionThread, type ThreadEnd } from './sessionThread';
import { sessionAudit, sessionTask } from './taskPayload';

/** Milliseconds in which an accepted request leads to the other side's first frame. */
const CONFIRM_MS = 30_000;
/** Milliseconds for the last word to be acknowledged. */
const LEAVE_MS = 5000;
/** Ends of sessions whose task may be seen only later. */
const MAX_ENDINGS = 256;

const CANCEL: ThreadEnd = { kind: 'cancel' };

export interface DeskParts {
  readonly shared: EngineShared;
  readonly identity: Identity;
  readonly roster: Roster;
  readonly carriers: FrameCarriers;
  readonly owner: (kind: SessionKind) => SessionOwner;
}

/** All sessions of the engine: asked for, answered, open, and on their way out. */
export class SessionDesk {
  private readonly sessions = new Map<string, Session>();
  private readonly endings = new Map<string, ThreadEnd>();
  private readonly timers = new Map<Session, NodeJS.Timeout>();
  /** Those that may have something to say still. */
  private readonly threads = new Set<SessionThread>();

  constructor(private readonly parts: DeskParts) {}

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
    { id = randomBytes(16).toString('hex'), video = false } = {},
  ): Session {
    const { identity } = this.parts;
    const ephemeral = makeEphemeral();
    const now = Date.now();
    const expiresAt = new Date(now + MAX_REQUEST_LIFE_MS).toISOString();
    const said = signSessionRequest({
      identity,
      keys: agent.keys,
      recipientKid: agent.entry.kid,
      id,
      createdAt: new Date(now).toISOString(),
      expiresAt,
      kind,
      publicKey: ephemeral.publicKey,
      video,
    });
    const session: Session = {
      id,
      kind,
      agent,
      side: 'caller',
      request: bytesOf(said),
      expiresAt,
      video,
      startedAt: now,
      thread: undefined,
      said,
      openedAt: undefined,
      path: 'relay',
      state: { kind: 'asking', ephemeral, isRefused: false },
    };
    this.sessions.set(keyOf(agent.entry.kid, id), session);
    this.repeat(session);
    this.post(session, said);
    return session;
  }

  /** A request that was verified and is new. */
  asked(request: VerifiedRequest, agent: PairedAgent, taskId: number | undefined): Session {
    const session: Session = {
      id: request.id,
      kind: request.kind,
      agent,
      side: 'callee',
      request: request.bytes,
      expiresAt: request.expiresAt,
      video: request.video,
      startedAt: Date.now(),
      thread: undefined,
      said: undefined,
      openedAt: undefined,
      path: 'relay',
      state: { kind: 'asked', publicKey: request.publicKey },
    };
    session.thread = this.thread(session, taskId);
    this.sessions.set(keyOf(agent.entry.kid, request.id), session);
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
    this.linger(session, session.state.streams, this.endOf(session, reason));
  }

  /** Ends any without a word: the other side knows, is gone, or never was there. */
  close(session: Session, end: ThreadEnd | undefined): void {
    if (session.state.kind === 'ended') return;
    this.finish(session, end);
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
    if (session !== undefined) {
      const { thread } = session;
      if (thread === undefined || thread.taskId !== undefined) return true;
      thread.taskId = taskId;
      if (session.side === 'callee' && session.said !== undefined) {
        thread.claim();
        thread.answer(session.said);
      }
      this.resend(session);
      thread.refresh();
      return true;
    }
    const ending = this.endings.get(keyOf(kid, id));
    if (ending === undefined) return false;
    const nobody = { onFrames: () => undefined, onAnswer: () => undefined };
    new SessionThread(this.parts.shared, id, taskId, nobody).end(ending);
    this.endings.delete(keyOf(kid, id));
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
    await Promise.all([...this.threads].map((thread) => thread.settled()));
  }

  stop(): void {
    for (const session of this.list()) this.remove(session);
  }

  /** Told by `SessionEars`, which reads what is said in tasks. */
  onThreadAnswer: (session: Session, answer: SignedMessage) => void = () => undefined;

  private open(
    session: Session,
    agreed: Omit<Parameters<typeof openStreams>[1], 'side' | 'peerPublicKey' | 'request'>,
  ): void {
    const { identity, owner } = this.parts;
    const { side, request, agent } = session;
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
      isSlow: () => this.parts.carriers.isSlow(session),
      onConfirm: () => {
        if (!isOpen(session) || session.state.isConfirmed) return;
        session.state.isConfirmed = true;
        owner.onConfirmed(session);
      },
      onSignal: (payload) => {
        moved();
        const frame = this.signalOf(payload);
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
    const end = isLost && session.side === 'caller' ? CANCEL : this.endOf(session, why);
    if (state.kind === 'open') this.linger(session, state.streams, end);
    else this.close(session, end);
    this.parts.owner(session.kind).onOver(session, why);
  }

  /** It stays for a moment, so that the last words are acknowledged. */
  private linger(session: Session, streams: SessionStreams, end: ThreadEnd | undefined): void {
    session.state = { kind: 'leaving', streams };
    this.finish(session, end);
    this.setTimer(session, LEAVE_MS, () => {
      this.remove(session);
    });
  }

  /** What the task is to say: by the callee, or by the caller who only records what was. */
  private endOf(session: Session, reason: string): ThreadEnd | undefined {
    const { side, openedAt, path, thread, id } = session;
    const isRecord = side === 'caller' && thread?.taskId === undefined;
    if (openedAt === undefined || (side === 'caller' && !isRecord)) return undefined;
    const duration_ms = Math.max(0, Date.now() - openedAt);
    return { kind: 'complete', outputs: [{ session_id: id, duration_ms, path, reason }] };
  }

  /** What cannot be understood is passed over: a newer Beeline may say more. */
  private signalOf(payload: object): SignalFrame | undefined {
    try {
      return readSignalFrame(payload);
    } catch {
      return undefined;
    }
  }

  private post(session: Session, said: SignedMessage): void {
    const { actorId: senderId, channel } = this.parts.shared.settings();
    const { actorId: recipientId } = session.agent.entry;
    const { id, kind } = session;
    const about = { id, kind, channel, senderId, recipientId };
    const thread = this.thread(session, undefined);
    session.thread = thread;
    const startedAt = new Date(session.startedAt).toISOString();
    thread.create(() => {
      const isOver = session.state.kind === 'ended' || session.state.kind === 'leaving';
      if (!isOver) return sessionTask(about, said);
      // Arranged over the link while the service was away: it is only recorded.
      return session.openedAt === undefined ? undefined : sessionAudit(about, startedAt);
    });
  }

  private thread(session: Session, taskId: number | undefined): SessionThread {
    const thread = new SessionThread(this.parts.shared, session.id, taskId, {
      onFrames: (frames) => {
        for (const frame of frames) this.take(session, frame);
      },
      onAnswer: (answer) => {
        this.onThreadAnswer(session, answer);
      },
    });
    this.threads.add(thread);
    return thread;
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

  private finish(session: Session, end: ThreadEnd | undefined): void {
    const { thread } = session;
    if (thread === undefined) return;
    if (end === undefined) thread.rest();
    else thread.end(end);
    void thread.settled().then(() => this.threads.delete(thread));
    if (end === undefined) return;
    if (thread.taskId !== undefined || session.side === 'caller') return;
    this.endings.set(keyOf(kidOf(session), session.id), end);
    for (const oldest of this.endings.keys()) {
      if (this.endings.size <= MAX_ENDINGS) break;
      this.endings.delete(oldest);
    }
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

function keyOf(kid: string, id: string): string {
  return `${kid}/${id}`;
}

function bytesOf({ signed }: SignedMessage): Buffer {
  return Buffer.from(signed, 'base64url');
}

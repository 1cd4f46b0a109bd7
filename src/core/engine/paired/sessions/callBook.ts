import { Bounded } from '../../../bounded';
import type { Calling } from '../../../calling';
import type { Call, CallEnd, CallMedia, RemoteMedia } from '../../../callEvents';
import { errors, type BeelineError } from '../../../errors';
import type { EngineEvent } from '../../../events';
import type { SessionDecision } from '../../../identity/sessionMessages';
import type { SessionEnd, SignalFrame } from '../../../wire/signalFrames';
import type { Roster } from '../roster';
import {
  endedState,
  isRingingIn,
  RING_MS,
  ringingCall,
  shownCall,
  whyFailed,
  type LiveCall,
} from './liveCall';
import type { PeerSlots } from './peerSlots';
import { isOpen, kidOf, say, type Session, type SessionOver, type SessionOwner } from './session';
import type { SessionDesk } from './sessionDesk';

/** Milliseconds in which two peers that are both there connect. */
const CONNECT_MS = 30_000;
/** Milliseconds in which a page here takes a call that was accepted; people have to click. */
const PAGE_MS = 180_000;
/** Milliseconds in which a call that was connected finds another way. */
const RECONNECT_MS = 60_000;
/** Calls that may ring at once, each of another agent: whoever rings keeps nobody else out. */
const MAX_RINGING = 4;
/** Ids of calls that are over, so that a late answer is told so. */
const MAX_OVER = 64;

export interface CallBookParts {
  readonly desk: SessionDesk;
  readonly roster: Roster;
  readonly peers: () => PeerSlots;
  readonly takesCalls: () => boolean;
  readonly emit: (event: EngineEvent) => void;
}

/** The calls of this home: one at a time, and those that ring. */
export class CallBook implements SessionOwner, Pick<Calling, 'call' | 'answerCall' | 'hangUp'> {
  private readonly calls = new Map<string, LiveCall>();
  private readonly over = new Bounded<string, true>(MAX_OVER);

  constructor(private readonly parts: CallBookParts) {}

  list(): Call[] {
    return [...this.calls.values()].map((call) => {
      const { id: callId } = call.session;
      return shownCall(call, this.parts.peers().has({ kind: 'call', callId }));
    });
  }

  sessionOf(callId: string): Session | undefined {
    return this.calls.get(callId)?.session;
  }

  call({ callId, kid, media }: Parameters<Calling['call']>[0]): Promise<void> {
    const agent = this.parts.roster.get(kid);
    if (agent.entry.blocked) throw errors.agentBlocked(agent.entry.name);
    if (this.calls.has(callId) || this.over.has(callId)) return Promise.resolve();
    const theirs = [...this.calls.values()].find(
      (call) => kidOf(call.session) === kid && isRingingIn(call),
    );
    if (theirs !== undefined) {
      theirs.replaces = callId;
      this.accept(theirs, media);
      return Promise.resolve();
    }
    const other = this.busyWith();
    if (other !== undefined) throw errors.callBusy(other.agent.entry.name);
    const session = this.parts.desk.ask('call', agent, { id: callId, video: media.video });
    this.add(session, 'out', media);
    return Promise.resolve();
  }

  answerCall({ callId, decision }: Parameters<Calling['answerCall']>[0]): Promise<void> {
    const call = this.calls.get(callId);
    if (call === undefined) throw errors.callUnknown();
    if (!isRingingIn(call)) throw errors.callAnswered();
    if (decision.kind === 'accept') {
      const other = this.busyWith();
      if (other !== undefined) throw errors.callBusy(other.agent.entry.name);
      this.accept(call, decision.media);
      return Promise.resolve();
    }
    this.parts.desk.refuse(call.session, 'declined');
    this.end(call, 'refused');
    return Promise.resolve();
  }

  hangUp({ callId }: { readonly callId: string }): Promise<void> {
    const call = this.calls.get(callId);
    if (call === undefined) return Promise.resolve();
    if (isRingingIn(call)) {
      this.parts.desk.refuse(call.session, 'declined');
      this.end(call, 'refused');
    } else if (call.state.kind === 'ringing') {
      this.parts.desk.cancel(call.session);
      this.end(call, 'cancelled');
    } else this.leave(call, 'hungUp', 'hungUp');
    return Promise.resolve();
  }

  tellMedia(callId: string, media: RemoteMedia): void {
    const call = this.calls.get(callId);
    if (call === undefined) return;
    const { audio, video, screen } = media;
    call.shown = { audio, video, screen };
    say(call.session, { t: 'media', audio, video, screen });
  }

  /** Ours gave way to theirs, asked at the same moment: both wanted it. */
  yielded(ours: Session, theirs: Session): void {
    const before = this.calls.get(ours.id);
    if (before === undefined) return;
    const { media } = before;
    this.end(before, 'cancelled');
    // Named like one of another agent, which is not to be disturbed.
    if (this.calls.has(theirs.id)) {
      this.parts.desk.drop(theirs);
      return;
    }
    const call = this.add(theirs, 'in', media, ours.id);
    this.accept(call, media);
  }

  onAsked(session: Session): void {
    const { desk, takesCalls } = this.parts;
    if (this.calls.has(session.id)) desk.drop(session);
    else if (this.busyWith() !== undefined || !this.mayRing(session)) desk.refuse(session, 'busy');
    else if (!takesCalls()) desk.refuse(session, 'unavailable');
    else this.add(session, 'in', { video: session.video });
  }

  onRefused(session: Session, decision: Exclude<SessionDecision, 'accepted'>): void {
    const call = this.calls.get(session.id);
    if (call?.session !== session) return;
    this.end(call, decision === 'cancelled' ? 'missed' : decision);
  }

  onOpen(session: Session): void {
    const call = this.calls.get(session.id);
    if (call?.session !== session) return;
    call.answeredAt = Date.now();
    call.state = { kind: 'connecting' };
    this.setTimer(call, PAGE_MS, () => {
      this.fail(call);
    });
    this.tell();
  }

  onConfirmed(session: Session): void {
    const call = this.calls.get(session.id);
    if (call?.shown !== undefined) say(session, { t: 'media', ...call.shown });
    this.parts.peers().onConfirmed(session);
  }

  onSignal(session: Session, frame: SignalFrame): void {
    const call = this.calls.get(session.id);
    if (call?.session !== session) return;
    if (frame.t === 'media') {
      const { audio, video, screen } = frame;
      call.remote = { audio, video, screen };
      this.tell();
    } else this.parts.peers().onSignal(session, frame);
  }

  onChat(): void {
    // A call has no messages: chats have sessions of their own.
  }

  onOver(session: Session, why: SessionOver): void {
    const call = this.calls.get(session.id);
    if (call?.session !== session) return;
    // Whoever closes Beeline, or blocks us, ends the call as much as whoever hangs up.
    if (why === 'hungUp' || why === 'stopped') this.end(call, 'hungUpByPeer');
    else this.end(call, 'failed', whyFailed(call));
  }

  /** What the peer that holds a call says of its connection, or that there is none now. */
  peerChanged(callId: string): void {
    const call = this.calls.get(callId);
    if (call === undefined || !isOpen(call.session)) return;
    const peer = this.parts.peers().stateOf({ kind: 'call', callId });
    if (peer?.kind === 'failed') call.hasFailed = true;
    if (peer?.kind === 'connected') {
      call.hasFailed = false;
      call.state = { kind: 'connected', path: peer.path };
      call.session.path = peer.path === 'direct' ? 'direct' : 'relay';
      this.setTimer(call, undefined);
    } else if (call.state.kind === 'connected') {
      call.state = { kind: 'reconnecting', since: new Date().toISOString() };
      this.setTimer(call, RECONNECT_MS, () => {
        this.fail(call);
      });
    } else if (call.state.kind === 'connecting') this.connecting(call);
    this.tell();
  }

  /**
   * The agent is gone from the book, or blocked; or the engine stops, which is not to hang up: the
   * call may be in another window of this home.
   */
  drop(session: Session, reason: SessionEnd, why: 'unwanted' | 'closing'): void {
    const call = this.calls.get(session.id);
    if (call?.session !== session) return;
    if (isOpen(session) && why === 'closing') {
      this.leave(call, reason, 'failed', errors.callHolderGone(call.agent.entry.name));
    } else if (isOpen(session)) this.leave(call, reason, 'hungUp');
    else if (session.side === 'caller') {
      this.parts.desk.cancel(session);
      this.end(call, 'cancelled');
    } else {
      this.parts.desk.refuse(session, 'unavailable');
      this.end(call, 'missed');
    }
  }

  private accept(call: LiveCall, media: CallMedia): void {
    call.media = media;
    for (const other of [...this.calls.values()]) {
      if (other === call || !isRingingIn(other)) continue;
      this.parts.desk.refuse(other.session, 'busy');
      this.end(other, 'missed');
    }
    this.parts.desk.accept(call.session);
  }

  private add(
    session: Session,
    direction: 'out' | 'in',
    media: CallMedia,
    replaces?: string,
  ): LiveCall {
    const call = ringingCall(session, { direction, media, replaces });
    this.calls.set(session.id, call);
    this.setTimer(call, RING_MS, () => {
      this.rangOut(call);
    });
    this.tell();
    return call;
  }

  private rangOut(call: LiveCall): void {
    if (call.direction === 'out') {
      this.parts.desk.cancel(call.session);
      this.end(call, 'unanswered');
    } else {
      this.parts.desk.drop(call.session);
      this.end(call, 'missed');
    }
  }

  private connecting(call: LiveCall): void {
    const isConnecting = this.parts.peers().isPaired(call.session);
    // Peers that come again after ICE failed have no more time than the first ones had.
    if (isConnecting === call.isConnecting || call.hasFailed) return;
    call.isConnecting = isConnecting;
    this.setTimer(call, isConnecting ? CONNECT_MS : PAGE_MS, () => {
      this.fail(call);
    });
  }

  private fail(call: LiveCall): void {
    const error = whyFailed(call);
    this.leave(call, 'failed', 'failed', error);
  }

  private leave(call: LiveCall, said: SessionEnd, reason: CallEnd, error?: BeelineError): void {
    this.parts.desk.leave(call.session, said);
    this.end(call, reason, error);
  }

  /** Told once more, then forgotten. */
  private end(call: LiveCall, reason: CallEnd, error?: BeelineError): void {
    const { session } = call;
    this.setTimer(call, undefined);
    call.state = endedState(call, reason, error);
    this.parts.peers().onGone(session);
    this.tell();
    this.calls.delete(session.id);
    this.over.set(session.id, true);
  }

  private busyWith(): LiveCall | undefined {
    return [...this.calls.values()].find((call) => !isRingingIn(call));
  }

  private mayRing(session: Session): boolean {
    const ringing = [...this.calls.values()].filter(isRingingIn);
    const isAgain = ringing.some((call) => kidOf(call.session) === kidOf(session));
    return !isAgain && ringing.length < MAX_RINGING;
  }

  private tell(): void {
    this.parts.emit({ type: 'calls', calls: this.list() });
  }

  private setTimer(
    call: LiveCall,
    ms: number | undefined,
    act: () => void = () => undefined,
  ): void {
    clearTimeout(call.timer);
    call.timer = ms === undefined ? undefined : setTimeout(act, ms).unref();
  }
}

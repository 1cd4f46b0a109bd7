import type { ChatPath } from '../../../chatEvents';
import type { ChatLane, ChatLaneHooks } from '../../../session/chatLane';
import { readChatFrame } from '../../../wire/chatFrames';
import type { SessionEnd } from '../../../wire/signalFrames';
import { takesSessions } from '../linkKeeper';
import type { PairedAgent, Roster } from '../roster';
import type { FrameCarriers } from './frameCarriers';
import { isOpen, kidOf, type Session, type SessionOver, type SessionOwner } from './session';
import type { SessionDesk } from './sessionDesk';

/** Milliseconds of silence after which a chat that nobody has open ends. */
const SILENCE_MS = 10 * 60 * 1000;
/** Milliseconds between looks for such, and for chats that are wanted and have not begun. */
const TICK_MS = 5000;
/** Milliseconds in which a request over the link is answered, or made anew. */
const ANSWER_MS = 20_000;
/** Milliseconds without any way after which a chat begins anew, where there is one. */
const WAYLESS_MS = 10_000;
/** Milliseconds of no answer in the session's task; the other side may have lost the session. */
const UNHEARD_MS = 45_000;
/** Milliseconds of the same after which the task is not shown as a way any more. */
const QUIET_MS = 10_000;

export interface ChatSessionsParts {
  readonly desk: SessionDesk;
  readonly carriers: FrameCarriers;
  readonly roster: Roster;
  readonly hooks: ChatLaneHooks;
  /** Some shell of this home takes chats. */
  readonly takesChats: () => boolean;
  /** A conversation is in front of somebody here, or a peer connection is attached to it. */
  readonly isInFront: (kid: string) => boolean;
  readonly isServiceThere: () => boolean;
  /** Whether this agent may be asked just now. */
  readonly mayBeAsked: (kid: string) => boolean;
  /** The peer connections hear what concerns them. */
  readonly peers: Pick<SessionOwner, 'onConfirmed' | 'onSignal'> & {
    onGone(session: Session): void;
  };
}

interface Lane extends ChatLane {
  path: ChatPath;
  readonly session: Session;
}

/** At most one chat session with each agent, made and kept up while somebody wants it. */
export class ChatSessions implements SessionOwner {
  private readonly wanted = new Set<string>();
  private readonly lanes = new Map<Session, Lane>();
  /** Agents that asked while nobody here took chats, or while we were away. */
  private readonly knocked = new Set<string>();
  private tookChats = false;
  private readonly waylessSince = new Map<Session, number>();
  private readonly ticking: NodeJS.Timeout;

  constructor(private readonly parts: ChatSessionsParts) {
    this.ticking = setInterval(() => {
      this.tick();
    }, TICK_MS).unref();
  }

  want(kid: string, wanted: boolean): void {
    if (wanted) this.wanted.add(kid);
    else this.wanted.delete(kid);
    this.review(kid);
  }

  isWanted(kid: string): boolean {
    return this.wanted.has(kid) || this.parts.isInFront(kid);
  }

  /** Begins, or lets go, what should be or not be there by now. */
  review(kid: string): void {
    const { carriers, roster, isServiceThere, hooks } = this.parts;
    const current = this.current(kid);
    const agent = roster.find(kid);
    if (agent === undefined || agent.entry.blocked) return;
    if (!this.isWanted(kid)) {
      if (current?.state.kind === 'asking') this.forget(current);
      hooks.onRefused(kid, undefined);
      return;
    }
    const talk = carriers.talk(kid);
    // A link that comes or goes has no talk for a moment, too: only its hello tells.
    const link = roster.linkTo(kid);
    if (link !== undefined && !takesSessions(link)) {
      hooks.onRefused(kid, 'unsupported');
      return;
    }
    if (current !== undefined) {
      if (current.state.kind !== 'asking') return;
      // What stands in a task alone is asked anew over a link that takes it.
      const isOld = Date.now() - current.startedAt > ANSWER_MS;
      const isStale = isOld || current.state.isRefused;
      if (!isStale || talk?.available?.chats !== true) return;
      this.forget(current);
    }
    if (talk?.available?.chats === false) hooks.onRefused(kid, 'unavailable');
    else if (talk === undefined ? isServiceThere() : talk.available !== undefined) {
      this.ask(agent);
    }
  }

  reviewAll(): void {
    for (const { entry } of this.parts.roster.peers()) this.review(entry.kid);
  }

  /** Somebody who asked when it could not be answered: is asked back, so that messages travel. */
  knock(kid: string): void {
    const agent = this.parts.roster.find(kid);
    if (agent === undefined || agent.entry.blocked || this.current(kid) !== undefined) return;
    if (this.parts.takesChats() || this.isWanted(kid)) this.ask(agent);
    else this.knocked.add(kid);
  }

  /** Somebody here takes chats now: those that asked before are asked back. Or nobody any more. */
  attended(): void {
    const tookChats = this.tookChats;
    this.tookChats = this.parts.takesChats();
    if (!this.tookChats) {
      if (tookChats) this.leaveUnattended();
      return;
    }
    for (const kid of this.knocked) {
      this.knocked.delete(kid);
      // Over a link it is said that we are there, and they ask again.
      if (this.parts.carriers.talk(kid) === undefined) this.knock(kid);
    }
  }

  /** The others keep their messages until somebody is here again. */
  private leaveUnattended(): void {
    for (const { kid, session } of [...this.lanes.values()]) {
      if (!this.isWanted(kid)) this.leave(session, 'idle');
    }
  }

  /** The way of a lane may be another one. */
  moved(kid: string): void {
    for (const lane of this.lanes.values()) if (lane.kid === kid) this.look(lane);
  }

  movedAll(): void {
    for (const lane of this.lanes.values()) this.look(lane);
  }

  current(kid: string): Session | undefined {
    return this.parts.desk
      .of(kid)
      .find(
        ({ kind, state }) => kind === 'chat' && (state.kind === 'asking' || state.kind === 'open'),
      );
  }

  onAsked(session: Session): void {
    const { desk, takesChats } = this.parts;
    const kid = kidOf(session);
    if (!takesChats() && !this.isWanted(kid)) {
      this.knocked.add(kid);
      desk.refuse(session, 'unavailable');
      return;
    }
    const before = this.current(kid);
    // The other side made a new one: it has lost this one, or would end it.
    if (before !== undefined) this.leave(before, 'replaced');
    desk.accept(session);
  }

  onRefused(session: Session, decision: string): void {
    if (decision !== 'cancelled') this.parts.hooks.onRefused(kidOf(session), 'unavailable');
  }

  onOpen(): void {
    // A lane begins once the other side has proven to be there.
  }

  onConfirmed(session: Session): void {
    const { carriers, hooks } = this.parts;
    this.knocked.delete(kidOf(session));
    const lane: Lane = {
      kid: kidOf(session),
      path: carriers.pathOf(session),
      session,
      send: (frame) => {
        if (isOpen(session)) session.state.streams.chat.send(frame);
      },
    };
    this.lanes.set(session, lane);
    hooks.onLane(lane);
    this.parts.peers.onConfirmed(session);
  }

  onSignal: SessionOwner['onSignal'] = (session, frame) => {
    this.parts.peers.onSignal(session, frame);
  };

  onChat(session: Session, payload: unknown): void {
    const lane = this.lanes.get(session);
    const frame = readChatFrame(payload);
    if (lane !== undefined && frame !== undefined) this.parts.hooks.onFrame(lane, frame);
  }

  onOver(session: Session, why: SessionOver): void {
    this.gone(session);
    // What waits goes on with another; one that stops comes back and says so.
    if (why !== 'stopped') this.review(kidOf(session));
  }

  /** The agent is gone from the book, or blocked; or the engine stops. */
  leave(session: Session, reason: SessionEnd): void {
    const { desk } = this.parts;
    if (session.state.kind === 'asking') this.forget(session);
    if (!isOpen(session)) return;
    desk.leave(session, reason);
    this.gone(session);
  }

  forgetAgent(kid: string): void {
    this.wanted.delete(kid);
    this.knocked.delete(kid);
  }

  stop(): void {
    clearInterval(this.ticking);
  }

  /** Not faster than it would be heard; the next look asks again. */
  private ask(agent: PairedAgent): void {
    if (this.parts.mayBeAsked(agent.entry.kid)) this.parts.desk.ask('chat', agent);
  }

  private forget(session: Session): void {
    this.parts.desk.cancel(session);
  }

  private gone(session: Session): void {
    const lane = this.lanes.get(session);
    this.lanes.delete(session);
    this.waylessSince.delete(session);
    this.parts.peers.onGone(session);
    if (lane !== undefined) this.parts.hooks.onLaneGone(lane);
  }

  private look(lane: Lane): void {
    const path = this.shownPath(lane.session);
    if (JSON.stringify(path) === JSON.stringify(lane.path)) return;
    lane.path = path;
    this.parts.hooks.onPath(lane);
  }

  private tick(): void {
    const now = performance.now();
    for (const lane of [...this.lanes.values()]) {
      const { session, kid } = lane;
      if (isOpen(session)) {
        const isIdle = now - session.state.movedAt > SILENCE_MS && !this.isWanted(kid);
        if (isIdle) this.leave(session, 'idle');
        else if (this.isHeard(session)) this.waylessSince.delete(session);
        else this.wayless(session, now);
      }
      if (this.lanes.has(session)) this.look(lane);
    }
    this.reviewAll();
  }

  /** A task keeps messages for somebody who is away as well, so one that nobody answers is no way. */
  private shownPath(session: Session): ChatPath {
    const path = this.parts.carriers.pathOf(session);
    const since = this.waylessSince.get(session);
    const isQuiet = since !== undefined && performance.now() - since > QUIET_MS;
    const isService = path.kind === 'relayed' && path.over === 'service';
    return isService && isQuiet ? { kind: 'offline' } : path;
  }

  /** A link tells when the other side lost the session; a task does not. */
  private isHeard(session: Session): boolean {
    const path = this.parts.carriers.pathOf(session);
    if (path.kind !== 'relayed' || path.over !== 'service') return path.kind !== 'offline';
    return !isOpen(session) || !session.state.streams.chat.isWaiting;
  }

  /** Its only way was a link, which is gone: where the service is there, a task carries another. */
  private wayless(session: Session, now: number): void {
    const since = this.waylessSince.get(session) ?? now;
    this.waylessSince.set(session, since);
    const kid = kidOf(session);
    const isOffline = this.parts.carriers.pathOf(session).kind === 'offline';
    const patience = isOffline ? WAYLESS_MS : UNHEARD_MS;
    if (now - since < patience || !this.isWanted(kid) || !this.parts.isServiceThere()) return;
    this.leave(session, 'failed');
    this.review(kid);
  }
}

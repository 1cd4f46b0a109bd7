import type { TaskEvent } from '../../../ats/types';
import type { Calling, Peering, PeerStart } from '../../../calling';
import type { Call } from '../../../callEvents';
import type { Conversations } from '../../../conversations';
import { errors } from '../../../errors';
import { iceServersOf } from '../../../iceServers';
import type { Identity } from '../../../identity/identity';
import type { ChatLaneHooks, ChatSessions as ChatSessionsPort } from '../../../session/chatLane';
import type { Link } from '../../../swarm/links';
import type { EngineShared } from '../../engineShared';
import type { Roster } from '../roster';
import { Attendance } from './attendance';
import { CallBook } from './callBook';
import { ChatSessions } from './chatSessions';
import { Allowances } from './allowances';
import { SessionLinks } from './sessionLinks';
import { FrameCarriers } from './frameCarriers';
import { PeerSlots, type PeerPlace } from './peerSlots';
import type { SeenRequests } from './seenRequests';
import { isOpen, kidOf, type Session } from './session';
import { SessionDesk } from './sessionDesk';
import { SessionEars } from './sessionEars';
import { SessionTasks } from './sessionTasks';

/** Milliseconds for the last words of sessions to go out when the engine stops. */
const STOP_MS = 1000;
const STOP_POLL_MS = 20;

export interface SessionsParts {
  readonly shared: EngineShared;
  readonly identity: Identity;
  readonly roster: Roster;
  readonly seen: SeenRequests;
  readonly chat: ChatLaneHooks;
}

/** All chats and calls of the engine: who is asked, by which way it travels, and who holds peers. */
export class Sessions implements Calling, Peering, ChatSessionsPort, Pick<Conversations, 'attend'> {
  private readonly desk: SessionDesk;
  private readonly ears: SessionEars;
  private readonly carriers: FrameCarriers;
  private readonly peers: PeerSlots;
  private readonly chats: ChatSessions;
  private readonly book: CallBook;
  private readonly tasks: SessionTasks;
  private readonly attendance: Attendance;
  private readonly allowances = new Allowances();
  private readonly links: SessionLinks;
  private isStopping = false;

  constructor(private readonly parts: SessionsParts) {
    const { shared, identity, roster, seen, chat } = parts;
    const isServiceThere = (): boolean => shared.connection().state.kind === 'online';
    this.attendance = new Attendance((kids) => {
      this.attended(kids);
    });
    this.carriers = new FrameCarriers(() => this.peers, isServiceThere);
    this.peers = new PeerSlots({
      emit: shared.emit,
      iceServers: () => iceServersOf(shared.settings()),
      sessionOf: (place) => this.openAt(place),
      allowance: (kid) => this.allowances.of(kid),
      changed: (place, session) => {
        this.peerChanged(place, session);
      },
    });
    this.desk = new SessionDesk({
      shared,
      identity,
      carriers: this.carriers,
      owner: (kind) => (kind === 'chat' ? this.chats : this.book),
      onThreadAnswer: (session, answer) => {
        this.ears.answerInTask(session, answer);
      },
    });
    this.chats = new ChatSessions({
      desk: this.desk,
      carriers: this.carriers,
      roster,
      hooks: chat,
      takesChats: () => this.attendance.chats,
      isInFront: (kid) => this.attendance.isOpen(kid) || this.peers.has({ kind: 'chat', kid }),
      isServiceThere,
      mayBeAsked: (kid) => this.allowances.of(kid).mayBeAsked(),
      peers: this.peers,
    });
    this.book = new CallBook({
      desk: this.desk,
      roster,
      peers: () => this.peers,
      takesCalls: () => this.attendance.calls,
      emit: shared.emit,
    });
    this.ears = new SessionEars({
      identity,
      roster,
      desk: this.desk,
      seen,
      mayAsk: (kid, kind) => this.allowances.of(kid).mayAsk(kind),
      onAsked: (session) => {
        this.ownerOf(session).onAsked(session);
      },
      onYielded: (ours, theirs) => {
        this.yielded(ours, theirs);
      },
      onKnock: (kid) => {
        this.chats.knock(kid);
      },
      log: shared.log,
    });
    this.links = new SessionLinks({
      desk: this.desk,
      ears: this.ears,
      carriers: this.carriers,
      chats: this.chats,
      peers: this.peers,
      attendance: this.attendance,
      allowances: this.allowances,
      isStopping: () => this.isStopping,
      log: shared.log,
    });
    this.tasks = new SessionTasks({
      shared,
      identity,
      desk: this.desk,
      ears: this.ears,
      carriers: this.carriers,
    });
  }

  /** Before any link is up. */
  start(): Promise<void> {
    return this.desk.start();
  }

  listCalls(): Call[] {
    return this.book.list();
  }

  want(kid: string, wanted: boolean): void {
    if (!this.isStopping) this.chats.want(kid, wanted);
  }

  attend(attending: Parameters<Conversations['attend']>[0]): Promise<void> {
    this.attendance.say(attending);
    return Promise.resolve();
  }

  call(request: Parameters<Calling['call']>[0]): Promise<void> {
    return settled(() => this.book.call(request));
  }

  answerCall(request: Parameters<Calling['answerCall']>[0]): Promise<void> {
    return settled(() => this.book.answerCall(request));
  }

  hangUp(request: { readonly callId: string }): Promise<void> {
    return settled(() => this.book.hangUp(request));
  }

  tellMedia({ callId, media }: Parameters<Calling['tellMedia']>[0]): Promise<void> {
    return settled(() => {
      this.book.tellMedia(callId, media);
    });
  }

  attachPeer({ peerId, to, takeOver }: Parameters<Peering['attachPeer']>[0]): Promise<PeerStart> {
    return settled(() => {
      const start = this.peers.attach(peerId, to, this.isPolite(to), takeOver === true);
      if (to.kind === 'chat') this.chats.review(to.kid);
      return start;
    });
  }

  peerSignal({ peerId, to, signal }: Parameters<Peering['peerSignal']>[0]): Promise<void> {
    return settled(() => {
      this.peers.signal(peerId, to, signal);
    });
  }

  peerFrame({ peerId, frame }: Parameters<Peering['peerFrame']>[0]): Promise<void> {
    return settled(() => {
      const session = this.peers.sessionOfPeer(peerId);
      if (session === undefined || !this.allowances.of(kidOf(session)).mayFrame()) return;
      this.desk.take(session, Buffer.from(frame, 'base64'));
    });
  }

  peerState({ peerId, state }: Parameters<Peering['peerState']>[0]): Promise<void> {
    return settled(() => {
      this.peers.state(peerId, state);
    });
  }

  detachPeer({ peerId }: { readonly peerId: string }): Promise<void> {
    return settled(() => {
      this.peers.detach(peerId);
    });
  }

  onOnline(link: Link): void {
    this.links.onOnline(link);
  }

  onOffline(link: Link): void {
    this.links.onOffline(link);
  }

  onPath(link: Link): void {
    this.links.onPath(link);
  }

  /** The network changed, or the machine slept. */
  onAwoke(): void {
    this.peers.restart();
  }

  /** True when the event was about a session, which nobody else has to see. */
  tell(event: TaskEvent): boolean {
    return this.tasks.tell(event);
  }

  /** The service is there (again): what was said meanwhile is read, and who is away is asked. */
  serviceBack(): void {
    this.desk.serviceBack();
    this.tasks.refresh();
    this.chats.movedAll();
    this.chats.reviewAll();
  }

  forgetTasks(): void {
    this.tasks.forget();
  }

  /** The agent is blocked, or about to leave the book. Its link is still there for the last words. */
  async dropAll(kid: string): Promise<void> {
    this.chats.forgetAgent(kid);
    for (const session of this.desk.of(kid)) this.drop(session, 'stopped');
    this.peers.close({ kind: 'chat', kid });
    this.allowances.forget(kid);
    await this.spoken(kid);
  }

  /** Ends everything, and says so while the links are still there. */
  async stop(): Promise<void> {
    if (this.isStopping) return;
    this.isStopping = true;
    this.chats.stop();
    for (const session of this.desk.list()) this.drop(session, 'stopped');
    await this.spoken();
    const late = new Promise((resolve) => setTimeout(resolve, STOP_MS).unref());
    await Promise.race([this.desk.settled(), late]);
    this.peers.stop();
    this.tasks.stop();
    await this.desk.stop();
    await this.parts.seen.close();
  }

  /** Resolves when the last words over links were heard, or after a while. */
  private async spoken(kid?: string): Promise<void> {
    const deadline = performance.now() + STOP_MS;
    while (this.desk.isSpeaking(kid) && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, STOP_POLL_MS));
    }
  }

  private attended(kids: readonly string[]): void {
    this.links.attended();
    this.chats.attended();
    for (const kid of kids) this.chats.review(kid);
  }

  private yielded(ours: Session, theirs: Session): void {
    this.desk.drop(ours);
    if (theirs.kind === 'call') this.book.yielded(ours, theirs);
    else this.chats.onAsked(theirs);
  }

  private drop(session: Session, reason: 'stopped'): void {
    if (session.kind === 'chat') this.chats.leave(session, reason);
    else this.book.drop(session, reason, this.isStopping ? 'closing' : 'unwanted');
  }

  private peerChanged(place: PeerPlace, session: Session | undefined): void {
    if (place.kind === 'call') this.book.peerChanged(place.callId);
    else {
      // What went into a channel that broke goes out again, by the way that is there now.
      if (session !== undefined) this.desk.resend(session);
      this.chats.moved(place.kid);
      this.chats.review(place.kid);
    }
  }

  private openAt(place: PeerPlace): Session | undefined {
    const session =
      place.kind === 'chat' ? this.chats.current(place.kid) : this.book.sessionOf(place.callId);
    return session !== undefined && isOpen(session) && session.state.isConfirmed
      ? session
      : undefined;
  }

  /** A chat has many sessions, so there the keys decide, the same on both sides for ever. */
  private isPolite(to: PeerPlace): boolean {
    if (to.kind === 'chat') {
      const agent = this.parts.roster.get(to.kid);
      if (agent.entry.blocked) throw errors.agentBlocked(agent.entry.name);
      return this.parts.identity.kid > to.kid;
    }
    const session = this.book.sessionOf(to.callId);
    if (session === undefined) throw errors.callUnknown();
    return session.side === 'callee';
  }

  private ownerOf(session: Session): ChatSessions | CallBook {
    return session.kind === 'chat' ? this.chats : this.book;
  }
}

/** What throws at once rejects. */
async function settled<T>(act: () => T | Promise<T>): Promise<T> {
  return act();
}

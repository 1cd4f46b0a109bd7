import type { Call } from '../../callEvents';
import { ChatBook } from '../../chat/chatBook';
import type { Chat } from '../../chatEvents';
import type { Identity } from '../../identity/identity';
import type { Link } from '../../swarm/links';
import { converse, type Conversing, type ConversingCall } from '../conversing';
import type { ConversingParams, ConversingResult } from '../conversing';
import type { EngineShared } from '../engineShared';
import { refOf, type Roster } from './roster';
import type { SeenRequests } from './sessions/seenRequests';
import { Sessions } from './sessions/sessions';

export interface PairedConversingParts {
  readonly shared: EngineShared;
  readonly identity: Identity;
  readonly roster: Roster;
  readonly seen: SeenRequests;
}

/** What is said between paired agents: the messages, and the sessions that they travel in. */
export class PairedConversing {
  readonly sessions: Sessions;
  private readonly book: ChatBook;
  private readonly all: Conversing;

  constructor({ shared, identity, roster, seen }: PairedConversingParts) {
    const chat = {
      onLane: (lane) => {
        this.book.onLane(lane);
      },
      onLaneGone: (lane) => {
        this.book.onLaneGone(lane);
      },
      onPath: (lane) => {
        this.book.onPath(lane);
      },
      onFrame: (lane, frame) => {
        this.book.onFrame(lane, frame);
      },
      onRefused: (kid, reason) => {
        this.book.onRefused(kid, reason);
      },
    } satisfies ConstructorParameters<typeof Sessions>[0]['chat'];
    this.sessions = new Sessions({ shared, identity, roster, seen, chat });
    this.book = new ChatBook({
      home: shared.home,
      sessions: this.sessions,
      agent: (kid) => refOf(roster.get(kid).entry),
      agents: () => roster.list().map(({ kid }) => kid),
      isBlocked: (kid) => roster.find(kid)?.entry.blocked === true,
      isOnline: (kid) => roster.linkTo(kid) !== undefined,
      emit: shared.emit,
      log: shared.log,
      keepMessages: () => shared.settings().keepMessages !== false,
    });
    const { book, sessions } = this;
    this.all = {
      sendMessage: (request) => book.sendMessage(request),
      typing: (request) => book.typing(request),
      markRead: (request) => book.markRead(request),
      messages: (request) => book.messages(request),
      searchMessages: (request) => book.searchMessages(request),
      clearMessages: (request) => book.clearMessages(request),
      attend: (request) => sessions.attend(request),
      call: (request) => sessions.call(request),
      answerCall: (request) => sessions.answerCall(request),
      hangUp: (request) => sessions.hangUp(request),
      tellMedia: (request) => sessions.tellMedia(request),
      attachPeer: (request) => sessions.attachPeer(request),
      peerSignal: (request) => sessions.peerSignal(request),
      peerFrame: (request) => sessions.peerFrame(request),
      peerState: (request) => sessions.peerState(request),
      detachPeer: (request) => sessions.detachPeer(request),
    };
  }

  chats(): readonly Chat[] {
    return this.book.chats();
  }

  calls(): readonly Call[] {
    return this.sessions.listCalls();
  }

  converse<M extends ConversingCall>(
    call: M,
    params: ConversingParams<M>,
  ): Promise<ConversingResult<M>> {
    return converse(this.all, call, params);
  }

  /** Goes on with messages that wait. */
  async start(): Promise<void> {
    await this.sessions.start();
    await this.book.start();
  }

  onOnline(link: Link): void {
    this.sessions.onOnline(link);
  }

  onOffline(link: Link): void {
    this.sessions.onOffline(link);
  }

  /** The agent is blocked, or about to leave the book: nothing more is said to it. */
  drop(kid: string): Promise<void> {
    return this.sessions.dropAll(kid);
  }

  /** It is gone from the book, and what was said goes with it. @throws HOME_UNUSABLE */
  forget(kid: string): Promise<void> {
    return this.book.forget(kid);
  }

  agentsChanged(): void {
    this.book.agentsChanged();
  }

  settingsChanged(): void {
    this.book.settingsChanged();
  }

  /** While the links are still there. */
  async stop(): Promise<void> {
    await this.sessions.stop();
    await this.book.stop();
  }
}

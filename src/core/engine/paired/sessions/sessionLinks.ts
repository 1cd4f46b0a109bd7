import type { SignedMessage } from '../../../identity/signedMessage';
import type { Link } from '../../../swarm/links';
import { SessionType } from '../../../wire/sessionLink';
import { takesSessions } from '../linkKeeper';
import type { Allowances } from './allowances';
import type { Attendance } from './attendance';
import type { ChatSessions } from './chatSessions';
import type { FrameCarriers } from './frameCarriers';
import type { PeerSlots } from './peerSlots';
import { isOpen } from './session';
import type { SessionDesk } from './sessionDesk';
import type { SessionEars } from './sessionEars';
import { SessionTalk, type Available, type SessionTalkHooks } from './sessionTalk';

export interface SessionLinksParts {
  readonly desk: SessionDesk;
  readonly ears: SessionEars;
  readonly carriers: FrameCarriers;
  readonly chats: ChatSessions;
  readonly peers: PeerSlots;
  readonly attendance: Attendance;
  readonly allowances: Allowances;
  readonly isStopping: () => boolean;
  readonly log: (line: string) => void;
}

/** Links as the sessions see them: a channel on each, what it brings, and what it is told. */
export class SessionLinks implements SessionTalkHooks {
  constructor(private readonly parts: SessionLinksParts) {}

  onOnline(link: Link): void {
    const { desk, carriers, chats, peers, log } = this.parts;
    if (!takesSessions(link)) {
      chats.review(link.kid);
      return;
    }
    const channel = link.open('beeline/session', Buffer.alloc(0));
    const talk = new SessionTalk(link, channel, this, log);
    carriers.came(talk);
    talk.say({ type: SessionType.available, available: this.available() });
    for (const session of desk.of(link.kid)) {
      desk.resend(session);
      // The other side's engine may be another one, which knows nothing of a session: found out now,
      // and not when somebody says something.
      if (isOpen(session) && session.state.isConfirmed) peers.repeat(session);
    }
    chats.moved(link.kid);
    // Addresses may be others than before.
    peers.restart(link.kid);
  }

  onOffline(link: Link): void {
    const { desk, carriers, chats } = this.parts;
    const talk = carriers.talk(link.kid);
    if (talk?.link !== link || !carriers.went(link.kid, talk)) return;
    for (const session of desk.of(link.kid)) desk.resend(session);
    chats.moved(link.kid);
    chats.review(link.kid);
  }

  onPath(link: Link): void {
    this.parts.chats.moved(link.kid);
    this.parts.peers.restart(link.kid);
  }

  /** What shells take has changed. */
  attended(): void {
    const available = this.available();
    for (const talk of this.parts.carriers.all()) {
      talk.say({ type: SessionType.available, available });
    }
  }

  onRequest(talk: SessionTalk, request: SignedMessage): void {
    const { ears, isStopping } = this.parts;
    if (!isStopping() && this.maySpeak(talk)) ears.request(talk.kid, request);
  }

  onAnswer(talk: SessionTalk, answer: SignedMessage): void {
    if (this.maySpeak(talk)) this.parts.ears.answer(talk.kid, answer);
  }

  onFrame(talk: SessionTalk, id: string, frame: Buffer): void {
    const { desk, allowances } = this.parts;
    if (!allowances.of(talk.kid).mayFrame()) return;
    const session = desk.find(talk.kid, id);
    if (session === undefined) talk.say({ type: SessionType.unknown, id });
    else desk.take(session, frame);
  }

  onUnknown(talk: SessionTalk, id: string): void {
    const { desk } = this.parts;
    const session = desk.find(talk.kid, id);
    if (session !== undefined && isOpen(session)) desk.over(session, 'unknown');
  }

  onAvailable(talk: SessionTalk): void {
    const { desk, chats } = this.parts;
    // What it takes is known all the same, and asked for with the next look.
    if (!this.maySpeak(talk)) return;
    for (const session of desk.of(talk.kid)) desk.repeat(session);
    chats.review(talk.kid);
  }

  private maySpeak({ kid }: SessionTalk): boolean {
    return this.parts.allowances.of(kid).maySpeak();
  }

  private available(): Available {
    const { chats, calls } = this.parts.attendance;
    return { chats, calls };
  }
}

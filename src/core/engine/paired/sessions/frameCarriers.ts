import type { ChatPath } from '../../../chatEvents';
import type { SessionUse } from '../../../identity/sessionKeys';
import { SessionType } from '../../../wire/sessionLink';
import { isOpen, kidOf, type Session } from './session';
import type { SessionTalk } from './sessionTalk';

/** The data channel of a session's peer connection, when there is one. */
export interface PeerWay {
  /** How it runs while it is open. */
  wayOf(session: Session): 'direct' | 'relayed' | undefined;
  send(session: Session, frames: readonly Buffer[]): void;
}

/** By which way each sealed frame goes: chat over the data channel, else link, else task. */
export class FrameCarriers {
  private readonly talks = new Map<string, SessionTalk>();

  constructor(
    private readonly peers: () => PeerWay,
    private readonly isServiceThere: () => boolean,
  ) {}

  came(talk: SessionTalk): void {
    this.talks.set(talk.kid, talk);
  }

  /** False when it was replaced by another already. */
  went(kid: string, talk: SessionTalk | undefined): boolean {
    if (talk === undefined || this.talks.get(kid) !== talk) return false;
    return this.talks.delete(kid);
  }

  talk(kid: string): SessionTalk | undefined {
    return this.talks.get(kid);
  }

  all(): SessionTalk[] {
    return [...this.talks.values()];
  }

  carry(session: Session, use: SessionUse, frames: readonly Buffer[]): void {
    if (use === 'chat' && this.peers().wayOf(session) !== undefined) {
      this.peers().send(session, frames);
      return;
    }
    const talk = this.talks.get(kidOf(session));
    this.overLink(session, frames);
    // Until the other side has confirmed, it may have heard of the session by its task alone.
    const isSure = talk !== undefined && (use === 'chat' || isConfirmed(session));
    if (!isSure) session.thread?.post(frames);
  }

  /**
   * For frames that were not acknowledged in time. A data channel or a link that leads nowhere any
   * more looks alive for ten seconds and longer, so they take the next way as well, and late ones
   * every way: whatever arrives twice is dropped.
   */
  carryAgain(session: Session, use: SessionUse, frames: readonly Buffer[], isLate: boolean): void {
    this.carry(session, use, frames);
    const isOverPeer = use === 'chat' && this.peers().wayOf(session) !== undefined;
    if (isOverPeer) this.overLink(session, frames);
    if (!isLate) return;
    session.thread?.post(frames);
    // The other side's may wait there as well, and the socket that would tell of them be dead, too.
    session.thread?.refresh();
  }

  /** Whether every frame is a message of the task. */
  isSlow(session: Session): boolean {
    return (
      this.talks.get(kidOf(session)) === undefined && this.peers().wayOf(session) === undefined
    );
  }

  /** The way that messages take just now. */
  pathOf(session: Session): ChatPath {
    const way = this.peers().wayOf(session);
    if (way === 'direct') return { kind: 'direct', over: 'peer' };
    if (way === 'relayed') return { kind: 'relayed', over: 'turn' };
    const link = this.talks.get(kidOf(session))?.link;
    if (link !== undefined) {
      return { kind: link.path === 'direct' ? 'direct' : 'relayed', over: 'link' };
    }
    const hasTask = session.thread?.taskId !== undefined && this.isServiceThere();
    return hasTask ? { kind: 'relayed', over: 'service' } : { kind: 'offline' };
  }

  private overLink(session: Session, frames: readonly Buffer[]): void {
    const talk = this.talks.get(kidOf(session));
    for (const frame of frames) talk?.say({ type: SessionType.frame, id: session.id, frame });
  }
}

function isConfirmed(session: Session): boolean {
  return isOpen(session) && session.state.isConfirmed;
}

import type { Ephemeral, SessionSide, SessionUse } from '../../../identity/sessionKeys';
import type { SessionDecision, SessionKind } from '../../../identity/sessionMessages';
import type { SignedMessage } from '../../../identity/signedMessage';
import type { SealedStream } from '../../../session/sealedStream';
import type { SessionEnd, SignalFrame } from '../../../wire/signalFrames';
import type { PairedAgent } from '../roster';
import type { SessionThread } from './sessionThread';

/** One chat or call between us and a paired agent, from its request to its end. */
export interface Session {
  /** 32 hex digits. Unique with its agent: others may use the same. */
  readonly id: string;
  readonly kind: SessionKind;
  readonly agent: PairedAgent;
  /** Which of the two we are. */
  readonly side: SessionSide;
  /** The request: its signed bytes, and until when it stands. */
  readonly request: Buffer;
  readonly expiresAt: string;
  /** What the caller begins with. */
  readonly video: boolean;
  readonly startedAt: number;
  /** Its task, when it has one. */
  thread: SessionThread | undefined;
  /** What we signed, to be told again: our request, or our answer. */
  said: SignedMessage | undefined;
  /** Milliseconds since 1970: when both had agreed. */
  openedAt: number | undefined;
  /** How the two are connected, or were last. */
  path: 'direct' | 'relay';
  state: SessionState;
}

export type SessionState =
  /** Ours, until it is answered. */
  | {
      readonly kind: 'asking';
      readonly ephemeral: Ephemeral;
      /** Nobody took it; it stands in its task for whoever comes, and gives way to theirs. */
      readonly isRefused: boolean;
    }
  /** Theirs, until we answer. */
  | { readonly kind: 'asked'; readonly publicKey: Buffer }
  | OpenState
  /** We said the end; the streams stay until that is acknowledged. */
  | { readonly kind: 'leaving'; readonly streams: SessionStreams }
  | { readonly kind: 'ended' };

export interface OpenState {
  readonly kind: 'open';
  readonly streams: SessionStreams;
  /** The other side has proven that it has the keys, so that SDP may be said. */
  isConfirmed: boolean;
  /** Milliseconds of the monotonic clock: the last time that either side said something. */
  movedAt: number;
}

export type SessionStreams = Readonly<Record<SessionUse, SealedStream>>;

/** Whose sessions these are: the chats, or the calls. */
export interface SessionOwner {
  /** Somebody asks. It stays a question until it is answered or over. */
  onAsked(session: Session): void;
  /** Our request was answered with something else than yes, or theirs was taken back. */
  onRefused(session: Session, decision: Exclude<SessionDecision, 'accepted'>): void;
  /** Agreed; nothing is proven yet. */
  onOpen(session: Session): void;
  /** The other side is there, with the right keys. */
  onConfirmed(session: Session): void;
  onSignal(session: Session, frame: SignalFrame): void;
  onChat(session: Session, payload: unknown): void;
  /** Over without our doing. */
  onOver(session: Session, why: SessionOver): void;
}

/** As the other side said it; or it does not know the session any more; or never spoke in it. */
export type SessionOver = SessionEnd | 'unknown' | 'silent';

export function say(session: Session, frame: SignalFrame): void {
  if (isOpen(session)) session.state.streams.signal.send(frame);
}

export function isOpen(session: Session): session is Session & { readonly state: OpenState } {
  return session.state.kind === 'open';
}

export function kidOf(session: Session): string {
  return session.agent.entry.kid;
}

/** The name of a session among all: agents may use the same id. */
export function keyOf(kid: string, id: string): string {
  return `${kid}/${id}`;
}

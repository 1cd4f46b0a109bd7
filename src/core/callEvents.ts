import type { ErrorData } from './errors';
import type { AgentRef } from './events';

/** A call with a paired agent. Always a snapshot; ended ones are told once more, then forgotten. */
export interface Call {
  /** 32 lower-case hex digits: the id of its session. */
  readonly callId: string;
  /** Both called at once: the id under which this side's `call` asked for it. */
  readonly replaces?: string;
  readonly agent: AgentRef;
  readonly direction: 'out' | 'in';
  readonly state: CallState;
  /** What the person here chose, and for an incoming one that rings what the caller begins with. */
  readonly media: CallMedia;
  /** What the other side shows just now, as it says. */
  readonly remote?: RemoteMedia;
  /** ISO 8601, this machine's clock. */
  readonly startedAt: string;
  /** When it was accepted. */
  readonly answeredAt?: string;
  /** A page here holds it. */
  readonly hasPeer: boolean;
}

export type CallState =
  /** Out: nobody has answered. In: a question to the person. */
  | { readonly kind: 'ringing'; readonly expiresAt: string }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly path: 'direct' | 'relayed' }
  /** It was connected and is looking for another way; `since` in ISO 8601. */
  | { readonly kind: 'reconnecting'; readonly since: string }
  | {
      readonly kind: 'ended';
      readonly reason: CallEnd;
      readonly durationMs: number;
      readonly error?: ErrorData;
    };

export type CallEnd =
  | 'hungUp'
  | 'hungUpByPeer'
  | 'declined'
  /** Declined here. */
  | 'refused'
  | 'busy'
  /** Nobody there takes calls just now. */
  | 'unavailable'
  /** 45 s of ringing, out. */
  | 'unanswered'
  /** The same, in; or cancelled by the caller. */
  | 'missed'
  | 'cancelled'
  /** No connection came about, or it was lost and did not come back; `error` says why. */
  | 'failed';

export interface CallMedia {
  readonly video: boolean;
}

export interface RemoteMedia {
  readonly audio: boolean;
  readonly video: boolean;
  readonly screen: boolean;
}

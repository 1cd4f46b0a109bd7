import type { ErrorData } from './errors';

/**
 * What the engine tells, and what it asks.
 *
 * Everything here is plain data, because it crosses a local socket. Events carry snapshots, never
 * deltas, so that a listener that came late or missed one is right again with the next.
 */
export type EngineEvent =
  /** The task service went away or came back. */
  | { readonly type: 'service'; readonly service: ServiceState }
  /** A question: somebody offers a file. It stands until `offerClosed`. */
  | { readonly type: 'offer'; readonly offer: IncomingOffer }
  /** The question is over, whoever ended it; take it off the screen. */
  | {
      readonly type: 'offerClosed';
      readonly transferId: string;
      readonly reason: OfferClosedReason;
    }
  /** A transfer changed: its state, or its progress (at most ten times a second). */
  | { readonly type: 'transfer'; readonly transfer: Transfer }
  /** The engine of this home moved to another process; what follows is a fresh snapshot. */
  | { readonly type: 'moved'; readonly snapshot: EngineSnapshot };

export type OfferClosedReason = 'accepted' | 'declined' | 'withdrawn' | 'taken' | 'expired';

/** How the task service is reached right now. */
export type ServiceState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'online'; readonly via: 'socket' | 'polling' }
  | { readonly kind: 'unreachable'; readonly error: ErrorData };

/** A file somebody offers. Names are the sender's words: made safe for display by the shell. */
export interface IncomingOffer {
  readonly transferId: string;
  readonly taskId: number;
  readonly senderId: string;
  readonly fileName: string;
  /** The name it would be saved under. */
  readonly safeName: string;
  /** Bytes. */
  readonly fileSize: number;
  /** SHA-256, lower-case hex. */
  readonly fileHash: string;
  readonly channel: string;
  /** Always `unverified` for now: nothing but the task service's word says who sends. */
  readonly trust: 'unverified';
  /** Never sent to or accepted from before, and not on the allowlist. */
  readonly stranger: boolean;
  /** Came faster than strangers may ask: counted and listed, not announced one by one. */
  readonly held: boolean;
  /** ISO 8601, by the task service's clock. */
  readonly createdAt: string;
}

export interface Transfer {
  readonly transferId: string;
  readonly direction: 'send' | 'receive';
  /** The task service's number; absent while the offer has not been posted. */
  readonly taskId?: number;
  readonly peerId: string;
  readonly fileName: string;
  /** Bytes. */
  readonly fileSize: number;
  readonly channel: string;
  /** ISO 8601, by this machine's clock. */
  readonly startedAt: string;
  readonly state: TransferState;
}

export interface Progress {
  readonly bytes: number;
  readonly total: number;
  /** Bytes per second over the last seconds. */
  readonly rate: number;
  /** Milliseconds, absent while no rate is known. */
  readonly timeLeft?: number;
}

export type TransferState =
  | { readonly kind: 'hashing'; readonly progress: Progress }
  /** Sender: offered, not yet answered. */
  | { readonly kind: 'waiting'; readonly expiresAt: string }
  | { readonly kind: 'connecting'; readonly again: boolean }
  | { readonly kind: 'transferring'; readonly progress: Progress }
  /** Sender: acknowledged by the peer, the task service's record is awaited. */
  | { readonly kind: 'confirming' }
  | { readonly kind: 'completed'; readonly result: TransferResult }
  | { readonly kind: 'failed'; readonly error: ErrorData };

export interface TransferResult {
  readonly bytes: number;
  /** SHA-256, lower-case hex. */
  readonly sha256: string;
  readonly durationMs: number;
  /** Receiver: where the file is. */
  readonly path?: string;
  /** Sender: whether the recipient's completion was seen on the task service. */
  readonly audit: 'confirmed' | 'pending';
  /** Whether the other side's Noise key was the one announced through the task service. */
  readonly peerKey: 'matched' | 'unannounced';
}

export interface EngineSnapshot {
  readonly service: ServiceState;
  readonly offers: readonly IncomingOffer[];
  /** Running ones, then the most recent ended ones, newest first. */
  readonly transfers: readonly Transfer[];
  /** Actor ids blocked at the current task service. */
  readonly blocked: readonly string[];
}

export function isEnded(transfer: Transfer): boolean {
  return transfer.state.kind === 'completed' || transfer.state.kind === 'failed';
}

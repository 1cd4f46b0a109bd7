import type { Call } from './callEvents';
import type { PeerOrder } from './calling';
import type { Chat, ChatMessage } from './chatEvents';
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
  /**
   * A question: somebody offers a file. It stands until `offerClosed`; told again when what is said
   * of it changes.
   */
  | { readonly type: 'offer'; readonly offer: IncomingOffer }
  /** The question is over, whoever ended it; take it off the screen. */
  | {
      readonly type: 'offerClosed';
      readonly transferId: string;
      readonly reason: OfferClosedReason;
    }
  /** The paired agents, all of them: one came, went, was paired, removed, allowed or blocked. */
  | { readonly type: 'agents'; readonly agents: readonly Agent[] }
  /** What paired agents may keep in step here, all of it: one was granted, changed or taken back. */
  | { readonly type: 'grants'; readonly grants: readonly Grant[] }
  /** A pairing that this home takes part in went a step further. */
  | { readonly type: 'pairing'; readonly pairing: Pairing }
  /** Something a person should know that no call of theirs answers: an attack, a damaged book. */
  | { readonly type: 'notice'; readonly error: ErrorData }
  /** A transfer changed: its state, or its progress (at most ten times a second). */
  | { readonly type: 'transfer'; readonly transfer: Transfer }
  /** The conversations, all of them: one changed its way, its typing, its unread ones. */
  | { readonly type: 'chats'; readonly chats: readonly Chat[] }
  /** A message is new, or its state changed. */
  | { readonly type: 'message'; readonly message: ChatMessage }
  /** What was said with this agent was cleared; ask again. */
  | { readonly type: 'messagesCleared'; readonly kid: string }
  /** Calls that have not ended, and those that just did. */
  | { readonly type: 'calls'; readonly calls: readonly Call[] }
  /** For the owner of this peer, in order; everybody else passes it over. */
  | { readonly type: 'peer'; readonly peerId: string; readonly order: PeerOrder }
  /** The engine of this home moved to another process; what follows is a fresh snapshot. */
  | { readonly type: 'moved'; readonly snapshot: EngineSnapshot };

export type OfferClosedReason = 'accepted' | 'declined' | 'withdrawn' | 'taken' | 'expired';

/** How the task service is reached right now. */
export type ServiceState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'online'; readonly via: 'socket' | 'polling' }
  | { readonly kind: 'unreachable'; readonly error: ErrorData };

/** How a link runs: hole punched, through a blind relay (UDP), or through the hub's (TCP). */
export type LinkPath = 'direct' | 'relay' | 'hub';

/** This home's own identity, as others see it. */
export type Self =
  | {
      readonly kind: 'ready';
      /** Key id: 64 lower-case hex digits (keys.md). */
      readonly kid: string;
      /** Grouped digits, for people to compare. */
      readonly fingerprint: string;
    }
  /** Pairing and paired agents do not work; open mode does. The error says why. */
  | { readonly kind: 'unavailable'; readonly error: ErrorData };

/** A paired agent. Its name and actor id are its own words: made safe for display by the shell. */
export interface Agent {
  /** Key id of its identity key, 64 lower-case hex digits: what it is called in every call. */
  readonly kid: string;
  readonly actorId: string;
  readonly name: string;
  readonly fingerprint: string;
  /** Origin of the task service that its card named. Shown, never contacted by itself. */
  readonly origin: string;
  /** ISO 8601, this machine's clock. */
  readonly pairedAt: string;
  readonly lastSeenAt?: string;
  /** Its files are accepted without asking. Off unless the person says so. */
  readonly allowed: boolean;
  readonly blocked: boolean;
  readonly presence:
    { readonly kind: 'offline' } | { readonly kind: 'online'; readonly path: LinkPath };
}

/** What identifies a paired agent where one is mentioned; kept with history. */
export interface AgentRef {
  readonly kid: string;
  readonly name: string;
  readonly fingerprint: string;
}

/** An invite made or used here. It ends with the engine that holds it. */
export interface Pairing {
  readonly pairingId: string;
  readonly role: 'inviter' | 'invitee';
  readonly state: PairingState;
}

export type PairingState =
  /** Nobody has proven to know the code yet. */
  | { readonly kind: 'waiting'; readonly expiresAt: string }
  /** A question: both people compare, and say whether they want this. */
  | { readonly kind: 'confirm'; readonly card: PairingCard; readonly expiresAt: string }
  /** Confirmed here; the other person has not said yet. */
  | { readonly kind: 'confirmed'; readonly card: PairingCard; readonly expiresAt: string }
  | { readonly kind: 'paired'; readonly agent: Agent }
  | { readonly kind: 'failed'; readonly error: ErrorData };

/** What the other side showed of itself, proven to be said by the holder of that identity. */
export interface PairingCard {
  readonly kid: string;
  readonly fingerprint: string;
  readonly actorId: string;
  readonly name: string;
  readonly origin: string;
  /** Already in the book with this very identity: its entry is renewed. */
  readonly known: boolean;
}

/**
 * `verified`: signed by a paired agent. `unverified`: only the task service says who it is.
 * `claims`: comes as version 1 under the actor id of a paired agent, without its signature.
 */
export type Trust = 'verified' | 'unverified' | 'claims';

/** One file, one folder, or several of both in one transfer. */
export type OfferKind = 'file' | 'folder' | 'several';

/** What somebody offers. Names are the sender's words: made safe for display by the shell. */
export interface IncomingOffer {
  readonly transferId: string;
  /** Absent while the offer has only come over the link. */
  readonly taskId?: number;
  readonly senderId: string;
  /** Of several, the first one's. */
  readonly fileName: string;
  /** The name it would be saved under. */
  readonly safeName: string;
  readonly kind: OfferKind;
  /** Top-level files and folders; 1 unless `kind` is `several`. */
  readonly roots: number;
  /** Files, folders and links in all; 1 for a file. */
  readonly entries: number;
  /** A folder that this agent sent before, absolute, which accepting can bring up to date. */
  readonly updates?: string;
  /** It is one round of keeping a folder here in step with the sender's. */
  readonly sync?: SyncOffer;
  /** Bytes of all files. */
  readonly fileSize: number;
  /** SHA-256, lower-case hex; paired agents hash while they send, so theirs have none. */
  readonly fileHash?: string;
  readonly channel: string;
  readonly trust: Trust;
  /** The paired agent that signed it (`verified`) or that it claims to come from (`claims`). */
  readonly agent?: AgentRef;
  /** The person lets this agent send without asking. Only ever true for `verified`. */
  readonly allowed: boolean;
  /** Never sent to or accepted from before, and not on the allowlist. */
  readonly stranger: boolean;
  /** Came faster than strangers may ask: counted and listed, not announced one by one. */
  readonly held: boolean;
  /** ISO 8601, by the task service's clock. */
  readonly createdAt: string;
}

export interface SyncOffer {
  /** 32 hex digits: the same for every round. */
  readonly grantId: string;
  /** The sender wants what it removed to be removed here too. */
  readonly delete: boolean;
  /** The person has allowed it before; then `path` is where, absolute. */
  readonly granted: boolean;
  readonly path?: string;
}

/** A folder here that a paired agent may keep in step with its own. */
export interface Grant {
  readonly grantId: string;
  readonly agent: AgentRef;
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly mayDelete: boolean;
  /** ISO 8601, this machine's clock. */
  readonly since: string;
}

export interface Transfer {
  readonly transferId: string;
  readonly direction: 'send' | 'receive';
  /** The task service's number; absent while the offer has not been posted. */
  readonly taskId?: number;
  readonly peerId: string;
  /** Present between paired agents (wire version 2); absent for open peers (version 1). */
  readonly agent?: AgentRef;
  /** Of several, the first one's. */
  readonly fileName: string;
  readonly kind: OfferKind;
  /** Top-level files and folders; 1 unless `kind` is `several`. */
  readonly roots: number;
  /** Files, folders and links in all; 1 for a file. */
  readonly entries: number;
  /** One round of keeping folders in step. */
  readonly sync?: boolean;
  /** Bytes of all files. */
  readonly fileSize: number;
  readonly channel: string;
  /** ISO 8601, by this machine's clock. */
  readonly startedAt: string;
  readonly state: TransferState;
}

export interface Progress {
  /** Done, also by finding that it is there already. */
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
  /**
   * It stopped in the middle, and what has arrived stays. It goes on by itself when the paired agent
   * is back (`agent`), or when the person has mended what the error names and says so (`person`).
   */
  | {
      readonly kind: 'interrupted';
      readonly error: ErrorData;
      readonly resumes: 'agent' | 'person';
    }
  | { readonly kind: 'transferring'; readonly progress: Progress; readonly via?: LinkPath }
  /** Sender: acknowledged by the peer, the task service's record is awaited. */
  | { readonly kind: 'confirming' }
  | { readonly kind: 'completed'; readonly result: TransferResult }
  | { readonly kind: 'failed'; readonly error: ErrorData };

export interface TransferResult {
  /** Of all files. */
  readonly bytes: number;
  /** SHA-256 of a single file, lower-case hex; a tree has `treeHash`. */
  readonly sha256?: string;
  /** SHA-256 over the tree (keys.md, *Transfer*), lower-case hex; between paired agents. */
  readonly treeHash?: string;
  readonly durationMs: number;
  /** Receiver: where the file or folder is; of several, the folder that they are in. */
  readonly path?: string;
  /** Files by number. */
  readonly files?: number;
  /** Bytes that did not have to travel, since they were there from before. */
  readonly spared?: number;
  /** Files that changed, or went away, after they were offered. */
  readonly changed?: number;
  readonly gone?: number;
  /** Receiver: paths that were changed here since they were received, and were left as they are. */
  readonly conflicts?: readonly string[];
  /** Receiver of a sync: files removed, and those that stay because removing was not granted. */
  readonly deleted?: number;
  readonly undeleted?: number;
  /** Sender: whether the recipient's completion was seen on the task service. */
  readonly audit: 'confirmed' | 'pending';
  /**
   * Whether the other side's Noise key was the one announced through the task service; `paired`
   * when the other side proved its identity.
   */
  readonly peerKey: 'matched' | 'unannounced' | 'paired';
  /** The way the bytes took, between paired agents. */
  readonly via?: LinkPath;
  /** Between paired agents: the MAC by which either can prove later what was sent (hex). */
  readonly receipt?: string;
}

/** One entry of what a paired agent offers; the path is the sender's words. */
export interface PreviewEntry {
  /** Relative, `/` between names. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  /** Bytes. */
  readonly size: number;
}

export interface EngineSnapshot {
  readonly service: ServiceState;
  readonly self: Self;
  /** Online ones first, then by last seen. */
  readonly agents: readonly Agent[];
  /** Those that have not ended. */
  readonly pairings: readonly Pairing[];
  readonly offers: readonly IncomingOffer[];
  /** Running ones, then the most recent ended ones, newest first. */
  readonly transfers: readonly Transfer[];
  /** Folders here that paired agents keep in step with theirs. */
  readonly grants: readonly Grant[];
  /** Conversations with all paired agents, the one with the newest message first. */
  readonly chats: readonly Chat[];
  readonly calls: readonly Call[];
  /** Actor ids blocked at the current task service. */
  readonly blocked: readonly string[];
}

export function isEnded(transfer: Transfer): boolean {
  return transfer.state.kind === 'completed' || transfer.state.kind === 'failed';
}

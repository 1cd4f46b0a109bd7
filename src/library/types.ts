import type { Agent, AgentRef, PairingCard, PreviewEntry, Trust } from '../core/events';

/**
 * The library as ats-p2p has it. These types mention nothing of Node's, so that they compile for
 * everybody who installs the package.
 */
export interface NodeOptions {
  /** Task service or hub. Default `https://ats.difflab.ai`. */
  readonly atsUrl?: string;
  /** Who this node is. Default `p2p-node`. */
  readonly actorId?: string;
  /** When given and not empty, offers of all others are declined. */
  readonly allowedPeers?: readonly string[];
  /** Bytes; larger offers are declined. Default: no limit. */
  readonly maxFileSize?: number;
  /**
   * Milliseconds for a connection to come about, for silence on it, and for an offer to be
   * answered. Default 120000.
   */
  readonly timeout?: number;
  /** `HOST:PORT` of DHT bootstrap nodes. Default: what the hub says, else the public ones. */
  readonly bootstrap?: readonly string[];
  /** Keys of blind relays for links to paired agents, 64 hex digits each. The hub's is added. */
  readonly relays?: readonly string[];
  /** Links to paired agents use no relay of any kind. */
  readonly directOnly?: boolean;
  /**
   * Folder of identity, journals and history, shared with the editor and the terminal that use it.
   * Default: one of its own in memory, so that several nodes live in one process.
   */
  readonly home?: string;
  /** Sent to the task service only. Default: the environment's `ATS_API_KEY`. */
  readonly apiKey?: string;
}

export interface SendOptions {
  /** Relative paths are resolved against the working folder. */
  readonly filePath: string;
  /**
   * Its actor id. That of a paired agent, or its key id, sends to that agent over its link and never
   * in any other way.
   */
  readonly recipientId: string;
  /** Default `p2p-transfer`. */
  readonly channel?: string;
  /** Milliseconds an unanswered offer stands. Default: the node's `timeout`. */
  readonly offerLifetime?: number;
  readonly onProgress?: (progress: SendProgress) => void;
}

export interface SendProgress {
  readonly bytesSent: number;
  readonly totalBytes: number;
}

export interface SendResult {
  readonly transferId: string;
  /** 0 when a paired agent was sent to while the task service could not be reached. */
  readonly taskId: number;
  readonly success: true;
}

export interface WatchOptions {
  /** Default `p2p-transfer`. A node watches one channel. */
  readonly channel?: string;
  /**
   * Files that no `file` listener answers at once are saved in this folder, except those that only
   * claim to come from a paired agent.
   */
  readonly saveDir?: string;
}

export interface ReceiveResult {
  readonly success: true;
  /** Absolute; another name than asked for when that one was taken, since nothing is overwritten. */
  readonly filePath: string;
  /** SHA-256, lower-case hex, of what was received. */
  readonly hash: string;
}

/** The task that carried the offer, as far as the offer tells it. */
export interface OfferTask {
  /** Absent while a paired agent's offer has only come over the link. */
  readonly id?: number;
  readonly type: 'file_offer';
  readonly channel: string;
  /** ISO 8601, by the task service's clock. */
  readonly created_at: string;
  readonly payload: {
    readonly transfer_id: string;
    readonly sender_id: string;
    readonly recipient_id: string;
    readonly file_name: string;
    readonly file_size: number;
    /** Absent when a paired agent offers: it hashes while it sends. */
    readonly file_hash?: string;
  };
}

/** Names are the sender's words. Who the sender is, is only known where `verified` says so. */
export interface FileOffer {
  readonly task: OfferTask;
  readonly fileName: string;
  /** Bytes. */
  readonly fileSize: number;
  /** SHA-256, lower-case hex. Absent when a paired agent offers: it hashes while it sends. */
  readonly fileHash?: string;
  readonly senderId: string;
  /** Signed by a paired agent. */
  readonly verified: boolean;
  /**
   * `claims` is an unverified offer under the actor id of a paired agent: somebody may be passing
   * for it.
   */
  readonly trust: Trust;
  /** The paired agent that has signed it, or that it claims to come from. */
  readonly agent?: AgentRef;
  /**
   * The list of what is offered, read from the paired agent without accepting anything. Rejects for
   * offers that are not verified.
   */
  readonly preview: () => Promise<readonly PreviewEntry[]>;
  /**
   * Receives the file and resolves when it is verified and in its place.
   * @param path the file to save as; a path that ends with a separator, or an existing folder, is
   * the folder to save in. Default: the watched `saveDir`, else `./incoming`.
   */
  readonly accept: (path?: string) => Promise<ReceiveResult>;
  readonly reject: (reason?: string) => Promise<void>;
}

/** A question: the other side of a pairing has shown itself. Both people compare, and say. */
export interface PairingQuestion {
  readonly card: PairingCard;
  /** What the other side sees of us. */
  readonly ownFingerprint: string;
  readonly accept: () => void;
  readonly decline: () => void;
}

export interface PairOptions {
  /** Answers instead of the `pairing` listeners. */
  readonly confirm?: (card: PairingCard) => boolean | Promise<boolean>;
}

/** Good once, for ten minutes; whoever has the code or the link can pair. */
export interface NodeInvite {
  readonly code: string;
  readonly link: string;
  /** ISO 8601, this machine's clock. */
  readonly expiresAt: string;
  /** The agent, once both sides have confirmed; rejects with a BeelineError otherwise. */
  readonly paired: Promise<Agent>;
  /** Takes the invite back. */
  readonly cancel: () => Promise<void>;
}

export interface NodeEvents {
  offer_sent: {
    readonly transferId: string;
    readonly taskId: number;
    readonly fileName: string;
    readonly recipientId: string;
  };
  transfer_start: { readonly transferId: string; readonly taskId: number };
  transfer_complete: {
    readonly transferId: string;
    readonly taskId: number;
    /** Receiver: where the file is. */
    readonly filePath?: string;
  };
  transfer_failed: {
    readonly transferId: string;
    /** Absent when the offer never reached the task service. */
    readonly taskId?: number;
    /** A sentence for people. */
    readonly reason: string;
    /** One of the codes that `BeelineError` has. */
    readonly code: string;
  };
  file: FileOffer;
  /** The first listener that answers decides; without a listener a pairing is declined. */
  pairing: PairingQuestion;
  /** The task service went away, or a listener failed. Never thrown when nobody listens. */
  error: Error;
}

export interface BeelineNode {
  /** @throws BeelineError, for instance `DECLINED`, `OFFER_EXPIRED` or `PATH_NOT_FOUND` */
  send(options: SendOptions): Promise<SendResult>;
  /** Begins to receive what is offered to this node; may be called again to change the folder. */
  watch(options?: WatchOptions): void;
  on<E extends keyof NodeEvents>(event: E, listener: (payload: NodeEvents[E]) => unknown): this;
  once<E extends keyof NodeEvents>(event: E, listener: (payload: NodeEvents[E]) => unknown): this;
  off<E extends keyof NodeEvents>(event: E, listener: (payload: NodeEvents[E]) => unknown): this;
  /** The paired agents of the node's home. */
  agents(): Promise<readonly Agent[]>;
  /** @throws BeelineError, for instance `IDENTITY_EXPOSED` */
  invite(options?: PairOptions): Promise<NodeInvite>;
  /**
   * Uses somebody's invite, its code or its link.
   * @throws BeelineError, for instance `INVITE_INVALID`, `INVITE_EXPIRED` or `PAIRING_DECLINED`
   */
  pair(code: string, options?: PairOptions): Promise<Agent>;
  /**
   * Forgets a paired agent, named by its key id or, where one only has it, its actor id.
   * @throws BeelineError `AGENT_UNKNOWN`
   */
  removeAgent(id: string): Promise<void>;
  /** Has nothing to do with it any more, or again. @throws BeelineError `AGENT_UNKNOWN` */
  blockAgent(id: string, blocked?: boolean): Promise<void>;
  /**
   * Marks its offers as allowed for the editor and the terminal of the same home, which accept them
   * without asking. @throws BeelineError `AGENT_UNKNOWN`
   */
  allowAgent(id: string, allowed?: boolean): Promise<void>;
  /** Withdraws open offers, ends running transfers, and lets go of the network. */
  destroy(): Promise<void>;
}

import type { Chat, ChatMessage, MessageBody } from '../core/chatEvents';
import type {
  Agent,
  AgentRef,
  Grant,
  OfferKind,
  PairingCard,
  PreviewEntry,
  SyncOffer,
  Transfer,
  Trust,
} from '../core/events';

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
  /**
   * Takes chats of paired agents. Default: as soon as somebody listens to `message`. Until then their
   * messages wait where they were written.
   */
  readonly acceptChats?: boolean;
  /** Sent to the task service only. Default: the environment's `ATS_API_KEY`. */
  readonly apiKey?: string;
}

export type SendOptions = SendCommon & (SendOne | SendSeveral);

export interface SendOne {
  /** A file, or for a paired agent also a folder. Relative to the working folder. */
  readonly filePath: string;
  readonly paths?: undefined;
}

export interface SendSeveral {
  /**
   * Files and folders that go to a paired agent as one transfer; no two of the same name. Relative
   * to the working folder. Agents that are not paired take one file at a time.
   */
  readonly paths: readonly string[];
  readonly filePath?: undefined;
}

export interface SendCommon {
  /**
   * Its actor id. That of a paired agent, or its key id, sends to that agent over its link and never
   * in any other way.
   */
  readonly recipientId: string;
  /** Default `p2p-transfer`. */
  readonly channel?: string;
  /** Milliseconds an unanswered offer stands. Default: the node's `timeout`. */
  readonly offerLifetime?: number;
  /** Leaves out of folders what their `.gitignore` files ignore, and `.git`. Default: false. */
  readonly leaveOutIgnored?: boolean;
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
  /** What was moved and what was spared; when the recipient is a paired agent. */
  readonly moved?: Moved;
}

/** What a transfer between paired agents amounted to. */
export interface Moved {
  /** Bytes of all files. */
  readonly bytes: number;
  readonly files: number;
  /** Bytes that did not have to travel, as they were there from before. */
  readonly spared: number;
  /** Files that changed, or went away, after they were offered. */
  readonly changed: number;
  readonly gone: number;
  /** Receiver: paths that were changed here since, and were left as they are. */
  readonly conflicts: readonly string[];
  /** Receiver of a sync: files removed, and those that stay because that was not granted. */
  readonly deleted: number;
  readonly undeleted: number;
}

export interface AcceptOptions {
  /** Brings the folder that the agent sent before up to date; a copy where there is no `updates`. */
  readonly update?: boolean;
  /** Of a sync: lets the agent remove here what it sent and removed on its side. */
  readonly mayDelete?: boolean;
}

export interface SyncOptions {
  /** The folder, relative to the working folder. */
  readonly path: string;
  /** A paired agent, by its actor id or key id. */
  readonly recipientId: string;
  /** Also removes there what is removed here, where the recipient grants it. Default: false. */
  readonly delete?: boolean;
  /** As for `send`. Default: false. */
  readonly leaveOutIgnored?: boolean;
  /** After each round that was delivered. */
  readonly onRound?: (result: SendResult) => void;
  readonly onProgress?: (progress: SendProgress) => void;
}

/** A folder that is being kept in step. */
export interface NodeSync {
  /** Resolves when it was stopped; rejects with a BeelineError when it cannot go on. */
  readonly ended: Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface WatchOptions {
  /** Default `p2p-transfer`. A node watches one channel. */
  readonly channel?: string;
  /**
   * Files and folders that no `file` listener answers at once are saved in this folder, except those that only
   * claim to come from a paired agent.
   */
  readonly saveDir?: string;
}

export interface ReceiveResult {
  readonly success: true;
  /** Absolute; another name than asked for when that one was taken, since nothing is overwritten. */
  readonly filePath: string;
  /** SHA-256 of the file that was received, or of the tree; lower-case hex. */
  readonly hash: string;
  /** What was moved and what was spared; when the sender is a paired agent. */
  readonly moved?: Moved;
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
  /** Of several, the first one's. */
  readonly fileName: string;
  /** Bytes of all files. */
  readonly fileSize: number;
  readonly kind: OfferKind;
  /** Top-level files and folders; 1 unless `kind` is `several`. */
  readonly roots: number;
  /** Files, folders and links in all; 1 for a file. */
  readonly entries: number;
  /** A folder that this agent sent before, absolute, which accepting can bring up to date. */
  readonly updates?: string;
  /**
   * One round of keeping a folder here in step. When granted before, `accept` goes on with that
   * folder, unless a path elsewhere is named: then the sync begins anew there.
   */
  readonly sync?: SyncOffer;
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
   * Receives the file or folder and resolves when it is verified and in its place.
   * @param path the name to save it as; a path that ends with a separator, or an existing folder, is
   * the folder to save in. Default: the watched `saveDir`, else `./incoming`.
   */
  readonly accept: (path?: string, options?: AcceptOptions) => Promise<ReceiveResult>;
  readonly reject: (reason?: string) => Promise<void>;
}

/** What a paired agent wrote. Text is its words. */
export interface IncomingMessage {
  /** 32 hex digits. */
  readonly messageId: string;
  readonly agent: AgentRef;
  /** ISO 8601, this machine's clock: when it was received. */
  readonly at: string;
  /** Markdown; of a place in its workspace what stands there; empty for a file. */
  readonly text: string;
  /** What it is: text, a place in the agent's workspace, or a transfer by its id. */
  readonly body: MessageBody;
  readonly reply: (text: string) => Promise<SaidMessage>;
}

/** A message that is queued, and goes out as soon as there is a way. */
export interface SaidMessage {
  /** 32 hex digits. */
  readonly messageId: string;
  /**
   * Resolves when the agent has it, which may take days; rejects when that is no longer heard of:
   * the node is destroyed, the conversation cleared, or the agent removed.
   */
  readonly delivered: Promise<void>;
}

export interface MessagesOptions {
  /** The newest, or those before this message. */
  readonly before?: string;
  /** At most 200. Default: 50. */
  readonly limit?: number;
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
    /** Receiver: where the file or folder is; of several, the folder that they are in. */
    readonly filePath?: string;
  };
  /** It stopped in the middle; what arrived stays. It may go on by itself, and is told again then. */
  transfer_interrupted: {
    readonly transferId: string;
    /** A sentence for people. */
    readonly reason: string;
    readonly code: string;
    /** What it waits for: the other agent, or somebody who mends it and calls `resume`. */
    readonly resumes: 'agent' | 'person';
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
  /**
   * A paired agent wrote something; also what came earlier and nobody has read. It counts as read
   * once the listeners were called.
   */
  message: IncomingMessage;
  /** A paired agent is writing, or has stopped. */
  typing: { readonly agent: AgentRef; readonly isTyping: boolean };
  /** The first listener that answers decides; without a listener a pairing is declined. */
  pairing: PairingQuestion;
  /** The task service went away, or a listener failed. Never thrown when nobody listens. */
  error: Error;
}

export interface BeelineNode {
  /** @throws BeelineError, for instance `DECLINED`, `OFFER_EXPIRED` or `PATH_NOT_FOUND` */
  send(options: SendOptions): Promise<SendResult>;
  /**
   * Goes on at once with a transfer that is interrupted, also one of an earlier process of the same
   * home; without an id with all of them. Resolves with the ids that it is about.
   */
  resume(transferId?: string): Promise<readonly string[]>;
  /** The transfers of the node's home: those that run or are interrupted, and the latest ended. */
  transfers(): Promise<readonly Transfer[]>;
  /**
   * Keeps a paired agent's copy of a folder in step with it, one way, until it is stopped.
   * @throws BeelineError, for instance `AGENT_UNKNOWN` or `PATH_NOT_FOUND`
   */
  sync(options: SyncOptions): Promise<NodeSync>;
  /** The folders here that paired agents keep in step with theirs. */
  grants(): Promise<readonly Grant[]>;
  revokeGrant(grantId: string): Promise<void>;
  /**
   * Writes to a paired agent, in Markdown. Resolves once the message is queued; it is delivered when
   * the agent is there.
   * @throws BeelineError, for instance `AGENT_UNKNOWN`, `MESSAGE_TOO_LARGE` or `CHAT_FULL`
   */
  say(agent: string, text: string): Promise<SaidMessage>;
  /** Tells a paired agent that something is being written, or not any more. */
  typing(agent: string, isTyping: boolean): Promise<void>;
  /** What was said with a paired agent, oldest first. @throws BeelineError `AGENT_UNKNOWN` */
  messages(agent: string, options?: MessagesOptions): Promise<readonly ChatMessage[]>;
  /** The conversations of the node's home: how messages travel, how many wait or are unread. */
  chats(): Promise<readonly Chat[]>;
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

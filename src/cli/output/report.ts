import type { ErrorCode } from '../../core/errors';
import type { AgentRef, LinkPath, OfferKind, SyncOffer, Trust } from '../../core/events';
import type { ChatReport } from './chatReport';
import type { FolderReport } from './folderReport';
import type { PairingReport } from './pairingReport';

/**
 * What the terminal tells, one of these at a time. With `--json` each is one line as it stands, so
 * names and fields here are a contract with the programs that read them.
 */
export type Report =
  | ListeningReport
  | OfferReport
  | OfferedReport
  | ProgressReport
  | InterruptedReport
  | CompletedReport
  | FailedReport
  | FolderReport
  | PairingReport
  | ChatReport;

/** `listen` is connected and hears offers. */
export interface ListeningReport {
  readonly event: 'listening';
  readonly actorId: string;
  readonly channel: string;
  readonly url: string;
  readonly saveDir: string;
  readonly accepts: 'everyone' | 'allowed' | 'asked';
  readonly allow?: readonly string[];
  readonly maxSize?: number;
  /** Offers of agents that are not paired are left alone. */
  readonly pairedOnly?: true;
  /** Folders that were sent before are brought up to date instead of copied. */
  readonly update?: true;
  /** Syncs that are accepted may remove. */
  readonly allowDelete?: true;
  /** Chats are taken: each message is told, or answered by a command as well. */
  readonly chat?: 'told' | 'answered';
}

/** One file, one folder, or several of both. */
export interface Shape {
  readonly kind: OfferKind;
  /** Top-level files and folders. */
  readonly roots: number;
  /** Files, folders and links in all. */
  readonly entries: number;
}

/** Somebody offers something, and what is done about it. */
export interface OfferReport extends Shape {
  readonly event: 'offer';
  readonly transferId: string;
  /** Absent while the offer has only come over the link. */
  readonly taskId?: number;
  readonly from: string;
  readonly fileName: string;
  readonly fileSize: number;
  /** A folder that this agent sent before, which accepting can bring up to date. */
  readonly updates?: string;
  /** One round of keeping a folder here in step. */
  readonly sync?: SyncOffer;
  /** Paired agents hash while they send, so their offers have none. */
  readonly sha256?: string;
  readonly trust: Trust;
  /** Who has signed it (`verified`), or whose name it only bears (`claims`). */
  readonly agent?: AgentRef;
  readonly decision: 'accept' | 'ask' | 'leave';
  /** Why it is left alone. */
  readonly reason?: string;
}

/** `send`: the offer stands on the task service and waits for an answer. */
export interface OfferedReport extends Shape {
  readonly event: 'offered';
  readonly transferId: string;
  /** Absent while the task service has not heard of it, which paired agents do not wait for. */
  readonly taskId?: number;
  readonly to: string;
  /** Whether the other side proves who it is. */
  readonly verified: boolean;
  readonly agent?: AgentRef;
  readonly fileName: string;
  readonly fileSize: number;
  /** The first of what was asked to be sent. */
  readonly path: string;
}

export interface About extends Shape {
  readonly transferId: string;
  readonly direction: 'send' | 'receive';
  readonly peer: string;
  readonly agent?: AgentRef;
  /** Of several, the first one's. */
  readonly fileName: string;
}

export interface ProgressReport extends About {
  readonly event: 'progress';
  /** Done, also by finding that they are there already. */
  readonly bytes: number;
  readonly total: number;
  /** Bytes per second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly timeLeft?: number;
  /** The way the bytes take, between paired agents. */
  readonly via?: LinkPath;
}

/**
 * It stopped in the middle, and what has arrived stays. It goes on by itself when the agent is back,
 * or once the person has mended what the message names.
 */
export interface InterruptedReport extends About {
  readonly event: 'interrupted';
  readonly resumes: 'agent' | 'person';
  readonly code: ErrorCode;
  readonly message: string;
}

export interface CompletedReport extends About {
  readonly event: 'completed';
  readonly taskId?: number;
  /** Where it is, and of several the folder that they are in; for `send` where it was read. */
  readonly path: string;
  /** Of a single file. */
  readonly sha256?: string;
  /** Of a tree, between paired agents. */
  readonly treeHash?: string;
  /** Of all files. */
  readonly bytes: number;
  readonly files?: number;
  /** Bytes that did not have to travel. */
  readonly spared?: number;
  /** Files that changed, or went away, after they were offered. */
  readonly changed?: number;
  readonly gone?: number;
  /** `listen`: paths that were changed here, and stay as they are. */
  readonly conflicts?: readonly string[];
  /** `listen`, of a sync: files removed, and those that stay as removing was not allowed. */
  readonly deleted?: number;
  readonly undeleted?: number;
  readonly durationMs: number;
  /** Whether the task service has confirmed the delivery. */
  readonly audit: 'confirmed' | 'pending';
  /** Whether the other side has proven who it is. */
  readonly verified: boolean;
  /** The way the bytes took, between paired agents. */
  readonly via?: LinkPath;
  /** Between paired agents: by this either can prove later what was sent (hex). */
  readonly receipt?: string;
}

export interface FailedReport extends Partial<About> {
  readonly event: 'failed';
  readonly path?: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** How reports reach the reader: as JSON, as lines, or as bars. */
export interface Reporter {
  tell(report: Report): void;
  /** A passing remark for people, on stderr. */
  note(text: string): void;
  /** Keeps the screen still while a question is asked; what is told meanwhile waits. */
  suspend(): void;
  resume(): void;
  /** Gives the terminal back. */
  close(): void;
}

/** Somewhere lines go. */
export interface LineSink {
  line(text: string): void;
}

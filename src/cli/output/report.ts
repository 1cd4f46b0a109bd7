import type { ErrorCode } from '../../core/errors';

/**
 * What the terminal tells, one of these at a time. With `--json` each is one line as it stands, so
 * names and fields here are a contract with the programs that read them.
 */
export type Report =
  ListeningReport | OfferReport | OfferedReport | ProgressReport | CompletedReport | FailedReport;

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
}

/** Somebody offers a file, and what is done about it. */
export interface OfferReport {
  readonly event: 'offer';
  readonly transferId: string;
  readonly taskId: number;
  readonly from: string;
  readonly fileName: string;
  readonly fileSize: number;
  readonly sha256: string;
  readonly trust: 'unverified';
  readonly decision: 'accept' | 'ask' | 'leave';
  /** Why it is left alone. */
  readonly reason?: string;
}

/** `send`: the offer stands on the task service and waits for an answer. */
export interface OfferedReport {
  readonly event: 'offered';
  readonly transferId: string;
  readonly taskId: number;
  readonly to: string;
  readonly fileName: string;
  readonly fileSize: number;
  readonly path: string;
}

interface About {
  readonly transferId: string;
  readonly direction: 'send' | 'receive';
  readonly peer: string;
  readonly fileName: string;
}

export interface ProgressReport extends About {
  readonly event: 'progress';
  readonly bytes: number;
  readonly total: number;
  /** Bytes per second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly timeLeft?: number;
}

export interface CompletedReport extends About {
  readonly event: 'completed';
  readonly taskId?: number;
  /** Where the file is; for `send` where it was read. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly durationMs: number;
  /** Whether the task service has confirmed the delivery. */
  readonly audit: 'confirmed' | 'pending';
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

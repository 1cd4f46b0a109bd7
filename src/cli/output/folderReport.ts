import type { ErrorCode } from '../../core/errors';
import type { AgentRef, OfferKind, TransferState } from '../../core/events';
import type { About } from './report';

/** What the terminal tells about folders and about transfers that last. */
export type FolderReport =
  MeasuredReport | StateReport | WatchingReport | GrantReport | RevokedReport;

/** `send`, before folders or several paths are offered: what that is. */
export interface MeasuredReport {
  readonly event: 'measured';
  readonly kind: OfferKind;
  /** Of the first path. */
  readonly name: string;
  readonly roots: number;
  readonly files: number;
  readonly folders: number;
  readonly links: number;
  readonly bytes: number;
  /** Top-most files and folders that are left out because they are ignored. */
  readonly ignored: number;
}

/** `resume`: where a transfer stands when it is looked at. */
export interface StateReport extends About {
  readonly event: 'state';
  readonly state: TransferState['kind'];
  readonly fileSize: number;
  /** Why it is interrupted or has failed. */
  readonly code?: ErrorCode;
  readonly message?: string;
  readonly resumes?: 'agent' | 'person';
}

/** `sync`: a round is over and the folder is watched for the next. */
export interface WatchingReport {
  readonly event: 'watching';
  readonly path: string;
  readonly to: string;
  readonly agent: AgentRef;
  readonly delete: boolean;
}

/** `grants`: one line for each. */
export interface GrantReport {
  readonly event: 'grant';
  readonly grantId: string;
  readonly agent: AgentRef;
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly mayDelete: boolean;
  /** ISO 8601, this machine's clock. */
  readonly since: string;
}

export interface RevokedReport extends Omit<GrantReport, 'event'> {
  readonly event: 'revoked';
}

import type { TransferState } from '../events';
import type { Home } from '../home/home';
import type { AuditTrail } from './auditTrail';
import type { ServiceConnection } from './serviceConnection';
import type { TaskFeed } from './taskFeed';

/** What one running transfer is given. */
export interface TransferContext {
  readonly connection: ServiceConnection;
  readonly home: Home;
  readonly feed: TaskFeed;
  readonly audit: AuditTrail;
  /** Milliseconds for a connection to come about, and for silence on it. */
  readonly timeoutMs: number;
  /**
   * Aborted when the person cancels (the reason is CANCELLED) or when the engine stops (the reason
   * is an `EngineStopped`: the journal stays as it is, and the next engine goes on from it).
   */
  readonly signal: AbortSignal;
  /** Tells the shells. */
  readonly report: (state: TransferState) => void;
  /** Tells the number of the task once there is one. */
  readonly posted: (taskId: number) => void;
  readonly log: (line: string) => void;
}

/** Why a transfer was let go without having ended. */
export class EngineStopped extends Error {
  override readonly name = 'EngineStopped';
}

/** Ended for good: what the shells, the history and the task will say. */
export type Ended = Extract<TransferState, { kind: 'completed' | 'failed' }>;

import type { EngineConfig } from '../engineConfig';
import type { EngineEvent } from '../events';
import type { Home } from '../home/home';
import type { History } from './history';
import type { Peers } from './peers';
import type { RunningTransfers } from './runningTransfers';
import type { ServiceConnection } from './serviceConnection';

/** What open mode and paired mode have in common: one home, one service, one list of transfers. */
export interface EngineShared {
  readonly home: Home;
  readonly peers: Peers;
  readonly history: History;
  readonly running: RunningTransfers;
  readonly log: (line: string) => void;
  readonly emit: (event: EngineEvent) => void;
  /** Aborted when the engine has let go. */
  readonly stopping: AbortSignal;
  /** The configuration in force, and the connection made from it; both may change at any time. */
  readonly settings: () => EngineConfig;
  readonly connection: () => ServiceConnection;
  readonly isStopped: () => boolean;
}

/** Whether a transfer of this id is running or ended here already. */
export function isTaken({ running, history }: EngineShared, transferId: string): boolean {
  return running.has(transferId) || history.find(transferId) !== undefined;
}

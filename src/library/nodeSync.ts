import type { Engine } from '../core/engine';
import { followFolder } from '../core/sync/folderSync';
import type { RoundTarget } from '../core/sync/syncRound';
import type { NodeSync, SendResult, SyncOptions } from './types';
import { movedOf, NO_TASK } from './transferFollower';

/**
 * Keeps a folder in step until it is stopped or cannot go on.
 * @param report takes what a listener of the caller's threw
 */
export function followSync(
  engine: Engine,
  target: RoundTarget,
  { onRound, onProgress }: Pick<SyncOptions, 'onRound' | 'onProgress'>,
  report: (thrown: unknown) => void,
): NodeSync {
  const controller = new AbortController();
  const ended = followFolder({
    engine,
    ...target,
    signal: controller.signal,
    onRound: (state) => {
      // A caller's mistake in telling of a round must not end the sync.
      try {
        if (state.kind === 'round' && state.transfer?.state.kind === 'transferring') {
          const { bytes: bytesSent, total: totalBytes } = state.transfer.state.progress;
          onProgress?.({ bytesSent, totalBytes });
        }
        if (state.kind === 'inStep' && state.transfer.state.kind === 'completed') {
          const { transferId, taskId = NO_TASK } = state.transfer;
          const moved = movedOf(state.transfer.state.result);
          const result: SendResult = { transferId, taskId, success: true, moved };
          onRound?.(result);
        }
      } catch (thrown) {
        report(thrown);
      }
    },
  });
  // Whoever does not await it does not want to know.
  ended.catch(() => undefined);
  return {
    ended,
    stop: async () => {
      controller.abort();
      await ended.catch(() => undefined);
    },
  };
}

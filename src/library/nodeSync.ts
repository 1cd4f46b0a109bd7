import type { SourceRequest } from '../core/engine';
import { followFolder } from '../core/sync/folderSync';
import type { NodeSync, SendResult } from './types';

/** Offers the folder once and follows that to its end; the signal takes it back. */
export type SyncRound = (signal: AbortSignal) => Promise<SendResult>;

/** Keeps a folder in step until it is stopped or cannot go on. */
export function followSync(
  source: SourceRequest,
  round: SyncRound,
  onRound: (result: SendResult) => void,
): NodeSync {
  const controller = new AbortController();
  const { signal } = controller;
  const ended = followFolder(
    source,
    async () => {
      onRound(await round(signal));
    },
    signal,
  ).catch((thrown: unknown) => {
    // What a stop interrupts is no failure.
    if (!signal.aborted) throw thrown;
  });
  // Whoever does not await it is told by `transfer_failed`.
  ended.catch(() => undefined);
  return {
    ended,
    stop: async () => {
      controller.abort();
      await ended.catch(() => undefined);
    },
  };
}

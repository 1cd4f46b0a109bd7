import { errors } from '../errors';

/**
 * Does something under a signal that is also aborted when the time is over.
 * @throws PEER_SILENT after `ms` milliseconds, or what `signal` was aborted with
 */
export async function withinTime<T>(
  ms: number,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(errors.peerSilent(ms / 1000));
  }, ms);
  try {
    return await act(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}

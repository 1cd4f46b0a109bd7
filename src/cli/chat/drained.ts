import { flushed } from '../streams';

/** Bytes of output that may wait for its reader before nothing more is fetched for it. */
const MAX_BACKLOG = 256 * 1024;

/** Resolves at once while the reader keeps up, else when it has read what waits, or at the signal. */
export async function drained(stream: NodeJS.WriteStream, signal: AbortSignal): Promise<void> {
  if (stream.destroyed || stream.writableLength <= MAX_BACKLOG || signal.aborted) return;
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  signal.addEventListener('abort', stop, { once: true });
  await Promise.race([flushed(stream), stopped]);
  signal.removeEventListener('abort', stop);
}

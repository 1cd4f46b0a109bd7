import type NoiseStream from '@hyperswarm/secret-stream';

/** Milliseconds; several round trips around the world. */
const UNHEARD_MS = 3000;

/**
 * Calls once the first bytes of the other side's Noise stream are here. A connection can open on one
 * side although the other never saw it; such a one is given up, so that the next try can begin.
 */
export function whenHeard(connection: NoiseStream, heard: () => void): void {
  if (connection.rawBytesRead > 0) {
    heard();
    return;
  }
  connection.on('error', () => undefined);
  const timer = setTimeout(() => connection.destroy(), UNHEARD_MS);
  connection.rawStream.once('data', () => {
    clearTimeout(timer);
    if (!connection.destroyed) heard();
  });
  connection.once('close', () => {
    clearTimeout(timer);
  });
}

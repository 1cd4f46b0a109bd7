import type NoiseStream from '@hyperswarm/secret-stream';

/** Milliseconds a goodbye may take: the other side has to see our last bytes, and may be gone. */
const GOODBYE_MS = 5000;

/** Ends a stream behind what was written to it. Resolves when it is closed, or was cut. */
export async function endStream(stream: NoiseStream): Promise<void> {
  if (stream.destroyed) return;
  const closed = new Promise<void>((resolve) => {
    stream.once('close', resolve);
  });
  stream.end();
  // A stream closes when both ends are read; what still arrives is of no interest.
  stream.resume();
  const timer = setTimeout(() => stream.destroy(), GOODBYE_MS);
  await closed;
  clearTimeout(timer);
}

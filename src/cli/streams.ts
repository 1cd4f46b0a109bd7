import type { LineSink } from './output/report';

/**
 * Lines to a stream whose reader may go away (`| head`). What is written afterwards is dropped;
 * `onGone` hears of it once.
 */
export function sinkOf(stream: NodeJS.WriteStream, onGone: () => void): LineSink {
  let gone = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (gone) return;
    gone = true;
    // Any error means that nobody reads any more; a full disk behind a redirect is no different.
    if (error.code !== 'ERR_STREAM_DESTROYED') onGone();
  });
  return {
    line: (text) => {
      if (!gone) stream.write(`${text}\n`);
    },
  };
}

/** Resolves when everything written before has left, or cannot. */
export function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) {
      resolve();
      return;
    }
    stream.write('', () => {
      resolve();
    });
  });
}

import b4a from 'b4a';
import type NoiseStream from '@hyperswarm/secret-stream';
import { errors } from '../errors';
import type { MessagePipe } from '../identity/messagePipe';
import { endStream } from './endStream';

/** A pipe whose stream can be taken over by what is spoken after the proof. */
export interface StreamPipe extends MessagePipe {
  /** Ends the pipe and leaves the stream, with whatever it has received but nobody has read. */
  release(): void;
}

/**
 * A Noise stream as messages: what the other side wrote at once arrives at once.
 * Messages are taken one by one with `read`, never with a listener for `data`, which would also take
 * what follows the last message that is asked for.
 */
export function streamPipe(stream: NoiseStream): StreamPipe {
  let over = stream.destroying;
  let wake: () => void = () => undefined;
  const readable = (): void => {
    wake();
  };
  const gone = (): void => {
    over = true;
    wake();
  };
  // An error on the stream is told to whoever reads; nobody else needs to hear of it.
  stream.on('error', () => undefined);
  stream.on('readable', readable);
  stream.on('end', gone);
  stream.on('close', gone);
  return {
    handshakeHash: stream.handshakeHash,
    isInitiator: stream.isInitiator,

    send(message) {
      if (!stream.destroying) stream.write(message);
    },

    async receive(maxBytes, signal) {
      for (;;) {
        signal?.throwIfAborted();
        const message = stream.read() as Uint8Array | null;
        if (message !== null) {
          if (message.byteLength > maxBytes) throw errors.protocol('a message that is too long');
          return b4a.toBuffer(message) as Buffer;
        }
        if (over) return null;
        await new Promise<void>((resolve) => {
          const woken = (): void => {
            signal?.removeEventListener('abort', woken);
            resolve();
          };
          wake = woken;
          signal?.addEventListener('abort', woken, { once: true });
        });
      }
    },

    end: () => endStream(stream),

    destroy() {
      stream.destroy();
    },

    release() {
      stream.off('readable', readable);
      stream.off('end', gone);
      stream.off('close', gone);
    },
  };
}

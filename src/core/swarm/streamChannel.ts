import { createHash } from 'node:crypto';
import b4a from 'b4a';
import type { Connection } from 'hyperswarm';
import { errors } from '../errors';
import type { ByteChannel } from '../transfer/byteChannel';
import { endStream } from './endStream';

/** A Noise stream as a byte channel. */
export function streamChannel(stream: Connection): ByteChannel {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  // An error on the stream is told to whoever reads or writes; nobody else needs to hear of it.
  stream.on('error', () => undefined);
  return {
    remoteKeyHash: keyHash(stream.remotePublicKey),

    write(bytes) {
      if (stream.destroyed) return Promise.reject(errors.peerLost());
      if (stream.write(bytes)) return undefined;
      return new Promise((resolve, reject) => {
        const settle = (): void => {
          stream.off('drain', settle);
          stream.off('close', settle);
          if (stream.destroyed) reject(errors.peerLost());
          else resolve();
        };
        stream.on('drain', settle);
        stream.on('close', settle);
      });
    },

    async read() {
      try {
        const next = await chunks.next();
        // The stream hands out whatever byte array its layers made; a view on it costs nothing.
        return next.done === true ? null : (b4a.toBuffer(next.value) as Buffer);
      } catch {
        return null;
      }
    },

    end: () => endStream(stream),

    destroy() {
      stream.destroy();
    },
  };
}

/** SHA-256 of a Noise public key, lower-case hex: how a key is announced in a task. */
export function keyHash(publicKey: Buffer): string {
  return createHash('sha256').update(publicKey).digest('hex');
}

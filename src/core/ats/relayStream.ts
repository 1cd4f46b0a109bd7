import { Duplex } from 'node:stream';
import WebSocket from 'ws';
import { errors } from '../errors';

/** Bytes of one message. Smaller than what a relay passes on, and large enough to cost little. */
const PIECE_BYTES = 64 * 1024;
/** How long what was written may take to leave when the stream ends, milliseconds. */
const GOODBYE_MS = 5000;

/**
 * A joined socket of a hub's relay as a stream of bytes. Where messages begin and end means nothing.
 * Ends when either side ends, and fails with PEER_LOST when the other side vanished, or with
 * ATS_UNREACHABLE when the hub did.
 */
export class RelayStream extends Duplex {
  constructor(
    private readonly socket: WebSocket,
    private readonly hub: string,
  ) {
    super({ allowHalfOpen: false });
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary && !this.destroyed && !this.push(data)) socket.pause();
    });
    socket.once('close', (code) => {
      if (code === NORMAL) this.push(null);
      else this.destroy(code === OTHER_LOST ? errors.peerLost() : errors.atsUnreachable(hub));
    });
  }

  override _read(): void {
    if (this.socket.isPaused) this.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.socket.readyState !== WebSocket.OPEN) {
      done(errors.atsUnreachable(this.hub));
      return;
    }
    for (let at = 0; at < chunk.byteLength; at += PIECE_BYTES) {
      const isLast = at + PIECE_BYTES >= chunk.byteLength;
      this.socket.send(
        chunk.subarray(at, at + PIECE_BYTES),
        { binary: true },
        // Told once this has been handed to the system, so that a slow network slows us down.
        isLast
          ? (error) => {
              done(error ? errors.atsUnreachable(this.hub, { cause: error }) : null);
            }
          : undefined,
      );
    }
    if (chunk.byteLength === 0) done();
  }

  override _final(done: (error?: Error | null) => void): void {
    // Behind what was sent, in the same order.
    this.socket.close(NORMAL);
    // A socket that is not read hears no goodbye.
    this.socket.resume();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (error !== null) this.socket.terminate();
    else if (this.socket.readyState !== WebSocket.CLOSED) {
      this.socket.close(NORMAL);
      const timer = setTimeout(() => {
        this.socket.terminate();
      }, GOODBYE_MS);
      this.socket.once('close', () => {
        clearTimeout(timer);
      });
      this.socket.resume();
    }
    done(error);
  }
}

/** RFC 6455, 7.4.1. */
const NORMAL = 1000;
/** What the hub says when the other side vanished. */
const OTHER_LOST = 4410;

import type { WebSocket } from '@fastify/websocket';
import type { HubLimits } from '../limits';
import { relayCodes, type RelayCode } from './relayCodes';

/** Two sockets whose messages are passed from each to the other, until either closes. */
export class JoinedPair {
  private readonly halves: readonly [Half, Half];
  private passedAt = performance.now();
  private closed = false;

  constructor(
    readonly sockets: readonly [WebSocket, WebSocket],
    private readonly limits: HubLimits,
    private readonly onClosed: () => void,
  ) {
    const [one, other] = sockets;
    this.halves = [new Half(one), new Half(other)];
    this.connect(this.halves[0], this.halves[1]);
    this.connect(this.halves[1], this.halves[0]);
    for (const socket of sockets) socket.send('{"event":"joined"}');
  }

  /** Looks whether both are still there; called again and again. */
  beat(): void {
    const now = performance.now();
    const { relayIdleMs, relayStallMs } = this.limits;
    if (now - this.passedAt > relayIdleMs) {
      this.close(relayCodes.silent);
      return;
    }
    for (const half of this.halves) {
      const stalled = half.isBehind && now - half.drainedAt > relayStallMs;
      if (stalled || !half.isAlive()) {
        half.socket.terminate();
        return;
      }
    }
  }

  close(why: RelayCode): void {
    if (this.closed) return;
    this.closed = true;
    for (const { socket } of this.halves) {
      // A socket that is not read would not hear the other side's goodbye either.
      socket.resume();
      socket.close(why.code, why.reason);
    }
    this.onClosed();
  }

  private connect(from: Half, to: Half): void {
    const { relayBacklogBytes, relayMessageBytes } = this.limits;
    from.socket.on('message', (data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean) => {
      from.heard = true;
      const bytes = data as Buffer;
      if (this.closed) return;
      if (!isBinary) {
        this.close(relayCodes.textAfterJoining);
        return;
      }
      if (bytes.byteLength > relayMessageBytes) {
        this.close(relayCodes.tooLarge);
        return;
      }
      this.passedAt = performance.now();
      if (!to.isBehind) to.drainedAt = this.passedAt;
      to.socket.send(bytes, { binary: true, compress: false }, () => {
        // Written, or never to be, which `close` tells.
        to.drainedAt = performance.now();
        if (from.socket.isPaused && to.socket.bufferedAmount <= relayBacklogBytes / 2) {
          from.socket.resume();
        }
      });
      if (to.socket.bufferedAmount > relayBacklogBytes) from.socket.pause();
    });
    from.socket.on('pong', () => {
      from.heard = true;
    });
    from.socket.once('close', (code) => {
      this.close(code === NORMAL || code === NO_CODE ? relayCodes.ended : relayCodes.lost);
    });
  }
}

/** RFC 6455, 7.4.1: it ended as it should, or said goodbye without a number. */
const NORMAL = 1000;
const NO_CODE = 1005;

class Half {
  heard = true;
  /** When something last left for this side, or when nothing waited for it. */
  drainedAt = performance.now();

  constructor(readonly socket: WebSocket) {}

  get isBehind(): boolean {
    return this.socket.bufferedAmount > 0;
  }

  /** Asks for a sign of life and tells whether the last question had an answer. */
  isAlive(): boolean {
    // What is not read is not heard; and one that has much to read answers only behind it.
    if (this.socket.isPaused || this.isBehind) return true;
    if (!this.heard) return false;
    this.heard = false;
    this.socket.ping();
    return true;
  }
}

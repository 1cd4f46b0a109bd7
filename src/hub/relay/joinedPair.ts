import type { WebSocket } from '@fastify/websocket';
import type { HubLimits } from '../limits';
import { goodbye } from './goodbye';
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
    // What waits to be read is no silence; that it is not read for long is another matter.
    const behind = this.halves.some((half) => half.isBehind);
    if (!behind && now - this.passedAt > relayIdleMs) {
      this.close(relayCodes.silent);
      return;
    }
    for (const half of this.halves) {
      if (half.isDead(now, relayStallMs)) {
        half.socket.terminate();
        return;
      }
      half.ask();
    }
  }

  close(why: RelayCode): void {
    if (this.closed) return;
    this.closed = true;
    // Behind what waits for it, so that all arrives that one side had sent when it ended.
    for (const { socket } of this.halves) goodbye(socket, why, this.limits.relayStallMs);
    this.onClosed();
  }

  private connect(from: Half, to: Half): void {
    const { relayBacklogBytes } = this.limits;
    from.socket.on('message', (data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean) => {
      if (this.closed) return;
      if (!isBinary) {
        this.close(relayCodes.textAfterJoining);
        return;
      }
      this.passedAt = performance.now();
      from.heardAt = this.passedAt;
      if (!to.isBehind) to.drainedAt = this.passedAt;
      to.socket.send(data as Buffer, { binary: true, compress: false }, () => {
        // Written, or never to be, which `close` tells.
        to.drainedAt = performance.now();
        this.passedAt = to.drainedAt;
        if (from.socket.isPaused && to.socket.bufferedAmount <= relayBacklogBytes / 2) {
          from.socket.resume();
          from.heardAt = to.drainedAt;
        }
      });
      if (to.socket.bufferedAmount > relayBacklogBytes) from.socket.pause();
    });
    from.socket.on('pong', () => {
      from.heardAt = performance.now();
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
  heardAt = performance.now();
  /** When something last left for this side, or when nothing waited for it. */
  drainedAt = performance.now();

  constructor(readonly socket: WebSocket) {}

  get isBehind(): boolean {
    return this.socket.bufferedAmount > 0;
  }

  isDead(now: number, patienceMs: number): boolean {
    // Whatever it says meanwhile: what waits for it takes room here.
    if (this.isBehind) return now - this.drainedAt > patienceMs;
    // What is not read is not heard.
    if (this.socket.isPaused) return false;
    return now - Math.max(this.heardAt, this.drainedAt) > patienceMs;
  }

  /** For a sign of life; who has much to read would see the question only behind it. */
  ask(): void {
    if (!this.isBehind && !this.socket.isPaused) this.socket.ping();
  }
}

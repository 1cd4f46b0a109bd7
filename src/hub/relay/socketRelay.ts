import { createHash } from 'node:crypto';
import type { WebSocket } from '@fastify/websocket';
import { startHeartbeat, type Heard } from '../heartbeat';
import type { HubLimits } from '../limits';
import { goodbye } from './goodbye';
import { JoinedPair } from './joinedPair';
import { relayCodes } from './relayCodes';
import { readRelayHello, type RelaySide } from './relayHello';

/** How long clients may take to agree when the hub stops, milliseconds. */
const STOPPING_MS = 500;

/**
 * The relay for networks without UDP: joins two sockets of opposite sides that name the same token,
 * and passes their bytes. What passes is encrypted between the two; nothing here has a key to it.
 *
 * Both have to meet at the same hub. Hubs on one database do not join each other's sockets: that
 * would send all bytes twice through the team's network; a hub address that leads to any of several
 * hubs has to keep `/relay` on one.
 */
export class SocketRelay {
  private readonly places = new Map<WebSocket, Place>();
  /** By side and digest of the token, so that the token itself is nowhere kept. */
  private readonly waiting = new Map<string, WebSocket>();
  private readonly pairs = new Set<JoinedPair>();
  private readonly perAddress = new Map<string, number>();
  private readonly heartbeat: NodeJS.Timeout;

  constructor(
    private readonly limits: HubLimits,
    private readonly log: (line: string) => void,
  ) {
    this.heartbeat = startHeartbeat(limits, this.places, () => {
      for (const pair of this.pairs) pair.beat();
    });
  }

  /** Sockets that are not joined, and pairs that are. */
  get counts(): { readonly unjoined: number; readonly pairs: number } {
    return { unjoined: this.places.size, pairs: this.pairs.size };
  }

  /** @param address of the client; that of a proxy, when one stands between */
  add(socket: WebSocket, address: string): void {
    // Broken frames and resets; `close` follows.
    socket.on('error', (error) => {
      this.log(`A relayed socket broke: ${error.message}`);
    });
    const { relayWaiting, relayWaitingPerAddress } = this.limits;
    const ofAddress = this.perAddress.get(address) ?? 0;
    if (this.places.size >= relayWaiting || ofAddress >= relayWaitingPerAddress) {
      goodbye(socket, relayCodes.tooMany);
      return;
    }
    this.perAddress.set(address, ofAddress + 1);
    const timer = setTimeout(() => {
      goodbye(socket, relayCodes.silent);
    }, this.limits.relayHelloMs);
    const place: Place = { address, heard: true, timer, key: undefined, off: () => undefined };
    const onMessage = (data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean): void => {
      if (place.key !== undefined) goodbye(socket, relayCodes.tooEarly);
      else this.greet(socket, place, isBinary ? undefined : (data as Buffer));
    };
    const onPong = (): void => {
      place.heard = true;
    };
    const onClose = (): void => {
      this.leave(socket);
    };
    socket.on('message', onMessage).on('pong', onPong).once('close', onClose);
    place.off = () => {
      socket.off('message', onMessage).off('pong', onPong).off('close', onClose);
    };
    this.places.set(socket, place);
  }

  /** Says goodbye to all, and cuts who does not answer. */
  async close(): Promise<void> {
    clearInterval(this.heartbeat);
    const sockets = [...this.places.keys(), ...[...this.pairs].flatMap((pair) => pair.sockets)];
    for (const pair of this.pairs) pair.close(relayCodes.stopping);
    await Promise.all(
      sockets.map(
        (socket) =>
          new Promise<void>((resolve) => {
            socket.once('close', () => {
              resolve();
            });
            if (socket.readyState === socket.CLOSED) resolve();
            goodbye(socket, relayCodes.stopping, STOPPING_MS);
          }),
      ),
    );
  }

  private greet(socket: WebSocket, place: Place, message: Buffer | undefined): void {
    const hello = readRelayHello(message);
    if (hello === undefined) {
      goodbye(socket, relayCodes.badHello);
      return;
    }
    clearTimeout(place.timer);
    const digest = createHash('sha256').update(hello.token, 'hex').digest('hex');
    const other = this.waiting.get(`${opposite(hello.side)} ${digest}`);
    if (other !== undefined) {
      this.join(socket, other);
      return;
    }
    const key = `${hello.side} ${digest}`;
    const older = this.waiting.get(key);
    if (older !== undefined) {
      this.leave(older);
      goodbye(older, relayCodes.replaced);
    }
    place.key = key;
    this.waiting.set(key, socket);
  }

  private join(one: WebSocket, other: WebSocket): void {
    if (this.pairs.size >= this.limits.relayPairs) {
      // Who waited may go on waiting: there may be room when its other side asks again.
      goodbye(one, relayCodes.tooMany);
      return;
    }
    for (const socket of [one, other]) this.leave(socket);
    const pair = new JoinedPair([one, other], this.limits, () => {
      this.pairs.delete(pair);
    });
    this.pairs.add(pair);
  }

  /** Neither counted nor listened to here any more. */
  private leave(socket: WebSocket): void {
    const place = this.places.get(socket);
    if (place === undefined) return;
    this.places.delete(socket);
    clearTimeout(place.timer);
    place.off();
    if (place.key !== undefined) this.waiting.delete(place.key);
    const left = (this.perAddress.get(place.address) ?? 1) - 1;
    if (left === 0) this.perAddress.delete(place.address);
    else this.perAddress.set(place.address, left);
  }
}

/** A socket that is not joined yet. */
interface Place extends Heard {
  readonly address: string;
  readonly timer: NodeJS.Timeout;
  /** Under which it waits; undefined until it has said who it waits for. */
  key: string | undefined;
  off: () => void;
}

function opposite(side: RelaySide): RelaySide {
  return side === 'low' ? 'high' : 'low';
}

import type { WebSocket } from '@fastify/websocket';
import type { HubLimits } from './limits';

/** What is kept of a socket to know whether its other end is there. */
export interface Heard {
  /** Whether anything came since the last ping. */
  heard: boolean;
}

/**
 * Pings these sockets again and again, and cuts those that did not answer the ping before. To be
 * ended with `clearInterval`.
 * @param andThen is called after each round
 */
export function startHeartbeat(
  { heartbeatMs }: HubLimits,
  sockets: ReadonlyMap<WebSocket, Heard>,
  andThen: () => void = () => undefined,
): NodeJS.Timeout {
  return setInterval(() => {
    for (const [socket, place] of sockets) {
      if (!place.heard) {
        socket.terminate();
        continue;
      }
      place.heard = false;
      socket.ping();
    }
    andThen();
  }, heartbeatMs);
}

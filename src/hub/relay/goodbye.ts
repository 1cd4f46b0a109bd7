import type { WebSocket } from '@fastify/websocket';
import type { RelayCode } from './relayCodes';

/** How long a client may take to agree to the end of its socket, milliseconds. */
const PATIENCE_MS = 5000;

/** Closes a socket and says why; cuts it when the client does not answer. */
export function goodbye(socket: WebSocket, why: RelayCode, patienceMs = PATIENCE_MS): void {
  if (socket.readyState === socket.CLOSED) return;
  // A socket that is not read would not hear the answer.
  socket.resume();
  socket.close(why.code, why.reason);
  const timer = setTimeout(() => {
    socket.terminate();
  }, patienceMs);
  socket.once('close', () => {
    clearTimeout(timer);
  });
}

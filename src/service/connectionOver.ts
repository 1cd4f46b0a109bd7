import type { Socket } from 'node:net';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';

/** JSON-RPC over one socket, which is destroyed by the first thing that is not JSON-RPC. */
export function connectionOver(socket: Socket): MessageConnection {
  const reader = new StreamMessageReader(socket);
  // It would report half a message every ten seconds, also of a connection long closed, and with
  // that keep the process alive for ever.
  reader.partialMessageTimeout = 0;
  const rpc = createMessageConnection(reader, new StreamMessageWriter(socket));
  socket.on('error', () => socket.destroy());
  rpc.onError(() => socket.destroy());
  return rpc;
}

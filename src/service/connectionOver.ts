import type { Socket } from 'node:net';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type Message,
  type MessageConnection,
} from 'vscode-jsonrpc/node';

/**
 * JSON-RPC over one socket, which is destroyed by the first thing that is not JSON-RPC.
 * What cannot be written is told by the socket's `close`, and by nothing else.
 */
export function connectionOver(socket: Socket): MessageConnection {
  const reader = new StreamMessageReader(socket);
  // It would report half a message every ten seconds, also of a connection long closed, and with
  // that keep the process alive for ever.
  reader.partialMessageTimeout = 0;
  const rpc = createMessageConnection(reader, new SocketWriter(socket));
  socket.on('error', () => socket.destroy());
  rpc.onError(() => socket.destroy());
  return rpc;
}

/**
 * The library throws a request's failed write where nobody can catch it (`sendRequest` has an
 * asynchronous executor), which ends the process.
 */
class SocketWriter extends StreamMessageWriter {
  constructor(private readonly socket: Socket) {
    super(socket);
  }

  override async write(message: Message): Promise<void> {
    try {
      await super.write(message);
    } catch {
      this.socket.destroy();
    }
  }
}

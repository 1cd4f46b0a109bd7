import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A door before a TCP server that a test can shut: connections end, and new ones are refused. */
export interface TcpGate {
  readonly url: string;
  shut(): Promise<void>;
  open(): Promise<void>;
}

/** @param target the address of an HTTP server on this machine */
export async function tcpGate(target: string): Promise<TcpGate> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const listen = async (at: number) => {
    const server = createServer((inner) => {
      const outer = connect(Number(port), hostname);
      keep(inner);
      keep(outer);
      inner.pipe(outer).pipe(inner);
    });
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  let server = await listen(0);
  const own = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${String(own)}`,
    async shut() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async open() {
      server = await listen(own);
    },
  };
}

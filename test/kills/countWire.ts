import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { watchWire, wireBytes } from '../bench/wireBytes';

/** Milliseconds between two words of what has gone through the network so far. */
const TELL_MS = 10;

// Before anything opens a socket: whoever kills this process can choose the moment by its bytes, and
// what is moved twice is seen from below, whatever the engine says of itself. While the hub's DHT is
// not back, links run through its relay, which is TCP.
watchWire();
const sockets = new Set<Socket>();
let closedBytes = 0;
subscribe('net.client.socket', (message) => {
  const { socket } = message as { readonly socket: Socket };
  sockets.add(socket);
  socket.once('close', () => {
    sockets.delete(socket);
    closedBytes += bytesOf(socket);
  });
});

let told = -1;
setInterval(() => {
  let bytes = wireBytes() + closedBytes;
  for (const socket of sockets) bytes += bytesOf(socket);
  if (bytes === told) return;
  told = bytes;
  process.stdout.write(`${JSON.stringify({ say: 'log', line: `wire ${String(bytes)}` })}\n`);
}, TELL_MS).unref();

function bytesOf({ bytesRead, bytesWritten }: Socket): number {
  return bytesRead + bytesWritten;
}

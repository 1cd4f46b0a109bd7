import { watchWire, wireBytes } from '../bench/wireBytes';

/** Milliseconds between two words of what has gone through the network so far. */
const TELL_MS = 10;

// Before anything opens a socket: whoever kills this process can choose the moment by its bytes, and
// what is moved twice is seen from below, whatever the engine says of itself.
watchWire();
let told = -1;
setInterval(() => {
  const bytes = wireBytes();
  if (bytes === told) return;
  told = bytes;
  process.stdout.write(`${JSON.stringify({ say: 'log', line: `wire ${String(bytes)}` })}\n`);
}, TELL_MS).unref();

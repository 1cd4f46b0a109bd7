import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import NoiseStream from '@hyperswarm/secret-stream';
import DHT from 'hyperdht';
import { createAtsClient } from '../../src/core/ats/client';

/** What a peer of the lab is asked to do, as JSON in its only argument. */
export interface PeerTask {
  readonly bootstrap: readonly string[];
  /** 64 hex digits: the peer to connect to. Without one it listens, and says everything back. */
  readonly to?: string;
  /** Public key of a blind relay to go through, 64 hex digits. */
  readonly relay?: string;
  /** Where to register with the hub's relay first. */
  readonly register?: { readonly url: string; readonly token: string };
  /** Through the WebSocket relay of this hub instead. The low side speaks, the high side says back. */
  readonly socket?: { readonly url: string; readonly token: string; readonly side: 'low' | 'high' };
  /** What is said, many times over. */
  readonly text: string;
}

/** Times that the text is said: many packets, since one text may lie across two of them. */
export const REPEATS = 2000;

/** A program in the lab. Tells by JSON lines what became of its task. */
async function main(task: PeerTask): Promise<void> {
  if (task.socket !== undefined) {
    await overSocket(task, task.socket);
    return;
  }
  const dht = new DHT({ bootstrap: task.bootstrap }) as unknown as Node;
  await dht.fullyBootstrapped();
  const own = dht.defaultKeyPair.publicKey.toString('hex');
  if (task.register !== undefined) await register(task.register, own);
  const { relay } = task;
  const options = {
    shareLocalAddress: false,
    ...(relay !== undefined && { relayThrough: () => Buffer.from(relay, 'hex') }),
  };
  if (task.to !== undefined) {
    speak(dht.connect(Buffer.from(task.to, 'hex'), options), task.text, dht);
    return;
  }
  const server = dht.createServer(options, sayBack);
  await server.listen();
  tell('listening', { key: own });
}

async function overSocket(
  { text }: PeerTask,
  { url, token, side }: NonNullable<PeerTask['socket']>,
): Promise<void> {
  const client = createAtsClient({ url, actor: { type: 'agent', id: side, name: side } });
  tell('listening', {});
  const duplex = await client.openRelay(Buffer.from(token, 'hex'), side);
  const noise = new NoiseStream(side === 'low', duplex, { keyPair: DHT.keyPair() });
  if (side === 'low') speak(noise as unknown as Stream, text);
  else sayBack(noise as unknown as Stream);
}

function sayBack(stream: Stream): void {
  stream.on('error', () => undefined);
  stream.on('data', (bytes: Buffer) => stream.write(bytes));
}

function speak(stream: Stream, text: string, dht?: Node): void {
  const startedAt = performance.now();
  const all = text.repeat(REPEATS);
  let heard = '';
  stream.on('error', (error: Error & { code?: string }) => {
    tell('failed', { code: error.code ?? error.message, randomized: dht?.randomized });
  });
  stream.on('data', (bytes: Buffer) => {
    heard += bytes.toString('utf8');
    if (heard.length < all.length) return;
    const ms = Math.round(performance.now() - startedAt);
    const host = stream.rawStream.remoteHost;
    tell('echoed', { same: heard === all, host, ms, randomized: dht?.randomized });
  });
  stream.write(all);
}

async function register(at: { url: string; token: string }, key: string): Promise<void> {
  const answer = await fetch(`${at.url}/relay/keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${at.token}` },
    body: JSON.stringify({ key }),
  });
  if (answer.status !== 200) throw new Error(`registered with ${String(answer.status)}`);
}

function tell(event: string, said: object): void {
  console.log(JSON.stringify({ event, ...said }));
}

/** HyperDHT as it is used here; it ships no types. */
interface Node {
  fullyBootstrapped(): Promise<void>;
  readonly defaultKeyPair: { readonly publicKey: Buffer };
  readonly randomized: boolean;
  connect(key: Buffer, options: object): Stream;
  createServer(options: object, onConnection: (s: Stream) => void): { listen(): Promise<void> };
}

type Stream = Duplex & { readonly rawStream: EventEmitter & { readonly remoteHost?: string } };

if (process.argv[2] !== undefined) void main(JSON.parse(process.argv[2]) as PeerTask);

import type HyperDHT from 'hyperdht';
import { errors } from '../../core/errors';
import { gated } from '../../core/wire/frameGate';
import type { HubLimits } from '../limits';
import type { AcceptedStream, RelayNode } from './relayNode';

export interface BlindRelay {
  /** The public key by which clients find it, 64 lower-case hex digits. */
  readonly key: string;
  stop(): Promise<void>;
}

export interface BlindRelayParts {
  /** A node of the hub's network that others can reach. */
  readonly node: RelayNode;
  readonly DHT: Pick<typeof HyperDHT, 'keyPair'>;
  /** 32 bytes that make the key pair. */
  readonly seed: Buffer;
  /** Whether this client may use the relay at all, asked before its handshake is answered. */
  readonly admits: (publicKey: Buffer) => Promise<boolean>;
  readonly limits: HubLimits;
  readonly log: (line: string) => void;
}

/**
 * Passes UDP packets between two agents that cannot reach each other. It is blind: each names the
 * same token, and what is passed is encrypted between them; the relay has no key to it.
 */
export async function startBlindRelay(parts: BlindRelayParts): Promise<BlindRelay> {
  const { node, DHT, seed, log } = parts;
  const { Server } = await loadBlindRelay();
  const relay = new Server({
    createStream: (options) => node.createRawStream({ ...options, framed: true }),
  });
  const clients = new Clients(parts);
  const options = {
    shareLocalAddress: false,
    firewall: (publicKey: Buffer) => clients.refuses(publicKey),
  };
  const server = node.createServer(options, (stream) => {
    if (!clients.enter(stream)) return;
    const heard = gated(stream, (what) => {
      log(`A client of the relay is closed: ${what}`);
      stream.destroy();
    });
    const session = relay.accept(heard, { id: stream.remotePublicKey });
    session.on('error', (error: Error) => {
      log(`A relayed stream broke: ${error.message}`);
    });
    session.once('pair', () => {
      clients.used(stream);
    });
  });
  const keyPair = DHT.keyPair(seed);
  await server.listen(keyPair);
  return {
    key: keyPair.publicKey.toString('hex'),
    async stop() {
      // Nobody new first, then all at once: clients find another way or another relay.
      const closed = server.close();
      clients.closeAll();
      await closed;
    },
  };
}

/** Those connected now, and how many there are for each key. */
class Clients {
  private readonly streams = new Map<AcceptedStream, NodeJS.Timeout>();
  private readonly perKey = new Map<string, number>();
  private asking = 0;

  constructor(private readonly parts: BlindRelayParts) {}

  /** Comes with every handshake, so a flood of them must not become a flood of queries. */
  async refuses(publicKey: Buffer): Promise<boolean> {
    const { limits, admits } = this.parts;
    if (this.isFull(publicKey) || this.asking >= limits.relayQuestions) return true;
    this.asking += 1;
    try {
      return !(await admits(publicKey));
    } catch (error) {
      this.parts.log(`Who may use the relay cannot be looked up: ${String(error)}`);
      return true;
    } finally {
      this.asking -= 1;
    }
  }

  /** Ends the stream and gives false when there are too many; several may have passed at once. */
  enter(stream: AcceptedStream): boolean {
    const { limits } = this.parts;
    stream.on('error', () => undefined);
    if (this.isFull(stream.remotePublicKey)) {
      stream.destroy();
      return false;
    }
    const key = stream.remotePublicKey.toString('hex');
    this.perKey.set(key, (this.perKey.get(key) ?? 0) + 1);
    const unused = setTimeout(() => {
      stream.destroy();
    }, limits.relayUnusedMs);
    this.streams.set(stream, unused);
    stream.once('close', () => {
      clearTimeout(unused);
      this.streams.delete(stream);
      const left = (this.perKey.get(key) ?? 1) - 1;
      if (left === 0) this.perKey.delete(key);
      else this.perKey.set(key, left);
    });
    // A client that went without a word is noticed by its silence.
    stream.setKeepAlive(limits.relayKeepAliveMs);
    stream.setTimeout(limits.relaySilenceMs);
    let heard = 0;
    stream.on('data', (bytes: Buffer) => {
      heard += bytes.byteLength;
      // Only pairing is said here, in some 40 bytes; what is relayed does not come this way.
      if (heard > limits.relayControlBytes) stream.destroy();
    });
    return true;
  }

  used(stream: AcceptedStream): void {
    clearTimeout(this.streams.get(stream));
  }

  closeAll(): void {
    for (const stream of this.streams.keys()) stream.destroy();
  }

  private isFull(publicKey: Buffer): boolean {
    const { limits } = this.parts;
    const ofKey = this.perKey.get(publicKey.toString('hex')) ?? 0;
    return this.streams.size >= limits.relaySessions || ofKey >= limits.relaySessionsPerKey;
  }
}

async function loadBlindRelay() {
  try {
    return await import('blind-relay');
  } catch (cause) {
    throw errors.nativeMissing(`${process.platform} ${process.arch}`, { cause });
  }
}

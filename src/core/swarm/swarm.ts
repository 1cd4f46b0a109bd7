import { createHash } from 'node:crypto';
import type HyperDHT from 'hyperdht';
import type HyperswarmClass from 'hyperswarm';
import type { Connection } from 'hyperswarm';
import { isLoopback } from '../loopback';
import { errors } from '../errors';
import type { ByteChannel } from '../transfer/byteChannel';
import { dhtView } from './sharedDht';
import { keyHash, streamChannel } from './streamChannel';

/** Peers as sockets, over one DHT node for the process. */
export interface Swarm {
  /**
   * Meets others on a topic, as server and client, with a key pair of its own: Hyperswarm keeps one
   * connection per remote key, so a shared key would let only one transfer run between two peers.
   */
  join(meeting: Meeting): Membership;
  destroy(): Promise<void>;
}

export interface Meeting {
  /** 32 bytes. */
  readonly topic: Buffer;
  /** 32 random bytes from which the Noise key pair is made. */
  readonly seed: Buffer;
  readonly onChannel: (channel: ByteChannel) => void;
}

export interface Membership {
  /** Looks for peers again at once; use it when something says that they are there now. */
  lookAgain(): void;
  leave(): Promise<void>;
}

/** Wire version 1: the topic is the SHA-256 of the transfer id. */
export function transferTopic(transferId: string): Buffer {
  return createHash('sha256').update(transferId, 'utf8').digest();
}

/** SHA-256 of the public key a seed makes, lower-case hex. @throws NATIVE_MISSING */
export async function seedKeyHash(seed: Buffer): Promise<string> {
  const { Dht } = await loadNetwork();
  return keyHash(Dht.keyPair(seed).publicKey);
}

/**
 * @param bootstrap `HOST:PORT`; the public nodes when undefined
 * @throws NATIVE_MISSING
 */
export async function createSwarm(bootstrap: readonly string[] | undefined): Promise<Swarm> {
  const { Dht, Hyperswarm } = await loadNetwork();
  const dht = new Dht({
    ...(bootstrap !== undefined && { bootstrap }),
    // Bound to all interfaces, two peers on one machine can find each other and still not connect.
    // Nothing to punch through there either: with fewer than three nodes to ask, punching gives up, and
    // takes down the connection that the direct way has just made (hyperdht 6.34).
    ...(bootstrap?.every(isOnLoopback) === true && { host: '127.0.0.1', firewalled: false }),
  });
  dht.setMaxListeners(0);
  dht.on('error', () => undefined);
  const members = new Set<Membership>();
  return {
    join({ topic, seed, onChannel }) {
      const shared = dhtView(dht);
      const swarm = new Hyperswarm({ dht: shared.view, keyPair: Dht.keyPair(seed) });
      swarm.on('connection', (connection) => {
        connection.setKeepAlive(KEEP_ALIVE_MS);
        whenHeard(connection, () => {
          onChannel(streamChannel(connection));
        });
      });
      const discovery = swarm.join(topic, { client: true, server: true });
      const look = (): Promise<void> =>
        discovery.refresh({ client: true, server: true }).catch(() => undefined);
      // Both look while they announce, and may miss each other. Whoever was announced last finds the
      // other by looking once more; the interval is for packets that got lost.
      void discovery.flushed().then(look, () => undefined);
      const again = setInterval(() => void look(), LOOK_AGAIN_MS);
      const membership: Membership = {
        lookAgain: () => void look(),
        async leave() {
          if (!members.delete(membership)) return;
          clearInterval(again);
          await swarm.destroy();
          shared.release();
        },
      };
      members.add(membership);
      return membership;
    },

    async destroy() {
      await Promise.allSettled([...members].map((member) => member.leave()));
      await dht.destroy();
    },
  };
}

/**
 * Calls once the first bytes of the other side's Noise stream are here. A connection can open on one
 * side although the other never saw it; such a one is given up, so that the next try can begin.
 */
function whenHeard(connection: Connection, heard: () => void): void {
  if (connection.rawBytesRead > 0) {
    heard();
    return;
  }
  connection.on('error', () => undefined);
  const timer = setTimeout(() => connection.destroy(), UNHEARD_MS);
  connection.rawStream.once('data', () => {
    clearTimeout(timer);
    if (!connection.destroyed) heard();
  });
  connection.once('close', () => {
    clearTimeout(timer);
  });
}

/** Milliseconds; several round trips around the world. */
const UNHEARD_MS = 3000;

/** A dead connection is noticed and NAT mappings stay open. HyperDHT's own default. */
const KEEP_ALIVE_MS = 5000;

/** Milliseconds. Often enough to go on soon after a loss, seldom enough for other nodes to bear. */
const LOOK_AGAIN_MS = 3000;

function isOnLoopback(node: string): boolean {
  return isLoopback(node.slice(node.indexOf('@') + 1, node.lastIndexOf(':')));
}

interface Network {
  readonly Dht: typeof HyperDHT;
  readonly Hyperswarm: typeof HyperswarmClass;
}

/** Loaded when first needed: the native parts take a while, and are missing on some systems. */
async function loadNetwork(): Promise<Network> {
  try {
    const [dht, hyperswarm] = await Promise.all([import('hyperdht'), import('hyperswarm')]);
    return { Dht: dht.default, Hyperswarm: hyperswarm.default };
  } catch (cause) {
    throw errors.nativeMissing(`${process.platform}-${process.arch}`, { cause });
  }
}

import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type HyperDHT from 'hyperdht';
import { isLoopback } from '../loopback';
import type { ByteChannel } from '../transfer/byteChannel';
import { HyperLinks, type LinksOptions } from './hyperLinks';
import type { LinkHooks, Links } from './links';
import { meet, type PairingMeeting } from './meet';
import { loadNetwork, type Network } from './network';
import { trackRelays } from './relayTracker';
import { unrelayed } from './relayWish';
import { dhtView } from './sharedDht';
import { keyHash, streamChannel } from './streamChannel';
import { whenHeard } from './whenHeard';

/** Peers as sockets, over one DHT node for the process. */
export interface Swarm {
  /**
   * Meets others on a topic, as server and client, with a key pair of its own: Hyperswarm keeps one
   * connection per remote key, so a shared key would let only one transfer run between two peers.
   */
  join(meeting: Meeting): Membership;
  /** Meets the other side of an invite: who made it as server only, who uses it as client only. */
  meet(meeting: PairingMeeting): Membership;
  /** The links to the paired agents of one identity; at most one at a time for each identity. */
  links(options: LinksOptions, hooks: LinkHooks): Links;
  /** As which this process comes to blind relays, 32 bytes: what is to be registered there. */
  readonly publicKey: Buffer;
  /** Takes back what was announced, for as long as there are nodes that answer to that. */
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
  const network = await loadNetwork();
  const dht = new network.Dht({
    ...(bootstrap !== undefined && { bootstrap }),
    // Bound to all interfaces, two peers on one machine can find each other and still not connect.
    // Nothing to punch through there either: with fewer than three nodes to ask, punching gives up, and
    // takes down the connection that the direct way has just made (hyperdht 6.34).
    ...(bootstrap?.every(isOnLoopback) === true && { host: '127.0.0.1', firewalled: false }),
  });
  return swarmOver(network, dht);
}

/** The same over a node that is there already, and is destroyed with it. */
export function swarmOver(network: Network, dht: HyperDHT): Swarm {
  const { Dht, Hyperswarm } = network;
  dht.setMaxListeners(0);
  dht.on('error', () => undefined);
  trackRelays(dht);
  const members = new Set<Membership>();
  const linked = new Set<Links>();
  return {
    publicKey: dht.defaultKeyPair.publicKey,

    join({ topic, seed, onChannel }) {
      // Strangers meet here, and none of them is to choose a relay for us.
      const shared = dhtView(dht, unrelayed(dht, network));
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

    meet(meeting) {
      const met = meet(dht, network, meeting);
      const membership: Membership = {
        lookAgain: () => {
          met.lookAgain();
        },
        async leave() {
          members.delete(membership);
          await met.leave();
        },
      };
      members.add(membership);
      return membership;
    },

    links(options, hooks) {
      const links = new HyperLinks(network, dht, options, hooks);
      linked.add(links);
      return links;
    },

    async destroy() {
      const left = Promise.allSettled([
        ...[...members].map((member) => member.leave()),
        ...[...linked].map((links) => links.destroy()),
      ]);
      const limit = new AbortController();
      await Promise.race([left, after(LEAVE_MS, limit.signal)]);
      limit.abort();
      await dht.destroy({ force: true });
    },
  };
}

/** A dead connection is noticed and NAT mappings stay open. HyperDHT's own default. */
const KEEP_ALIVE_MS = 5000;

/** Milliseconds. Often enough to go on soon after a loss, seldom enough for other nodes to bear. */
const LOOK_AGAIN_MS = 3000;

/**
 * Milliseconds. Nodes on the other side of the world answer in less; where none does, as without a
 * network, HyperDHT alone would take six seconds, and an editor that closes gives everything five.
 */
const LEAVE_MS = 2000;

/** Rejects never; the caller has what it waited for when it aborts. */
function after(ms: number, signal: AbortSignal): Promise<void> {
  return delay(ms, undefined, { signal }).catch(() => undefined);
}

function isOnLoopback(node: string): boolean {
  return isLoopback(node.slice(node.indexOf('@') + 1, node.lastIndexOf(':')));
}

import type HyperDHT from 'hyperdht';
import type { KeyPair } from 'hyperdht';
import type HyperswarmClass from 'hyperswarm';
import type NoiseStream from '@hyperswarm/secret-stream';
import type { Network } from './network';
import { handshakesOver, serving } from './relayWish';
import { dhtView } from './sharedDht';

/** One Hyperswarm of its own key pair over the shared node, which decides how relays are used. */
export interface SwarmNode {
  readonly swarm: HyperswarmClass;
  /** Leaves every topic and closes every connection, those that are only being tried too. */
  destroy(): Promise<void>;
}

export interface SwarmNodeOptions {
  readonly dht: HyperDHT;
  readonly network: Network;
  readonly keyPair: KeyPair;
  /**
   * Blind relays, hex keys: tried when the direct way to a key has failed, one after the other, and
   * followed when the other side wishes one of them. Without any, connections are direct only.
   */
  readonly relays: readonly string[];
  /**
   * Whether a connection to this key is there and answers. Then another is not accepted: when two
   * connect to each other at once, Hyperswarm would end the one that is open for the one that comes,
   * while the other side may keep the first.
   */
  readonly isConnected?: (publicKey: Buffer) => Promise<boolean>;
}

/** Connections that are tried at once; keys of agents that are gone take some seconds each to fail. */
const PARALLEL_TRIES = 16;

/**
 * Milliseconds before a key is tried again: after a link that was good, after the first failure, the
 * next ones. Hyperswarm's own second is 5 s, but what may help then is a relay, and at once.
 */
const BACKOFFS_MS = [1000, 1000, 5000, 60_000];

/** Keys whose failures are remembered. */
const FAILURES_KEPT = 1024;

export function swarmNode(options: SwarmNodeOptions): SwarmNode {
  const { dht, network, keyPair, relays, isConnected = () => Promise.resolve(false) } = options;
  const known = [...new Set(relays)].sort();
  const failures = new Map<string, number>();
  const streams = new Set<NoiseStream>();

  const createHandshake = handshakesOver(network, known);

  // Only who connects wishes: the other side would not know which relay both know. Relays are taken
  // in one order on all machines, the next one after each failure, what worked last before them.
  let proven: string | undefined;
  const relayFor = (key: string): Buffer | null => {
    const failed = failures.get(key) ?? 0;
    if (failed === 0 && !dht.randomized) return null;
    const order = [...known].sort((a, b) => Number(b === proven) - Number(a === proven));
    const relay = order[Math.max(failed - 1, 0) % order.length];
    return relay === undefined ? null : Buffer.from(relay, 'hex');
  };

  const connect = (publicKey: Buffer, given: HyperDHT.ConnectOptions): NoiseStream => {
    const key = publicKey.toString('hex');
    const relayThrough = relayFor(key);
    const stream = dht.connect(publicKey, { ...given, relayThrough, createHandshake });
    streams.add(stream);
    let opened = false;
    stream.once('open', () => {
      opened = true;
      failures.delete(key);
      proven = relayThrough?.toString('hex') ?? proven;
    });
    stream.once('close', () => {
      streams.delete(stream);
      if (opened) return;
      if (failures.size >= FAILURES_KEPT) failures.delete(failures.keys().next().value ?? '');
      failures.set(key, (failures.get(key) ?? 0) + 1);
    });
    return stream;
  };
  const createServer = (
    { firewall, ...rest }: { readonly firewall: Firewall },
    onConnection: (stream: NoiseStream) => void,
  ): unknown => {
    const firewalled: Firewall = async (publicKey, ...more) =>
      (await firewall(publicKey, ...more)) || (await isConnected(publicKey));
    const serverOptions = { ...rest, firewall: firewalled, createHandshake };
    return serving(dht).createServer(serverOptions, (stream) => {
      streams.add(stream);
      stream.once('close', () => streams.delete(stream));
      onConnection(stream);
    });
  };

  const shared = dhtView(dht, { connect, createServer });
  const swarm = new network.Hyperswarm({
    dht: shared.view,
    keyPair,
    maxPeers: Number.MAX_SAFE_INTEGER,
    maxParallel: PARALLEL_TRIES,
    backoffs: BACKOFFS_MS,
  });
  return {
    swarm,
    async destroy() {
      const destroyed = swarm.destroy();
      for (const stream of streams) stream.destroy();
      await destroyed;
      // Those that came while the topics were left.
      for (const stream of streams) stream.destroy();
      shared.release();
    },
  };
}

/** True refuses. */
type Firewall = (publicKey: Buffer, ...more: unknown[]) => boolean | Promise<boolean>;

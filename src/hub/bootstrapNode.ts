import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import type HyperDHT from 'hyperdht';
import { errors } from '../core/errors';
import { isLoopback } from '../core/loopback';
import type { BindAddress } from './hostNames';
import type { RelayNode } from './relay/relayNode';

/** Between choosing a free port and binding it another process may take it. */
const PORT_ATTEMPTS = 5;

/** The nodes by which agents of a closed network find each other; the first is the one they ask. */
export interface BootstrapNode {
  readonly port: number;
  /** `HOST:PORT` by which the node knows itself, and other hubs' nodes know it. */
  readonly address: string;
  /**
   * `HOST:PORT` as it is told to a client that called the hub by this name.
   * A node's id is made from the one address it knows itself by, and peers check that. So clients
   * on the hub's own machine are told that address, not a loopback one they happened to use.
   */
  addressFor(calledBy: string | undefined): string;
  /**
   * Makes all nodes here and the one at `HOST:PORT` know each other, which makes their networks one.
   * Tells whether that one answered.
   */
  greet(address: string): Promise<boolean>;
  /** Forgets the nodes that answer no more, which clients would otherwise be sent to, and wait for. */
  forgetSilent(): Promise<void>;
  /** One of the nodes, for what listens on the hub's network without a port of its own. */
  readonly companion: RelayNode;
  readonly DHT: typeof HyperDHT;
  stop(): Promise<void>;
}

/** @throws CONFIG_INVALID when the port is taken, NATIVE_MISSING when Hyperswarm cannot load */
export async function startBootstrapNode(bind: BindAddress, port: number): Promise<BootstrapNode> {
  const DHT = await loadDht();
  for (let attempt = 1; ; attempt += 1) {
    // Tried with a plain socket first: a DHT node that could not bind never lets go of everything.
    const free = await tryPort(bind.dht, port).catch((cause: unknown) => {
      throw portTaken(bind, port, cause);
    });
    const options = { host: bind.dht, anyPort: false };
    const dht = DHT.bootstrapper(free, bind.dhtPublic, options);
    try {
      await dht.fullyBootstrapped();
      const companions = await startCompanions(DHT, bind, free, port !== 0);
      const nodes = [...companions, dht];
      return {
        DHT,
        companion: (companions.at(-1) ?? dht) as unknown as RelayNode,
        port: free,
        address: `${bind.dhtPublic}:${String(free)}`,
        addressFor: (calledBy) => `${hostFor(bind, calledBy)}:${String(free)}`,
        async greet(address) {
          const { hostname: host, port } = new URL(`udp://${address}`);
          const pings = nodes.map((node) => node.ping({ host, port: Number(port) }, NO_RETRY));
          return (await Promise.allSettled(pings)).some(({ status }) => status === 'fulfilled');
        },
        async forgetSilent() {
          const looks = nodes.map((node) => node.findNode(randomBytes(32), { retries: 0 }));
          await Promise.allSettled(looks.map((look) => look.finished()));
        },
        async stop() {
          for (const node of nodes) await node.destroy();
        },
      };
    } catch (cause) {
      await dht.destroy().catch(() => undefined);
      if (port !== 0 || attempt === PORT_ATTEMPTS) throw portTaken(bind, port, cause);
    }
  }
}

function portTaken(bind: BindAddress, port: number, cause: unknown): Error {
  return errors.configInvalid(
    `The DHT node cannot use UDP port ${String(port)} on ${bind.dht}. Choose another host or port.`,
    { cause },
  );
}

/**
 * Two nodes beside the bootstrap node. With a single one, which is then the relay of both sides,
 * HyperDHT 6.34 opens about half of the connections on one side only; with three it does not.
 */
async function startCompanions(
  DHT: Awaited<ReturnType<typeof loadDht>>,
  bind: BindAddress,
  bootstrapPort: number,
  neighbours: boolean,
): Promise<InstanceType<typeof DHT>[]> {
  const nodes = [];
  for (let count = 0; count < COMPANIONS; count += 1) {
    const node = new DHT({
      bootstrap: [`${bind.dhtPublic}:${String(bootstrapPort)}`],
      host: bind.dht,
      port: await companionPort(bind, neighbours ? bootstrapPort + count + 1 : 0),
      ephemeral: false,
      firewalled: false,
    });
    nodes.push(node);
    await node.fullyBootstrapped();
  }
  return nodes;
}

const COMPANIONS = 2;

/** Who asks will ask again by itself. */
const NO_RETRY = { retry: false };

/**
 * Beside a port that was chosen, the companions take the next ones, so that a firewall can be told
 * three numbers. Peers learn the ports by themselves, so others do as well.
 */
function companionPort(bind: BindAddress, wanted: number): Promise<number> {
  return tryPort(bind.dht, wanted).catch(() => tryPort(bind.dht, 0));
}

function hostFor(bind: BindAddress, calledBy: string | undefined): string {
  const isName = calledBy !== undefined && !calledBy.startsWith('[') && !isLoopback(calledBy);
  return bind.kind === 'wildcard' && isName ? calledBy : bind.dhtPublic;
}

async function loadDht() {
  try {
    return (await import('hyperdht')).default;
  } catch (cause) {
    throw errors.nativeMissing(`${process.platform} ${process.arch}`, { cause });
  }
}

/** Gives the port that was bound, which is the one asked for or, for 0, any. */
function tryPort(host: string, wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket('udp4');
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ port: wanted, address: host, exclusive: true }, () => {
      const { port } = socket.address();
      socket.close(() => {
        resolve(port);
      });
    });
  });
}

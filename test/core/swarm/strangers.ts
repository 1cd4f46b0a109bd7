import type NoiseStream from '@hyperswarm/secret-stream';
import HyperDHT from 'hyperdht';
import Hyperswarm from 'hyperswarm';
import { streamPipe, type StreamPipe } from '../../../src/core/swarm/streamPipe';
import type { Testnet } from '../../support/withTestnet';

export interface Stranger {
  readonly publicKey: Buffer;
  /** Its connections, in the order in which they came about, each with its pipe. */
  readonly met: { readonly stream: NoiseStream; readonly pipe: StreamPipe }[];
}

export interface Strangers {
  /** A peer by hand on a topic, of which it knows nothing else. */
  join(topic: Buffer, as?: { client: boolean; server: boolean }): Promise<Stranger>;
}

const LOOK_MS = 500;

/** Peers that speak by hand over real connections; they leave with the test. */
export function withStrangers(testnet: Testnet): Strangers {
  const swarms: Hyperswarm[] = [];
  const looks: NodeJS.Timeout[] = [];
  afterEach(async () => {
    for (const look of looks.splice(0)) clearInterval(look);
    for (const swarm of swarms.splice(0)) await swarm.destroy();
  });
  return {
    async join(topic, as = { client: true, server: true }) {
      const dht = new HyperDHT({
        bootstrap: testnet.bootstrap,
        host: '127.0.0.1',
        firewalled: false,
      });
      const swarm = new Hyperswarm({ dht, keyPair: HyperDHT.keyPair() });
      swarms.push(swarm);
      const stranger: Stranger = { publicKey: swarm.keyPair.publicKey, met: [] };
      swarm.on('connection', (stream) => {
        stream.on('error', () => undefined);
        stranger.met.push({ stream, pipe: streamPipe(stream) });
      });
      const discovery = swarm.join(topic, as);
      await discovery.flushed();
      looks.push(setInterval(() => void discovery.refresh(as).catch(() => undefined), LOOK_MS));
      return stranger;
    },
  };
}

/** Resolves when a stream is closed, also when it was before. */
export async function closing(stream: NoiseStream): Promise<void> {
  if (stream.destroyed) return;
  await new Promise<void>((resolve) => {
    stream.once('close', resolve);
  });
}

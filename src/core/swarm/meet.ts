import type HyperDHT from 'hyperdht';
import type { MessagePipe } from '../identity/messagePipe';
import type { Network } from './network';
import { streamPipe } from './streamPipe';
import type { Membership } from './swarm';
import { swarmNode } from './swarmNode';
import { whenHeard } from './whenHeard';

export interface PairingMeeting {
  /** 32 bytes. */
  readonly topic: Buffer;
  /** Who made the invite is the server, who uses it is the client. */
  readonly role: 'server' | 'client';
  /** Blind relays that may carry it, hex keys; direct only when absent. */
  readonly relays?: readonly string[];
  /** Every connection is told, also those of strangers: only a proof says who it is. */
  readonly onPipe: (pipe: MessagePipe) => void;
}

/** Milliseconds. A person waits, for ten minutes at most. */
const LOOK_AGAIN_MS = 3000;

/** A connection that says nothing any more is given up. Both people may take their time to confirm. */
const KEEP_ALIVE_MS = 3000;
const SILENCE_MS = 10_000;

/** Meets somebody on a topic that only an invite tells, under a key that is used for nothing else. */
export function meet(dht: HyperDHT, network: Network, meeting: PairingMeeting): Membership {
  const { topic, role, relays = [], onPipe } = meeting;
  const keyPair = network.Dht.keyPair();
  const node = swarmNode({ dht, network, keyPair, relays });
  node.swarm.on('connection', (connection) => {
    connection.on('error', () => undefined);
    connection.setKeepAlive(KEEP_ALIVE_MS);
    connection.setTimeout(SILENCE_MS);
    whenHeard(connection, () => {
      onPipe(streamPipe(connection));
    });
  });
  const as = { client: role === 'client', server: role === 'server' };
  const discovery = node.swarm.join(topic, as);
  const look = (): Promise<void> => discovery.refresh(as).catch(() => undefined);
  void discovery.flushed().then(look, () => undefined);
  const again = setInterval(() => void look(), LOOK_AGAIN_MS);
  let left: Promise<void> | undefined;
  return {
    lookAgain: () => void look(),
    leave() {
      clearInterval(again);
      left ??= node.destroy();
      return left;
    },
  };
}

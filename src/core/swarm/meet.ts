import type HyperDHT from 'hyperdht';
import type { MessagePipe } from '../identity/messagePipe';
import type { Network } from './network';
import { meetAtHub, type HubMeeting } from './meetAtHub';
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
  /** The last way, over TCP; none when absent. */
  readonly hub?: HubMeeting | undefined;
  /** Every connection is told, also those of strangers: only a proof says who it is. */
  readonly onPipe: (pipe: MessagePipe) => void;
}

/**
 * Milliseconds. A person waits, so the first looks follow soon: whoever types fast looks before the
 * other side is announced. The invite may stand for ten minutes, so later ones are rarer.
 */
const FIRST_LOOK_MS = 250;
const LONGEST_LOOK_MS = 3000;

/** A connection that says nothing any more is given up. Both people may take their time to confirm. */
const KEEP_ALIVE_MS = 3000;
const SILENCE_MS = 10_000;

/** Meets somebody on a topic that only an invite tells, under a key that is used for nothing else. */
export function meet(dht: HyperDHT, network: Network, meeting: PairingMeeting): Membership {
  const { topic, role, relays = [], hub, onPipe } = meeting;
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
  let timer: NodeJS.Timeout | undefined;
  const lookAfter = (wait: number): void => {
    timer = setTimeout(() => {
      void look().then(() => {
        if (left === undefined) lookAfter(Math.min(wait * 2, LONGEST_LOOK_MS));
      });
    }, wait);
  };
  void discovery.flushed().then(look, () => undefined);
  lookAfter(FIRST_LOOK_MS);
  const ended = new AbortController();
  if (hub !== undefined) void meetAtHub(network, keyPair, role, hub, onPipe, ended.signal);
  let left: Promise<void> | undefined;
  return {
    lookAgain: () => void look(),
    leave() {
      left ??= node.destroy();
      clearTimeout(timer);
      ended.abort();
      return left;
    },
  };
}

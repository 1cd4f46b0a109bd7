import type { Duplex } from 'node:stream';
import type { KeyPair } from 'hyperdht';
import type NoiseStream from '@hyperswarm/secret-stream';
import type { LinkPeer } from './links';

/**
 * Takes a place at the hub's relay, which joins two of opposite sides that name the same token.
 * Resolves when the other side is there, however long that takes; the signal ends the waiting.
 */
export type OpenHubRelay = (
  token: Buffer,
  side: 'low' | 'high',
  signal: AbortSignal,
) => Promise<Duplex>;

/** Agents that are waited for at the hub at once. */
const MAX_WAITING = 32;

/** Milliseconds that the direct way and the blind relay are given first. */
const HEAD_START_MS = 5000;

/** Milliseconds before the next try after a failure, at first and at most. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** Milliseconds for the Noise handshake once both are there; the other side may be long gone. */
const HANDSHAKE_MS = 10_000;

interface Waiting {
  readonly peer: LinkPeer;
  /** Monotonic milliseconds since which there is no link, and before which no try is made. */
  since: number;
  notBefore: number;
  failures: number;
  abort: AbortController | undefined;
}

export interface HubWayParts {
  readonly NoiseStream: typeof NoiseStream;
  readonly keyPair: KeyPair;
  readonly open: OpenHubRelay;
  readonly hasLink: (kid: string) => boolean;
  /** Proves a stream and makes it a connection; true when it became one. */
  readonly onStream: (stream: NoiseStream, peer: LinkPeer) => Promise<boolean>;
}

/** The last way, over TCP: a place at the hub for each agent that cannot be reached otherwise. */
export class HubWay {
  #waiting = new Map<string, Waiting>();

  constructor(private readonly parts: HubWayParts) {}

  /** In the order in which places are given. */
  setPeers(peers: readonly LinkPeer[]): void {
    const before = this.#waiting;
    this.#waiting = new Map();
    const now = performance.now();
    for (const peer of peers) {
      const known = before.get(peer.kid);
      before.delete(peer.kid);
      this.#waiting.set(peer.kid, known ?? { peer, since: now, ...IDLE });
    }
    for (const { abort } of before.values()) abort?.abort();
  }

  tick(): void {
    const now = performance.now();
    let taken = 0;
    for (const waiting of this.#waiting.values()) {
      if (this.parts.hasLink(waiting.peer.kid)) {
        waiting.abort?.abort();
        Object.assign(waiting, IDLE, { since: now });
        continue;
      }
      if (now - waiting.since < HEAD_START_MS) continue;
      taken += 1;
      if (taken > MAX_WAITING) waiting.abort?.abort();
      else if (waiting.abort === undefined && now >= waiting.notBefore) void this.#wait(waiting);
    }
  }

  close(): void {
    for (const { abort } of this.#waiting.values()) abort?.abort();
    this.#waiting.clear();
  }

  async #wait(waiting: Waiting): Promise<void> {
    const { NoiseStream, keyPair, open, onStream } = this.parts;
    const { keys } = waiting.peer;
    const abort = new AbortController();
    waiting.abort = abort;
    let isLinked = false;
    try {
      const duplex = await open(keys.relayToken, keys.side, abort.signal);
      if (abort.signal.aborted) {
        duplex.destroy();
        return;
      }
      const stream = new NoiseStream(keys.side === 'low', duplex, { keyPair });
      // The duplex may fail after the stream has ended; that is the stream's affair.
      duplex.on('error', () => undefined);
      stream.on('error', () => undefined);
      const leave = (): void => {
        stream.destroy();
      };
      abort.signal.addEventListener('abort', leave, { once: true });
      const late = setTimeout(leave, HANDSHAKE_MS);
      const isOpen = await stream.opened;
      clearTimeout(late);
      isLinked = isOpen && (await onStream(stream, waiting.peer));
      // From here on the connection belongs to those who choose between links.
      abort.signal.removeEventListener('abort', leave);
    } catch {
      // Refused, unreachable or aborted: the next try waits longer.
    } finally {
      if (waiting.abort === abort) {
        waiting.abort = undefined;
        waiting.failures = isLinked ? 0 : waiting.failures + 1;
        waiting.notBefore = performance.now() + pauseAfter(waiting.failures);
      }
    }
  }
}

const IDLE = { notBefore: 0, failures: 0, abort: undefined };

function pauseAfter(failures: number): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.max(failures - 1, 0), LONGEST_PAUSE_MS);
  // Between half and all of it, so that the agents of a hub that came back do not come at once.
  return pause * (0.5 + Math.random() / 2);
}

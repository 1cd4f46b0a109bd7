import { setTimeout as delay } from 'node:timers/promises';
import type { KeyPair } from 'hyperdht';
import type { MessagePipe } from '../identity/messagePipe';
import type { OpenHubRelay } from './hubWay';
import type { Network } from './network';
import { streamPipe } from './streamPipe';

/** Milliseconds that the direct way and the blind relay are given first. */
const HEAD_START_MS = 4000;
/** Milliseconds between tries at a hub that is away, or has no room. */
const PAUSE_MS = 3000;
/** Milliseconds for the Noise handshake once both are there. */
const HANDSHAKE_MS = 10_000;

export interface HubMeeting {
  readonly open: OpenHubRelay;
  /** 32 bytes that only the two sides of the invite can name. */
  readonly token: Buffer;
}

/**
 * Waits for the other side of an invite at the hub's relay over TCP, for networks without UDP. The
 * inviter's side is `low`, so that the two are opposite. Ends with the signal.
 */
export async function meetAtHub(
  { NoiseStream }: Network,
  keyPair: KeyPair,
  role: 'server' | 'client',
  { open, token }: HubMeeting,
  onPipe: (pipe: MessagePipe) => void,
  signal: AbortSignal,
): Promise<void> {
  const side = role === 'server' ? 'low' : 'high';
  const isOver = (): boolean => signal.aborted;
  await pause(HEAD_START_MS, signal);
  while (!isOver()) {
    try {
      const duplex = await open(token, side, signal);
      // The duplex may fail after the stream has ended; that is the stream's affair.
      duplex.on('error', () => undefined);
      const stream = new NoiseStream(side === 'low', duplex, { keyPair });
      stream.on('error', () => undefined);
      const leave = (): void => {
        stream.destroy();
      };
      const late = setTimeout(leave, HANDSHAKE_MS);
      const isOpen = await stream.opened;
      clearTimeout(late);
      if (isOpen) {
        const closed = new Promise((resolve) => stream.once('close', resolve));
        signal.addEventListener('abort', leave, { once: true });
        if (isOver()) leave();
        else onPipe(streamPipe(stream));
        await closed;
      }
    } catch {
      // Refused, unreachable or given up: the next try follows.
    }
    await pause(PAUSE_MS, signal);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

import type { Duplex } from 'node:stream';
import WebSocket from 'ws';
import { errors } from '../errors';
import type { BeelineError } from '../errors';
import type { Endpoint } from './endpoint';
import { RelayStream } from './relayStream';
import type { RelaySide } from './types';

/** Milliseconds, as the watcher's socket has them. */
const CONNECT_TIMEOUT_MS = 10_000;
/** The hub pings every 30 s; one that is silent for longer is gone, or the way to it is. */
const SILENCE_MS = 75_000;
/** Bytes; the hub passes on no larger messages. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

export interface HubRelayOptions {
  /** Below the hub's address, as it says itself. */
  readonly path: string;
  readonly silenceMs?: number | undefined;
}

/**
 * Opens the hub's relay for one pair, and waits, however long it takes, until the other side is
 * there as well. The stream carries bytes, as TCP would: what is said in them has to be encrypted
 * between the two. It ends as a whole; there is no half-open state.
 * @param token 32 bytes that only the two know; told to the hub
 * @throws ATS_UNREACHABLE, ATS_UNAUTHORIZED, ATS_NOT_FOUND (no hub, or an older one),
 * ATS_CONFLICT (a newer socket of ours took the place), ATS_REFUSED, CANCELLED
 */
export function openHubRelay(
  endpoint: Endpoint,
  options: HubRelayOptions,
): (token: Buffer, side: RelaySide, signal?: AbortSignal) => Promise<Duplex> {
  return (token, side, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(errors.cancelled());
        return;
      }
      const socket = new WebSocket(endpoint.base.replace(/^http/, 'ws') + options.path, {
        headers: endpoint.headers,
        handshakeTimeout: CONNECT_TIMEOUT_MS,
        maxPayload: MAX_MESSAGE_BYTES,
        perMessageDeflate: false,
        // A redirect would carry the API key to wherever it points.
        followRedirects: false,
      });
      let failure: BeelineError | undefined;
      expectLife(socket, options.silenceMs ?? SILENCE_MS);
      const onAbort = (): void => {
        failure = errors.cancelled();
        socket.terminate();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      socket.on('error', (cause) => {
        failure ??= errors.atsUnreachable(endpoint.base, { cause });
      });
      socket.once('unexpected-response', (request, response) => {
        failure ??= refusal(endpoint, response.statusCode ?? 0, response.statusMessage ?? '');
        request.destroy();
        // Who listens for refusals ends them: `close` comes from here.
        socket.terminate();
      });
      socket.once('open', () => {
        socket.send(JSON.stringify({ token: token.toString('hex'), side }));
      });
      const onClose = (code: number, reason: Buffer): void => {
        signal?.removeEventListener('abort', onAbort);
        reject(failure ?? closed(endpoint, code, reason.toString('utf8')));
      };
      socket.once('close', onClose);
      socket.on('message', function onMessage(data: Buffer, isBinary: boolean) {
        if (isBinary || !isJoined(data)) return;
        socket.off('message', onMessage).off('close', onClose);
        signal?.removeEventListener('abort', onAbort);
        // At once, in this turn, so that nothing that follows is missed.
        resolve(new RelayStream(socket, endpoint.base));
      });
    });
}

/**
 * Ends a socket on which nothing was heard for too long, though the hub pings.
 * Not while it is paused: what is not read is not heard.
 */
function expectLife(socket: WebSocket, silenceMs: number): void {
  let timer: NodeJS.Timeout | undefined;
  const expect = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (socket.isPaused) expect();
      else socket.terminate();
    }, silenceMs);
  };
  socket.on('open', expect).on('ping', expect).on('message', expect);
  socket.once('close', () => {
    clearTimeout(timer);
  });
}

function isJoined(data: Buffer): boolean {
  try {
    const said = JSON.parse(data.toString('utf8')) as { readonly event?: unknown } | null;
    return said?.event === 'joined';
  } catch {
    return false;
  }
}

function refusal(endpoint: Endpoint, status: number, said: string): BeelineError {
  if (status === 401 || status === 403) return errors.atsUnauthorized(endpoint.base);
  if (status === 404) return errors.atsNotFound('a relay');
  if (status < 400) return errors.atsBadAnswer(endpoint.base, 'it does not open its relay');
  return errors.atsRefused(status, said === '' ? 'it gave no reason.' : said);
}

/** The hub's codes from 4400 on are those of HTTP, 4000 higher. */
function closed(endpoint: Endpoint, code: number, reason: string): BeelineError {
  if (code === 4409) return errors.atsConflict(reason);
  if (code === 4429) return errors.atsRefused(429, reason);
  const cause = new Error(`The relay was closed (${code}) before the other side came. ${reason}`);
  return errors.atsUnreachable(endpoint.base, { cause });
}

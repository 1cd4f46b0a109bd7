import type { ToHost } from '../src/bridge/envelope';
import type { Carrier } from './host';
import { HostError } from './hostError';

/**
 * A WebSocket to the loopback server that served this page. The one-time token stands in the
 * fragment, which no request carries; it is redeemed in the first frame and taken off the address.
 * The answer brings the next token, so that a reload of this tab finds its way back.
 * @throws HostError `CLOSED` when the server refuses or is gone
 */
export async function socketCarrier(): Promise<Carrier> {
  const fragment = location.hash.slice(1);
  const token = fragment === '' ? (sessionStorage.getItem(TOKEN) ?? '') : fragment;
  history.replaceState(null, '', location.pathname + location.search);
  // Once it is sent it is used up, whatever becomes of it.
  sessionStorage.removeItem(TOKEN);
  const socket = new WebSocket(socketAddress());
  const closed = new Promise<HostError>((resolve) => {
    socket.addEventListener('close', ({ reason }) => {
      resolve(closedError(reason === '' ? NOBODY : reason));
    });
  });
  const failed = closed.then((error): never => {
    throw error;
  });
  // It also rejects later, when nobody races it any more.
  failed.catch(() => undefined);
  await Promise.race([once(socket, 'open'), failed]);
  const answered = once(socket, 'message') as Promise<MessageEvent<unknown>>;
  const redeem: ToHost = { kind: 'request', id: 0, method: 'redeem', params: { token } };
  socket.send(JSON.stringify(redeem));
  keepToken(parsed((await Promise.race([answered, failed])).data));
  return {
    // A socket that is closing drops what it is given; the close rejects whoever waits.
    send: (message) => {
      socket.send(JSON.stringify(message));
    },
    receive: (onMessage, onClose) => {
      socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        onMessage(parsed(data));
      });
      void closed.then(onClose);
    },
    remembered: () => parsed(sessionStorage.getItem(STATE)),
    remember: (state) => {
      sessionStorage.setItem(STATE, JSON.stringify(state));
    },
  };
}

const TOKEN = 'beeline.token';
const STATE = 'beeline.state';
const NOBODY = 'The connection to Beeline has ended. You can close this tab.';

/** Beside the page, so that a prefix that a proxy put before it stays. */
function socketAddress(): string {
  const address = new URL('socket', location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.search = '';
  address.hash = '';
  return address.href;
}

function once(socket: WebSocket, event: 'open' | 'message'): Promise<Event> {
  return new Promise((resolve) => {
    socket.addEventListener(event, resolve, { once: true });
  });
}

/** The answer to `redeem`: `{ token }`, for the next time. @throws HostError when it is a refusal */
function keepToken(message: unknown): void {
  const { kind, result } = (message ?? {}) as { kind?: unknown; result?: unknown };
  if (kind !== 'answer') throw closedError(NOBODY);
  const { token } = (result ?? {}) as { token?: unknown };
  if (typeof token === 'string') sessionStorage.setItem(TOKEN, token);
}

function parsed(data: unknown): unknown {
  if (typeof data !== 'string') return undefined;
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return undefined;
  }
}

function closedError(message: string): HostError {
  return new HostError({ code: 'CLOSED', message });
}

import WebSocket from 'ws';
import { isFrame } from './eventFrames';
import { MAX_ANSWER_BYTES } from './exchange';

export interface WatchSocketOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly taskTypes: readonly string[];
  readonly connectTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly pongTimeoutMs: number;
}

/** A subscribed socket. Frames wait in it, in order, until they are asked for. */
export interface WatchSocket {
  readonly channels: readonly string[];
  readonly closed: boolean;
  /** Follows these channels instead; a `subscribed` frame comes once the service does. */
  subscribe(channels: readonly string[]): void;
  /** The next frame, or undefined once the socket is closed and everything was read. */
  next(): Promise<unknown>;
  close(): void;
}

/** Frames. Reading is stuck or the service is mad: catching up is cheaper than remembering more. */
const MAX_WAITING = 10_000;

/**
 * Connects, subscribes, and waits until the service confirms it, so that every change afterwards
 * comes as an event. Rejects with what went wrong; the signal closes the socket at any time.
 */
export async function openWatchSocket(
  options: WatchSocketOptions,
  channels: readonly string[],
  signal: AbortSignal,
): Promise<WatchSocket> {
  const socket = new QueueingSocket(options, channels, signal);
  await socket.ready;
  return socket;
}

class QueueingSocket implements WatchSocket {
  readonly ready: Promise<void>;
  channels: readonly string[];
  closed = false;
  readonly #options: WatchSocketOptions;
  readonly #socket: WebSocket;
  readonly #waiting: unknown[] = [];
  #reader: (() => void) | undefined;
  #pingTimer: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(options: WatchSocketOptions, channels: readonly string[], signal: AbortSignal) {
    this.#options = options;
    this.channels = channels;
    this.#socket = new WebSocket(options.url, {
      headers: options.headers,
      handshakeTimeout: options.connectTimeoutMs,
      maxPayload: MAX_ANSWER_BYTES,
      // A redirect would carry the API key to wherever it points.
      followRedirects: false,
    });
    this.ready = new Promise((resolve, reject) => {
      const close = (): void => {
        this.close();
      };
      this.#expectLife(options.connectTimeoutMs);
      this.#socket.once('open', () => {
        this.subscribe(channels);
      });
      this.#socket.on('message', (data, isBinary) => {
        if (this.closed) return;
        const frame = isBinary ? undefined : parseFrame(data);
        if (this.#pingTimer === undefined) {
          if (!isFrame(frame, 'subscribed')) return;
          this.#startPinging();
          resolve();
        } else {
          this.#alive();
          if (frame !== undefined && !isFrame(frame, 'pong')) this.#push(frame);
        }
      });
      this.#socket.on('ping', () => {
        this.#alive();
      });
      this.#socket.on('error', reject);
      this.#socket.once('close', (code) => {
        signal.removeEventListener('abort', close);
        this.#finish();
        reject(new Error(`The event socket was closed (${code}) before it was subscribed.`));
      });
      signal.addEventListener('abort', close, { once: true });
      if (signal.aborted) close();
    });
  }

  subscribe(channels: readonly string[]): void {
    this.channels = channels;
    this.#send({
      type: 'subscribe',
      // Always the same, so that a new subscription takes the place of the old one.
      id: 'beeline',
      channels,
      ...(this.#options.taskTypes.length === 0 ? {} : { task_types: this.#options.taskTypes }),
    });
  }

  async next(): Promise<unknown> {
    while (this.#waiting.length === 0) {
      if (this.closed) return undefined;
      await new Promise<void>((resolve) => {
        this.#reader = resolve;
      });
    }
    return this.#waiting.shift();
  }

  close(): void {
    // Not a closing handshake: a dead connection would hold it open, and nothing is left to say.
    this.#socket.terminate();
    this.#finish();
  }

  #push(frame: unknown): void {
    if (this.closed) return;
    this.#waiting.push(frame);
    if (this.#waiting.length > MAX_WAITING) this.close();
    this.#wake();
  }

  #finish(): void {
    this.closed = true;
    clearInterval(this.#pingTimer);
    clearTimeout(this.#deadline);
    this.#wake();
  }

  #wake(): void {
    this.#reader?.();
    this.#reader = undefined;
  }

  #startPinging(): void {
    this.#alive();
    this.#pingTimer = setInterval(() => {
      this.#send({ type: 'ping' });
      // A deadline that already runs stays: further pings must not push it away.
      if (this.#deadline === undefined) this.#expectLife(this.#options.pongTimeoutMs);
    }, this.#options.pingIntervalMs);
  }

  /** Anything the service says shows that the connection lives. */
  #alive(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  #expectLife(ms: number): void {
    this.#deadline = setTimeout(() => {
      this.close();
    }, ms);
  }

  #send(frame: unknown): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }
}

function parseFrame(data: WebSocket.RawData): unknown {
  try {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

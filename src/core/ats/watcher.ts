import { setTimeout as delay } from 'node:timers/promises';
import { toBeelineError } from '../errors';
import { backoffDelay } from './backoff';
import { createEndpoint } from './endpoint';
import type { Endpoint } from './endpoint';
import { isFrame } from './eventFrames';
import { TaskFeed } from './taskFeed';
import { PAGE_SIZE } from './taskPages';
import type { Actor, AtsClient, AtsWatcher, AtsWatcherEvents, WatchState } from './types';
import { openWatchSocket } from './watchSocket';
import type { WatchSocket } from './watchSocket';

export interface AtsWatcherOptions extends Partial<WatchTimings> {
  readonly client: AtsClient;
  /** Base address, as the client has it. */
  readonly url: string;
  readonly actor: Actor;
  readonly apiKey?: string | undefined;
  readonly channels: readonly string[];
  /** Empty means tasks of every type. */
  readonly taskTypes: readonly string[];
}

/** Milliseconds, except for the page size. Only tests have a reason to change them. */
export interface WatchTimings {
  /** As the service's own client does. */
  readonly pingIntervalMs: number;
  /** A ping that nothing answers for so long went into a dead connection. */
  readonly pongTimeoutMs: number;
  /** From the first byte to the confirmed subscription. */
  readonly connectTimeoutMs: number;
  /** How often to ask where no socket works. */
  readonly pollIntervalMs: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** A connection that stood so long was a good one: the next failure is the first again. */
  readonly stableMs: number;
  /** By the service's clock; longer than its longest transaction. */
  readonly overlapMs: number;
  readonly pageSize: number;
}

const DEFAULT_TIMINGS: WatchTimings = {
  pingIntervalMs: 30_000,
  pongTimeoutMs: 10_000,
  connectTimeoutMs: 10_000,
  pollIntervalMs: 5000,
  backoffMinMs: 500,
  backoffMaxMs: 30_000,
  stableMs: 10_000,
  overlapMs: 30_000,
  pageSize: PAGE_SIZE,
};

/**
 * Follows tasks: over the socket while there is one, by polling while there is none but HTTP works,
 * and trying again in all other cases. No decision here looks at a clock of this machine that can
 * be set.
 *
 * A `task.message` that was posted while no socket stood is not told, because the service does not
 * list messages by time. Whoever needs a thread without holes fetches it with `listMessages` when
 * the watcher comes online and when a `seen` event tells that the task changed.
 * @throws CONFIG_INVALID for an address or key that must not be used
 */
export function createAtsWatcher(options: AtsWatcherOptions, events: AtsWatcherEvents): AtsWatcher {
  return new Watcher(options, events);
}

type Life =
  | { readonly kind: 'new' }
  | { readonly kind: 'running'; readonly ending: AbortController; readonly done: Promise<void> }
  | { readonly kind: 'stopped'; readonly done: Promise<void> };

class Watcher implements AtsWatcher {
  readonly #options: AtsWatcherOptions;
  readonly #timings: WatchTimings;
  readonly #events: AtsWatcherEvents;
  readonly #endpoint: Endpoint;
  readonly #feed: TaskFeed;
  #channels: readonly string[];
  #life: Life = { kind: 'new' };
  #state: WatchState = { kind: 'connecting' };
  #socket: WatchSocket | undefined;

  constructor(options: AtsWatcherOptions, events: AtsWatcherEvents) {
    this.#options = options;
    this.#timings = { ...DEFAULT_TIMINGS, ...withoutUndefined(options) };
    this.#events = events;
    this.#endpoint = createEndpoint(options.url, options.actor, options.apiKey);
    this.#channels = [...options.channels];
    const { client, taskTypes } = options;
    const { overlapMs, pageSize } = this.#timings;
    this.#feed = new TaskFeed(
      { client, taskTypes, overlapMs, pageSize },
      this.#channels,
      (event) => {
        if (this.#life.kind === 'running')
          shielded(() => {
            events.onEvent(event);
          });
      },
    );
  }

  get state(): WatchState {
    return this.#state;
  }

  start(): void {
    if (this.#life.kind !== 'new') return;
    const ending = new AbortController();
    // A turn later, so that whoever starts can finish its own setting up before it hears of it.
    const done = Promise.resolve().then(() => this.#run(ending.signal));
    this.#life = { kind: 'running', ending, done };
  }

  setChannels(channels: readonly string[]): void {
    this.#channels = [...channels];
    this.#feed.setChannels(this.#channels);
    // Its `subscribed` frame starts the catching up of what is new.
    this.#socket?.subscribe(this.#channels);
  }

  async stop(): Promise<void> {
    if (this.#life.kind === 'running') {
      const { ending, done } = this.#life;
      this.#life = { kind: 'stopped', done };
      ending.abort();
    }
    if (this.#life.kind === 'stopped') await this.#life.done;
    else this.#life = { kind: 'stopped', done: Promise.resolve() };
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    let polling = false;
    let next = this.#connect(0, signal);
    while (!signal.aborted) {
      const socket = polling ? await this.#pollUntil(next, signal) : await next;
      polling = true;
      if (socket !== undefined) {
        const outcome = await this.#follow(socket, signal);
        if (outcome === 'stable') failures = 0;
        // One that worked is first tried again: most often the service only restarted.
        polling = outcome === 'failed';
      }
      next = this.#connect(backoffDelay(failures, this.#timings), signal);
      failures += 1;
    }
    await next;
  }

  /** A subscribed socket, or undefined when none came about. */
  async #connect(afterMs: number, signal: AbortSignal): Promise<WatchSocket | undefined> {
    try {
      await delay(afterMs, undefined, { signal });
      const { socketUrl: url, headers } = this.#endpoint;
      const { taskTypes } = this.#options;
      const options = { ...this.#timings, url, headers, taskTypes };
      return await openWatchSocket(options, this.#channels, signal);
    } catch {
      // Why does not matter: asking over HTTP, which follows, tells whether the service is there.
      return undefined;
    }
  }

  /** Asks now and then, as long as that works, until the next attempt at a socket is decided. */
  async #pollUntil(
    next: Promise<WatchSocket | undefined>,
    signal: AbortSignal,
  ): Promise<WatchSocket | undefined> {
    const decided = new AbortController();
    void next.then(() => {
      decided.abort();
    });
    const over = AbortSignal.any([signal, decided.signal]);
    try {
      while (!over.aborted) {
        await this.#feed.catchUp(this.#state.kind !== 'online', over);
        this.#setState({ kind: 'online', via: 'polling' });
        await delay(this.#timings.pollIntervalMs, undefined, { signal: over });
      }
    } catch (thrown) {
      // One attempt per attempt at a socket, so that the backoff is that of both.
      if (!over.aborted) this.#fail(thrown);
    }
    return next;
  }

  async #follow(socket: WatchSocket, signal: AbortSignal): Promise<'failed' | 'brief' | 'stable'> {
    const since = performance.now();
    this.#socket = socket;
    try {
      if (!sameItems(socket.channels, this.#channels)) socket.subscribe(this.#channels);
      await this.#feed.catchUp(true, signal);
      if (!socket.closed) this.#setState({ kind: 'online', via: 'socket' });
      for (;;) {
        const frame = await socket.next();
        if (frame === undefined) break;
        if (isFrame(frame, 'subscribed')) await this.#feed.catchUp(false, signal);
        else await this.#feed.take(frame, signal);
      }
      if (!signal.aborted) this.#setState({ kind: 'connecting' });
      return performance.now() - since < this.#timings.stableMs ? 'brief' : 'stable';
    } catch (thrown) {
      if (!signal.aborted) this.#fail(thrown);
      return 'failed';
    } finally {
      this.#socket = undefined;
      socket.close();
    }
  }

  #fail(thrown: unknown): void {
    this.#setState({ kind: 'unreachable', error: toBeelineError(thrown) });
  }

  #setState(state: WatchState): void {
    if (this.#life.kind !== 'running' || sameState(state, this.#state)) return;
    this.#state = state;
    shielded(() => {
      this.#events.onState(state);
    });
  }
}

/** A listener that throws is reported, and does not stop what others rely on. */
function shielded(tell: () => void): void {
  try {
    tell();
  } catch (thrown) {
    process.emitWarning(thrown instanceof Error ? thrown : String(thrown));
  }
}

function sameState(a: WatchState, b: WatchState): boolean {
  if (a.kind === 'online' && b.kind === 'online') return a.via === b.via;
  if (a.kind === 'unreachable' && b.kind === 'unreachable') {
    return a.error.message === b.error.message;
  }
  return a.kind === b.kind;
}

function sameItems(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

function withoutUndefined<T extends object>(values: T): Partial<T> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<T>;
}

import type { BridgeError, EventMap, RequestMap, ToHost, ToPage } from '../src/bridge/envelope';
import { HostError } from './hostError';

/**
 * The seam between a page and whoever answers it: VS Code's `postMessage` in a panel, a WebSocket in
 * a browser. The same envelope travels on both, so a page does not know where it is.
 */
export interface Host<Requests extends RequestMapOf<Requests>, Events extends EventMapOf<Events>> {
  /** @throws HostError with the host's code and sentence, or `CLOSED` when the seam has closed */
  ask<Method extends keyof Requests & string>(
    method: Method,
    params: Requests[Method]['params'],
  ): Promise<Requests[Method]['result']>;
  /** Returns what takes the listener away. */
  on<Name extends keyof Events & string>(
    name: Name,
    listener: (data: Events[Name]) => void,
  ): () => void;
  /** Called once, also when it was closed before. */
  onClose(listener: (error: HostError) => void): void;
  /** What `remember` was given last in this page, also before it was reloaded. */
  remembered(): unknown;
  /** Plain data, small. */
  remember(state: unknown): void;
}

/** Interfaces have no index signature, so maps are checked entry by entry. */
export type RequestMapOf<Map> = { [Key in keyof Map]: RequestMap[string] };
export type EventMapOf<Map> = { [Key in keyof Map]: EventMap[string] };

/** What carries envelopes: `postMessage`, a WebSocket, or an array in a test. */
export interface Carrier {
  send(message: ToHost): void;
  /** Messages are whatever came: the seam looks at them. */
  receive(onMessage: (message: unknown) => void, onClose: (error: HostError) => void): void;
  remembered(): unknown;
  remember(state: unknown): void;
}

export function hostOver<
  Requests extends RequestMapOf<Requests>,
  Events extends EventMapOf<Events>,
>(carrier: Carrier): Host<Requests, Events> {
  const asked = new Map<number, Asked>();
  const listeners = new Map<string, Set<(data: unknown) => void>>();
  const closeListeners: ((error: HostError) => void)[] = [];
  let nextId = 1;
  let closedBy: HostError | undefined;

  const onMessage = (data: unknown): void => {
    const message = asToPage(data);
    if (message === undefined) return;
    if (message.kind === 'event') {
      // A listener may take itself away while it is told.
      for (const listener of [...(listeners.get(message.name) ?? [])]) listener(message.data);
      return;
    }
    const waiting = asked.get(message.id);
    asked.delete(message.id);
    if (message.kind === 'answer') waiting?.resolve(message.result);
    else waiting?.reject(new HostError(message.error));
  };
  carrier.receive(onMessage, (error) => {
    if (closedBy !== undefined) return;
    closedBy = error;
    for (const waiting of asked.values()) waiting.reject(error);
    asked.clear();
    for (const listener of closeListeners) listener(error);
  });

  return {
    ask: (method, params) =>
      new Promise((resolve, reject) => {
        if (closedBy !== undefined) {
          reject(closedBy);
          return;
        }
        const id = nextId++;
        asked.set(id, { resolve, reject });
        carrier.send({ kind: 'request', id, method, params });
      }),
    on: (name, listener) => {
      const known = listeners.get(name) ?? new Set();
      listeners.set(name, known.add(listener as (data: unknown) => void));
      return () => known.delete(listener as (data: unknown) => void);
    },
    onClose: (listener) => {
      if (closedBy === undefined) closeListeners.push(listener);
      else listener(closedBy);
    },
    remembered: () => carrier.remembered(),
    remember: (state) => {
      carrier.remember(state);
    },
  };
}

interface Asked {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: HostError) => void;
}

/** Other scripts of the frame (an editor's own) may post messages too: those are passed over. */
function asToPage(data: unknown): ToPage | undefined {
  if (typeof data !== 'object' || data === null || !('kind' in data)) return undefined;
  const message = data as Record<string, unknown>;
  switch (message['kind']) {
    case 'answer':
      return typeof message['id'] === 'number' ? (data as ToPage) : undefined;
    case 'refusal':
      return typeof message['id'] === 'number' && isBridgeError(message['error'])
        ? (data as ToPage)
        : undefined;
    case 'event':
      return typeof message['name'] === 'string' ? (data as ToPage) : undefined;
    default:
      return undefined;
  }
}

function isBridgeError(value: unknown): value is BridgeError {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message } = value as Record<string, unknown>;
  return typeof code === 'string' && typeof message === 'string';
}

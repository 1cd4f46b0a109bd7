/**
 * How host and page talk, the same over VS Code's `postMessage` and over a WebSocket: requests by
 * the page with one answer each, and events from the host. A page that was hidden may have missed
 * events, so they are snapshots, and the page asks `ready` again when it is shown.
 */
export type ToHost = { readonly kind: 'request'; readonly id: number } & {
  readonly method: string;
  readonly params: unknown;
};

export type ToPage =
  | { readonly kind: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: BridgeError }
  | { readonly kind: 'event'; readonly name: string; readonly data: unknown };

/** A sentence for people, and a code for programs. */
export interface BridgeError {
  readonly code: string;
  readonly message: string;
}

/** A map of requests: what each takes and gives. */
export type RequestMap = Record<string, { readonly params: unknown; readonly result: unknown }>;
/** A map of events: what each carries. */
export type EventMap = Record<string, unknown>;

/** Characters of one message either way: a chunk of a dropped file, and its envelope. */
export const MAX_BRIDGE_MESSAGE = 1024 * 1024;

/** What one hub allows. Tests lower them to reach them. */
export interface HubLimits {
  /** Bytes of one request's body: a payload is metadata, never content. */
  readonly bodyBytes: number;
  /** Bytes of one message a client sends over the WebSocket: subscriptions are short. */
  readonly socketMessageBytes: number;
  /** Subscriptions of one socket; more are a client that forgets to replace its old ones. */
  readonly subscriptionsPerSocket: number;
  /** Bytes queued for a socket that does not read; then it is dropped and has to catch up. */
  readonly socketBacklogBytes: number;
  /** Milliseconds between pings; a socket that left the last one unanswered is dropped. */
  readonly heartbeatMs: number;
  /** Milliseconds between looks for expired leases and for events nobody notified us of. */
  readonly sweepMs: number;
  /** Milliseconds between a hub's signs of life to the others on its database. */
  readonly beatMs: number;
  /** Milliseconds after which a hub that gives no sign of life is struck off the database. */
  readonly staleMs: number;
}

export const DEFAULT_LIMITS: HubLimits = {
  bodyBytes: 1024 * 1024,
  socketMessageBytes: 64 * 1024,
  subscriptionsPerSocket: 64,
  socketBacklogBytes: 8 * 1024 * 1024,
  heartbeatMs: 30_000,
  sweepMs: 500,
  beatMs: 1000,
  staleMs: 30_000,
};

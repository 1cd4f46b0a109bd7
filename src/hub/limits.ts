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

  /** Connections of clients to the blind relay; each relays one or a few streams. */
  readonly relaySessions: number;
  /** The same of one key: an agent has one connection for each peer it reaches this way. */
  readonly relaySessionsPerKey: number;
  /** Bytes a client may say to the blind relay: a pairing is some 40, and it needs few. */
  readonly relayControlBytes: number;
  /** Milliseconds a client may be connected to the blind relay without being joined to another. */
  readonly relayUnusedMs: number;
  /** Milliseconds between signs of life on a connection to the blind relay. */
  readonly relayKeepAliveMs: number;
  /** Milliseconds of silence after which such a connection is given up; clients beat every 5 s. */
  readonly relaySilenceMs: number;
  /** Looks into the database for handshakes at a time; strangers can send any number of those. */
  readonly relayQuestions: number;
  /** Keys registered at a time, on all hubs of a database: far more than one team's agents. */
  readonly relayAdmissions: number;
  /** Milliseconds that a registered key is let in; one that was stolen is of no use for longer. */
  readonly relayAdmissionMs: number;

  /** Bytes of one message through the WebSocket relay; above it the sender's socket is ended. */
  readonly relayMessageBytes: number;
  /** Bytes waiting for a side that reads slowly; above it the other side is not read either. */
  readonly relayBacklogBytes: number;
  /** Milliseconds from the upgrade to the message that names token and side. */
  readonly relayHelloMs: number;
  /**
   * Sockets of one address that are not joined, with those that have said nothing yet. An agent has
   * one for each peer it waits for, and a whole office may come from one address.
   */
  readonly relayWaitingPerAddress: number;
  /** Sockets that are not joined, in all. */
  readonly relayWaiting: number;
  /** Joined pairs; each may hold twice the backlog and a message. */
  readonly relayPairs: number;
  /** Milliseconds in which a joined pair must pass something; links send signs of life. */
  readonly relayIdleMs: number;
  /**
   * Milliseconds a joined side may give no sign of life, or leave everything unread that waits for
   * it. On a slow network an answer comes behind the megabytes that the system has taken already.
   */
  readonly relayStallMs: number;
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

  relaySessions: 2048,
  relaySessionsPerKey: 64,
  relayControlBytes: 16 * 1024,
  relayUnusedMs: 60_000,
  relayKeepAliveMs: 10_000,
  relaySilenceMs: 30_000,
  relayQuestions: 64,
  relayAdmissions: 10_000,
  relayAdmissionMs: 60 * 60 * 1000,

  relayMessageBytes: 1024 * 1024,
  relayBacklogBytes: 1024 * 1024,
  relayHelloMs: 5000,
  relayWaitingPerAddress: 512,
  relayWaiting: 4096,
  relayPairs: 512,
  relayIdleMs: 60 * 60 * 1000,
  relayStallMs: 90_000,
};

/** Why the WebSocket relay closes a socket; 4000 to 4999 are an application's own. */
export const relayCodes = {
  /** The other side has ended; what it had sent was passed on. */
  ended: { code: 1000, reason: 'The other side has ended.' },
  stopping: { code: 1001, reason: 'The hub is stopping.' },
  textAfterJoining: { code: 1003, reason: 'Messages after joining must be binary.' },
  badHello: { code: 4400, reason: 'The first message must be {"token": 64 hex, "side": "low"}.' },
  tooEarly: { code: 4401, reason: 'Nothing may be sent before "joined" was heard.' },
  silent: { code: 4408, reason: 'Nothing was heard, or nothing was read, for too long.' },
  replaced: { code: 4409, reason: 'A newer socket of the same side took this place.' },
  lost: { code: 4410, reason: 'The connection to the other side was lost.' },
  tooMany: { code: 4429, reason: 'Too many sockets use this relay. Try again later.' },
} as const;

export type RelayCode = (typeof relayCodes)[keyof typeof relayCodes];

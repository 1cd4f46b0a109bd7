import { make } from './beelineError';

/** Chats and calls between paired agents. */
export const sessionErrors = {
  messageTooLarge: make(
    'MESSAGE_TOO_LARGE',
    (bytes: number, limit: number) =>
      `The message has ${String(bytes)} bytes; at most ${String(limit)} fit. Send it as a file.`,
  ),
  chatFull: make(
    'CHAT_FULL',
    (who: string) =>
      `Too many messages wait for ${who} already. They are sent when ${who} is back; write then.`,
  ),
  chatUnavailable: make(
    'CHAT_UNAVAILABLE',
    (who: string) => `Nobody takes chats at ${who} just now. Messages are sent once somebody does.`,
  ),
  chatUnsupported: make(
    'CHAT_UNAVAILABLE',
    (who: string) =>
      `${who} runs a Beeline that has no chat yet. Messages are sent once it is updated.`,
  ),
  callUnknown: make('CALL_UNKNOWN', () => 'This call is over.'),
  callAnswered: make(
    'CALL_ANSWERED',
    () => 'The call was already answered in another window or terminal.',
  ),
  callBusy: make(
    'CALL_BUSY',
    (who: string) => `You are in a call with ${who}. Hang up first, then call again.`,
  ),
  peerTaken: make(
    'PEER_TAKEN',
    () => 'Another window or terminal holds this connection. Go on there, or close it first.',
  ),
  noWayForCall: make(
    'CALL_UNREACHABLE',
    (who: string) =>
      `No connection for the call with ${who} came about: both networks hide their addresses or ` +
      'block UDP. Set a TURN server (beeline.iceServers), which passes on what only the two can read.',
  ),
  callHolderGone: make(
    'CALL_UNREACHABLE',
    (who: string) =>
      `The call with ${who} is over: the window or terminal whose engine held it was closed. ` +
      'Call again.',
  ),
  callLost: make(
    'CALL_UNREACHABLE',
    (who: string) => `The connection with ${who} was lost and did not come back. Call again.`,
  ),
} as const;

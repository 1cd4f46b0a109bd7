import * as v from 'valibot';
import { errors } from '../errors';

/**
 * What paired agents say to each other on the `beeline/session` channel of their link. The channel
 * has no id: there is one, for all sessions of the two.
 *
 * Requests and answers are the very bytes that tasks carry, and frames those that task messages and
 * data channels carry: whoever hears something a second time, on whatever way, passes it over.
 */
export const SessionType = {
  /** Caller: the signed request. */
  request: 0,
  /** Either: the signed answer; the caller's own says that it does not want it any more. */
  answer: 1,
  /** Either: one sealed frame. */
  frame: 2,
  /** Either: a frame came for a session that is not known here (any more). */
  unknown: 3,
  /** Either, at first and when it changes: what somebody takes here just now. */
  available: 4,
} as const;

/** Bytes of one message: the id of the session and the largest frame. */
export const MAX_SESSION_MESSAGE = 16 + 64 * 1024;
const ID_BYTES = 16;
/** Bytes: use, place and tag of a frame that has nothing in it. */
const MIN_FRAME_BYTES = 25;
/** Characters: 16 KiB of JSON as base64url. */
const MAX_SIGNED = 22_000;

const signedMessage = v.object({
  signed: v.pipe(v.string(), v.maxLength(MAX_SIGNED), v.regex(/^[A-Za-z0-9_-]+$/)),
  signature: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{86}$/)),
});
const available = v.object({ chats: v.boolean(), calls: v.boolean() });

export type SignedSession = v.InferOutput<typeof signedMessage>;

export type SessionMessage =
  | { readonly type: typeof SessionType.request; readonly request: SignedSession }
  | { readonly type: typeof SessionType.answer; readonly answer: SignedSession }
  | { readonly type: typeof SessionType.frame; readonly id: string; readonly frame: Buffer }
  | { readonly type: typeof SessionType.unknown; readonly id: string }
  | {
      readonly type: typeof SessionType.available;
      readonly available: { readonly chats: boolean; readonly calls: boolean };
    };

export function encodeSessionMessage(message: SessionMessage): Buffer {
  switch (message.type) {
    case SessionType.request:
      return Buffer.from(JSON.stringify(message.request));
    case SessionType.answer:
      return Buffer.from(JSON.stringify(message.answer));
    case SessionType.frame:
      return Buffer.concat([Buffer.from(message.id, 'hex'), message.frame]);
    case SessionType.unknown:
      return Buffer.from(message.id, 'hex');
    case SessionType.available:
      return Buffer.from(JSON.stringify(message.available));
  }
}

/** @throws PROTOCOL */
export function decodeSessionMessage(type: number, payload: Buffer): SessionMessage {
  if (payload.length > MAX_SESSION_MESSAGE) throw errors.protocol('a session message too large');
  switch (type) {
    case SessionType.request:
      return { type, request: validate(signedMessage, payload) };
    case SessionType.answer:
      return { type, answer: validate(signedMessage, payload) };
    case SessionType.frame: {
      // A copy, since it may wait for what comes before it, and the message it came in does not.
      const frame = Buffer.from(payload.subarray(ID_BYTES));
      if (frame.length < MIN_FRAME_BYTES) throw errors.protocol('a frame that is too short');
      return { type, id: payload.toString('hex', 0, ID_BYTES), frame };
    }
    case SessionType.unknown:
      if (payload.length !== ID_BYTES) throw errors.protocol('a session id that is none');
      return { type, id: payload.toString('hex') };
    case SessionType.available:
      return { type, available: validate(available, payload) };
    default:
      throw errors.protocol(`a session message of type ${String(type)}`);
  }
}

function validate<S extends v.GenericSchema>(schema: S, payload: Buffer): v.InferOutput<S> {
  let json: unknown;
  try {
    json = JSON.parse(payload.toString('utf8')) as unknown;
  } catch (cause) {
    throw errors.protocol('a session message that is no JSON', { cause });
  }
  const parsed = v.safeParse(schema, json);
  if (!parsed.success) throw errors.protocol('a session message that cannot be understood');
  return parsed.output;
}

import * as v from 'valibot';
import { errors } from '../errors';
import { codeLanguage, codeRange, hexId as id } from './shapes';

/**
 * What the chat lane of a session carries, sealed: JSON, one object a frame, fields that a reader
 * does not know are passed over.
 */

/** Characters; bytes are bounded by the frame. */
const MAX_TEXT = 32 * 1024;
const MAX_PATH = 4096;
/** Ids in one frame; more go in further ones. */
export const MAX_DELIVERED = 500;

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_TEXT));
const at = v.pipe(v.string(), v.maxLength(30), v.isoTimestamp());

const frame = v.variant('t', [
  /** A message in Markdown; `at` is the sender's clock, only shown. */
  v.object({ t: v.literal('text'), id, at, text }),
  /** A place in the sender's workspace and what stands there. */
  v.object({
    t: v.literal('code'),
    id,
    at,
    path: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_PATH)),
    language: v.exactOptional(codeLanguage),
    range: codeRange,
    text,
  }),
  /** A transfer between the two. */
  v.object({ t: v.literal('file'), id, at, transfer: id }),
  /** The person is writing, or has stopped. Forgotten when nothing more is heard for a while. */
  v.object({ t: v.literal('typing'), on: v.boolean() }),
  /** These messages are on this side's disk. */
  v.object({ t: v.literal('delivered'), ids: v.pipe(v.array(id), v.maxLength(MAX_DELIVERED)) }),
  /** Everything up to this message was seen. */
  v.object({ t: v.literal('read'), id }),
]);

export type ChatFrame = v.InferOutput<typeof frame>;

export function encodeChatFrame(said: ChatFrame): Buffer {
  return Buffer.from(JSON.stringify(said));
}

/** What a session delivered, as a frame; undefined for what is none. */
export function readChatFrame(payload: unknown): ChatFrame | undefined {
  const parsed = v.safeParse(frame, payload);
  return parsed.success ? parsed.output : undefined;
}

/** @throws PROTOCOL */
export function decodeChatFrame(bytes: Uint8Array): ChatFrame {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw errors.protocol('a chat frame that is no JSON', { cause });
  }
  const parsed = v.safeParse(frame, json);
  if (!parsed.success) throw errors.protocol('a chat frame that cannot be understood');
  return parsed.output;
}

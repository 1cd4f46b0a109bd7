import * as v from 'valibot';
import { errors } from '../errors';
import { MAX_PLAIN_BYTES } from './sealedFrame';

/** What is sealed in a frame that is not empty: `{"ack":3}` or `{"ack":3,"say":{…}}`. */
export interface Plain {
  /** How many frames of the other side were received in order, before this one was sealed. */
  readonly ack: number;
  readonly say?: object;
}

/** Bytes of the JSON of what is said: what fits into a frame beside the longest `ack`. */
export const MAX_SAY_BYTES = MAX_PLAIN_BYTES - 64;

const schema = v.object({
  ack: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  say: v.exactOptional(v.looseObject({})),
});

/** What is said as JSON, as it is at this moment. @throws MESSAGE_TOO_LARGE */
export function encodeSay(say: object): string {
  const text = JSON.stringify(say);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_SAY_BYTES) throw errors.messageTooLarge(bytes, MAX_SAY_BYTES);
  return text;
}

/** @param say as `encodeSay` gave it */
export function encodePlain(ack: number, say?: string): Buffer {
  return Buffer.from(say === undefined ? `{"ack":${ack}}` : `{"ack":${ack},"say":${say}}`);
}

/** Undefined for what is none. */
export function readPlain(bytes: Uint8Array): Plain | undefined {
  try {
    const json: unknown = JSON.parse(utf8.decode(bytes));
    return v.is(schema, json) ? json : undefined;
  } catch {
    return undefined;
  }
}

/** The first frame of the use `signal`: empty, and nothing else. */
export function readConfirm(bytes: Uint8Array): Plain | undefined {
  return bytes.length === 0 ? { ack: 0 } : undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

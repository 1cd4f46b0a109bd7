import * as v from 'valibot';

/** Which half of the pair a socket is; two of the same are never joined. */
export type RelaySide = 'low' | 'high';

export interface RelayHello {
  /** 64 hex digits that both halves know. Whoever else knows it could only take a place. */
  readonly token: string;
  readonly side: RelaySide;
}

/** The first message of a socket, or undefined when it is anything else. */
export function readRelayHello(message: Buffer | undefined): RelayHello | undefined {
  if (message === undefined || message.byteLength > MAX_HELLO_BYTES) return undefined;
  try {
    return v.parse(schema, JSON.parse(message.toString('utf8')));
  } catch {
    return undefined;
  }
}

/** Room for fields of later versions. */
const MAX_HELLO_BYTES = 1024;

const schema = v.object({
  token: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/i), v.toLowerCase()),
  side: v.picklist(['low', 'high']),
});

import c from 'compact-encoding';
import { errors } from '../errors';

/** What the two sides of a link say first, on `beeline/hello`. */
export interface Hello {
  /** Of the program. */
  readonly version: string;
  readonly features: readonly string[];
}

/** Version of this message. A later one appends fields, which an earlier reader passes over. */
const HELLO_VERSION = 1;

/** Bytes of a version or of the name of a feature: a word. */
const WORD_BYTES = 64;
const MAX_FEATURES = 32;

/** @throws PROTOCOL */
export function decodeHello(bytes: Uint8Array): Hello {
  const state = { start: 0, end: bytes.length, buffer: bytes };
  let said: Hello & { readonly format: number };
  try {
    said = hello.decode(state);
  } catch (cause) {
    throw errors.protocol('a hello that cannot be read', { cause });
  }
  const { format, version, features } = said;
  if (features.length > MAX_FEATURES || [version, ...features].some(isTooLong)) {
    throw errors.protocol('a hello that is too long');
  }
  // Bytes after the end, long forms of numbers and broken UTF-8: one hello has one encoding.
  const isOwnForm =
    format === HELLO_VERSION && Buffer.from(encodeHello({ version, features })).equals(bytes);
  if (format <= HELLO_VERSION && !isOwnForm) throw errors.protocol('a hello that cannot be read');
  return { version, features };
}

export function encodeHello(said: Hello): Uint8Array {
  return c.encode(hello, { ...said, format: HELLO_VERSION });
}

const words = c.array(c.string);

const hello = {
  preencode(state: c.State, { format, version, features }: Hello & { readonly format: number }) {
    c.uint.preencode(state, format);
    c.string.preencode(state, version);
    words.preencode(state, [...features]);
  },
  encode(state: c.State, { format, version, features }: Hello & { readonly format: number }) {
    c.uint.encode(state, format);
    c.string.encode(state, version);
    words.encode(state, [...features]);
  },
  decode(state: c.State) {
    return {
      format: c.uint.decode(state),
      version: c.string.decode(state),
      features: words.decode(state),
    };
  },
};

const isTooLong = (word: string): boolean => Buffer.byteLength(word) > WORD_BYTES;

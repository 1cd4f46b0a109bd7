import c from 'compact-encoding';
import { BeelineError, errors } from '../errors';

/** The fields that records of wire version 2 are made of, and how a whole record is read. */
export interface Codec<T> {
  preencode(state: State, value: T): void;
  encode(state: State, value: T): void;
  /** @throws anything; `decodeRecord` makes it PROTOCOL */
  decode(state: State): T;
}

/** As compact-encoding has it. */
export interface State {
  start: number;
  end: number;
  buffer: Uint8Array | null;
}

export function encodeRecord<T>(codec: Codec<T>, value: T): Buffer {
  const state: State = { start: 0, end: 0, buffer: null };
  codec.preencode(state, value);
  const bytes = Buffer.allocUnsafe(state.end);
  state.buffer = bytes;
  codec.encode(state, value);
  return bytes;
}

/** A record that is the whole payload, neither more nor less. @throws PROTOCOL */
export function decodeRecord<T>(name: string, codec: Codec<T>, payload: Uint8Array): T {
  const state: State = { start: 0, end: payload.length, buffer: payload };
  try {
    const value = codec.decode(state);
    if (state.start !== state.end) throw new Error('it goes on after its end');
    return value;
  } catch (cause) {
    if (cause instanceof BeelineError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw errors.protocol(`${name} cannot be read: ${why}`, { cause });
  }
}

/** A whole number up to 2^53 - 1, and only in its shortest form: one value, one encoding. */
export const uint: Codec<number> = {
  preencode: (state, value) => {
    c.uint.preencode(state, value);
  },
  encode: (state, value) => {
    c.uint.encode(state, value);
  },
  decode: (state) => {
    const begin = state.start;
    const value = c.uint.decode(state);
    if (state.start - begin !== uintBytes(value)) throw new Error('a number in a longer form');
    return value;
  },
};

export function uintBytes(value: number): number {
  if (value <= 0xfc) return 1;
  if (value <= 0xffff) return 3;
  return value <= 0xffffffff ? 5 : 9;
}

export const uint8: Codec<number> = c.uint8;

/** The version that every record begins with. */
export function version(known: number): Codec<void> {
  return {
    preencode: (state) => {
      c.uint8.preencode(state, known);
    },
    encode: (state) => {
      c.uint8.encode(state, known);
    },
    decode: (state) => {
      const found = c.uint8.decode(state);
      if (found !== known) throw new Error(`version ${found}, where ${known} is spoken`);
    },
  };
}

/** Bits for what is optional. Unknown ones are refused: they would change what the rest means. */
export function flags(known: number): Codec<number> {
  return {
    preencode: (state, value) => {
      c.uint8.preencode(state, value);
    },
    encode: (state, value) => {
      c.uint8.encode(state, value);
    },
    decode: (state) => {
      const value = c.uint8.decode(state);
      if ((value & ~known) !== 0) throw new Error(`unknown flags ${value}`);
      return value;
    },
  };
}

/** 32 bytes: a SHA-256, or a MAC. What is read is a copy, since it outlives its message. */
export const bytes32: Codec<Buffer> = {
  preencode: (state, value) => {
    c.fixed32.preencode(state, value);
  },
  encode: (state, value) => {
    c.fixed32.encode(state, value);
  },
  decode: (state) => Buffer.from(c.fixed32.decode(state)),
};

/** UTF-8 of at most so many bytes behind their number; anything else than UTF-8 is refused. */
export function text(maxBytes: number): Codec<string> {
  return {
    preencode: (state, value) => {
      const bytes = Buffer.byteLength(value);
      if (bytes > maxBytes) throw errors.internal(`a text of ${bytes} bytes, of ${maxBytes}`);
      c.uint.preencode(state, bytes);
      state.end += bytes;
    },
    encode: (state, value) => {
      c.utf8.encode(state, value);
    },
    decode: (state) => {
      const length = uint.decode(state);
      if (length > maxBytes) throw new Error(`a text of ${length} bytes`);
      if (length > state.end - state.start) throw new Error('a text beyond the end');
      const bytes = state.buffer?.subarray(state.start, state.start + length);
      state.start += length;
      return utf8.decode(bytes);
    },
  };
}

/** A byte order mark is a character like others here, else two paths could be one. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

import { type Codec, uint8, version } from './v2Fields';

/** What every record begins with. */
export const RECORD_VERSION = 2;

export const head: Codec<void> = version(RECORD_VERSION);

/** A record is the version, then its fields in this order. */
export function record<T extends object>(fields: {
  readonly [K in keyof T]: Codec<T[K]>;
}): Codec<T> {
  const names = Object.keys(fields) as (keyof T)[];
  return {
    preencode(state, value) {
      head.preencode(state, undefined);
      for (const name of names) fields[name].preencode(state, value[name]);
    },
    encode(state, value) {
      head.encode(state, undefined);
      for (const name of names) fields[name].encode(state, value[name]);
    },
    decode(state) {
      head.decode(state);
      const value: Partial<T> = {};
      for (const name of names) value[name] = fields[name].decode(state);
      return value as T;
    },
  };
}

/** A field that is one byte on the wire and a word here. */
export function word<W extends string>(words: readonly W[]): Codec<W> {
  return {
    preencode: (state) => {
      uint8.preencode(state, 0);
    },
    encode: (state, value) => {
      uint8.encode(state, words.indexOf(value));
    },
    decode: (state) => {
      const number = uint8.decode(state);
      const found = words[number];
      if (found === undefined) throw new Error(`a choice ${number}`);
      return found;
    },
  };
}

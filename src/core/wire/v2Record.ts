import { type Codec, flags, uint, uint8, version } from './v2Fields';

/** What every record begins with. */
const RECORD_VERSION = 2;

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

const SET = 0b1;
const oneFlag = flags(SET);

/** A byte of flags that has one: of a page, whether it is the last. */
export const flag: Codec<boolean> = {
  preencode: (state) => {
    oneFlag.preencode(state, 0);
  },
  encode: (state, value) => {
    oneFlag.encode(state, value ? SET : 0);
  },
  decode: (state) => (oneFlag.decode(state) & SET) !== 0,
};

/**
 * At least one of a page, behind their number.
 * @param follows throws for what may not stand behind the one before it
 */
export function items<T>(
  name: string,
  item: Codec<T>,
  follows?: (before: T, next: T) => void,
): Codec<readonly T[]> {
  return {
    preencode(state, values) {
      uint.preencode(state, values.length);
      for (const value of values) item.preencode(state, value);
    },
    encode(state, values) {
      uint.encode(state, values.length);
      for (const value of values) item.encode(state, value);
    },
    decode(state) {
      const count = uint.decode(state);
      if (count === 0) throw new Error(`a page without ${name}`);
      // Nothing is reserved by a number from a stranger; a wrong one runs into the end.
      const values: T[] = [];
      for (let at = 0; at < count; at++) {
        const next = item.decode(state);
        const before = values.at(-1);
        if (before !== undefined) follows?.(before, next);
        values.push(next);
      }
      return values;
    },
  };
}

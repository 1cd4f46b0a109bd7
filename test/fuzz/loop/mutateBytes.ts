import type { Random } from './random';

/** Bytes; longer inputs find little and cost time. What is beyond has properties of its own. */
export const MAX_INPUT_BYTES = 6 * 1024;

/**
 * A copy with a few changes, of the kinds that coverage-guided fuzzers have in common: bits, bytes,
 * numbers, ranges, words of the dictionary, and pieces of other inputs.
 */
export function mutateBytes(
  input: Buffer,
  random: Random,
  dictionary: readonly Buffer[],
  other: Buffer,
): Buffer {
  let bytes: Buffer = Buffer.from(input);
  for (let left = random.few(8); left > 0; left--) {
    bytes = change(bytes, random, dictionary, other);
  }
  return bytes.subarray(0, MAX_INPUT_BYTES);
}

function change(
  bytes: Buffer,
  random: Random,
  dictionary: readonly Buffer[],
  other: Buffer,
): Buffer {
  if (bytes.length === 0) return insert(bytes, 0, someBytes(random));
  const at = random.below(bytes.length);
  const length = Math.min(random.few(6) * random.few(16), bytes.length - at);
  switch (random.below(15)) {
    case 0:
      return set(bytes, at, (bytes[at] ?? 0) ^ (1 << random.below(8)));
    case 1:
      return set(bytes, at, random.below(256));
    case 2:
      return set(bytes, at, (bytes[at] ?? 0) + random.pick([1, -1, 16, -16]));
    case 3:
      return set(bytes, at, random.pick(ODD_BYTES));
    case 4:
      return writeNumber(bytes, at, random);
    case 5:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 6:
      return insert(bytes, at, bytes.subarray(at, at + length));
    case 7:
      return insert(bytes, at, someBytes(random));
    case 8:
      return bytes.subarray(0, at);
    case 9: {
      const word = random.pick(dictionary) ?? someBytes(random);
      return random.oneIn(2) ? insert(bytes, at, word) : overwrite(bytes, at, word);
    }
    case 10: {
      const from = random.below(other.length + 1);
      return insert(bytes, at, other.subarray(from, from + random.few(64)));
    }
    case 11:
    case 12:
    case 13:
      return changePart(bytes, at, random, dictionary);
    default:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random.below(other.length + 1))]);
  }
}

/**
 * Takes a byte for the length of what follows, or for a number of things, and changes both: what
 * stands behind lengths is seldom reached by changing one of the two.
 */
function changePart(
  bytes: Buffer,
  at: number,
  random: Random,
  dictionary: readonly Buffer[],
): Buffer {
  const begin = at + 1;
  const end = Math.min(begin + (bytes[at] ?? 0), bytes.length);
  const part = bytes.subarray(begin, end);
  const word = random.pick(dictionary) ?? someBytes(random);
  const changed = [
    () => Buffer.alloc(random.pick(ODD_LENGTHS), part.length === 0 ? 0 : part),
    () => insert(part, random.below(part.length + 1), word),
    () => overwrite(part, random.below(part.length + 1), word),
    () => word,
    () => part.subarray(0, random.below(part.length + 1)),
  ][random.below(5)]?.();
  if (changed === undefined) return bytes;
  return Buffer.concat([bytes.subarray(0, at), lengthOf(changed), changed, bytes.subarray(end)]);
}

/** As compact-encoding writes it. */
function lengthOf({ length }: Buffer): Buffer {
  return length <= 0xfc
    ? Buffer.from([length])
    : Buffer.from([0xfd, length & 0xff, (length >> 8) & 0xff]);
}

/** One below, at and above the limits that formats like. */
const ODD_LENGTHS = [
  0, 1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 129, 252, 253, 255, 256, 257, 1024, 1025, 4096, 4097,
] as const;

/** Numbers at the borders of what lengths and counts are written with. */
const ODD_BYTES = [0, 1, 0x20, 0x7f, 0x80, 0xc0, 0xfc, 0xfd, 0xfe, 0xff] as const;
const ODD_NUMBERS = [
  0n,
  1n,
  0xfcn,
  0xfdn,
  0xffn,
  0x100n,
  0xffffn,
  0x10000n,
  0x7fffffffn,
  0xffffffffn,
  0x1fffffffffffffn,
  0x20000000000000n,
  0xffffffffffffffffn,
] as const;

function writeNumber(bytes: Buffer, at: number, random: Random): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigUInt64LE(random.pick(ODD_NUMBERS));
  const size = random.pick([2, 4, 8]);
  const part = number.subarray(0, size);
  return overwrite(bytes, at, random.oneIn(2) ? part : Buffer.from(part).reverse());
}

function someBytes(random: Random): Buffer {
  const fill = random.oneIn(2) ? random.below(256) : undefined;
  const length = random.oneIn(8) ? random.below(600) : random.few(16);
  return Buffer.from(Array.from({ length }, () => fill ?? random.below(256)));
}

function set(bytes: Buffer, at: number, value: number): Buffer {
  bytes[at] = value & 0xff;
  return bytes;
}

function insert(bytes: Buffer, at: number, part: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
}

function overwrite(bytes: Buffer, at: number, part: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at + part.length)]);
}

import type { Random } from './random';

/**
 * JSON with one or two of its values, keys or lists changed, or undefined when the input is none.
 * Almost every change of a byte makes JSON something that is not; these get through to the schemas.
 */
export function mutateJson(
  input: Buffer,
  random: Random,
  dictionary: readonly string[],
): Buffer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(input.toString('utf8'));
  } catch {
    return undefined;
  }
  for (let left = random.few(3); left > 0; left--) value = walk(value, random, dictionary);
  return Buffer.from(JSON.stringify(value));
}

/** Goes down somewhere, and changes what is there. */
function walk(value: unknown, random: Random, dictionary: readonly string[]): unknown {
  const isLeaf = typeof value !== 'object' || value === null || Object.keys(value).length === 0;
  if (isLeaf || random.oneIn(5)) return changed(value, random, dictionary);
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    const at = random.below(items.length);
    return items.map((item, index) => (index === at ? walk(item, random, dictionary) : item));
  }
  const entries = Object.entries(value);
  const at = random.below(entries.length);
  // `fromEntries` defines, so that a key `__proto__` is a key like others here.
  return Object.fromEntries(
    entries.map(([key, item], index) => [
      key,
      index === at ? walk(item, random, dictionary) : item,
    ]),
  );
}

function changed(value: unknown, random: Random, dictionary: readonly string[]): unknown {
  const word = random.pick(dictionary) ?? '';
  if (random.oneIn(4)) return random.oneIn(4) ? word : random.pick(ODD_VALUES);
  if (typeof value === 'string') return changedText(value, random, word);
  if (typeof value === 'number') return changedNumber(value, random);
  if (Array.isArray(value)) return changedList(value as unknown[], random);
  if (typeof value !== 'object' || value === null) return random.pick(ODD_VALUES);
  const entries = Object.entries(value);
  const at = random.below(entries.length + 1);
  const chosen: [string, unknown] | undefined = entries[at];
  const [key, item] = chosen ?? [random.pick(ODD_KEYS), random.pick(ODD_VALUES)];
  switch (random.below(4)) {
    case 0:
      return Object.fromEntries(entries.filter((_, index) => index !== at));
    case 1:
      return Object.fromEntries([...entries, [random.pick([...ODD_KEYS, word]), item]]);
    case 2:
      return { [key]: value };
    default:
      return Object.fromEntries(
        entries.map((entry, index) => (index === at ? [`${key}${word}`, item] : entry)),
      );
  }
}

export function changedText(text: string, random: Random, word: string): string {
  const at = random.below(text.length + 1);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  switch (random.below(9)) {
    case 0:
      return before + word + after;
    case 7:
    case 8:
      return word === '' ? before : word;
    case 1:
      return before + random.pick(ODD_CHARACTERS) + after;
    case 2:
      return before + after.slice(random.few(8));
    case 3:
      return before;
    case 4:
      return before + String.fromCharCode(random.below(128)) + after.slice(1);
    case 5:
      return before + random.pick(ODD_CHARACTERS).repeat(random.below(600)) + after;
    default:
      return random.oneIn(2) ? text.toUpperCase() : text + text;
  }
}

function changedNumber(number: number, random: Random): number {
  return random.pick([number + 1, number - 1, -number, number * 2, number / 2, number + 0.5, 0]);
}

function changedList(items: readonly unknown[], random: Random): unknown[] {
  const at = random.below(items.length + 1);
  switch (random.below(6)) {
    case 0:
      return items.filter((_, index) => index !== at);
    case 1:
      return [...items, random.pick(ODD_VALUES)];
    case 2:
      return [...items].reverse();
    case 3:
    case 4:
      return [...items.slice(0, at), ...items.slice(Math.max(0, at - 1))];
    default:
      return Array.from({ length: random.pick([2, 5, 40]) }, () => items[0] ?? null);
  }
}

const ODD_KEYS = ['__proto__', 'constructor', 'toString', 'id', '', 'length'] as const;
const ODD_VALUES = [
  null,
  true,
  false,
  0,
  1,
  -1,
  0.5,
  2 ** 31,
  2 ** 53,
  Number.MAX_SAFE_INTEGER,
  1e308,
  '',
  '0',
  'x',
  [],
  [null],
  {},
  [[[[[[[[]]]]]]]],
] as const;

/** Characters that names, texts and terminals stumble over. */
export const ODD_CHARACTERS = [
  '\0',
  '\n',
  '\u001b',
  '\u007f',
  '\u0085',
  ' ',
  '.',
  '/',
  '\\',
  ':',
  '~1',
  '%00',
  '\u00ad',
  '\u0301',
  '\u200d',
  '\u200e',
  '\u202e',
  '\u2066',
  '\u2028',
  '\u3164',
  '\ufeff',
  '\ufe0f',
  '\ud800',
  '\udc00',
  '\u{1f469}',
  '\u{e0041}',
  'İ',
  'ß',
  'ﬁ',
  'K',
] as const;

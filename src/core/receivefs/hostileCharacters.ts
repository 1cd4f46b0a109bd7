/** Which characters of a name are hostile, and what becomes of them. */

/**
 * Control characters, line separators, lone surrogates, and what Windows refuses or gives a meaning
 * (`a:b` writes a stream hidden behind `a`). Replaced, so that one sees that something was there.
 */
const forbidden = /[\p{Cc}\p{Cs}\u2028\u2029\ufff9-\ufffb<>:"|?*]/gu;

export function replaceForbidden(name: string): string {
  return name.replace(forbidden, '_');
}

/**
 * Scripts that cannot be written rightly without the zero-width joiner and non-joiner.
 * Between two of their letters these two characters are spelling; elsewhere they only hide.
 */
const joining = [
  'Arabic',
  'Bengali',
  'Devanagari',
  'Gujarati',
  'Gurmukhi',
  'Kannada',
  'Khmer',
  'Malayalam',
  'Mongolian',
  'Myanmar',
  'Oriya',
  'Sinhala',
  'Syriac',
  'Tamil',
  'Telugu',
]
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join('');

/**
 * What is not seen: bidirectional overrides (`gpj.exe` shown as `exe.jpg`), zero-width characters,
 * fillers and tags. Kept are joiners where they are spelling or hold an emoji together, the emoji
 * selectors behind an emoji, and the variants of Han characters behind one.
 */
const invisible = new RegExp(
  [
    `(?<=[${joining}])[\\u200c\\u200d](?=[${joining}])`,
    '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}]\\ufe0f?)\\u200d(?=\\p{Extended_Pictographic})',
    '(?<=\\p{Extended_Pictographic})[\\ufe0e\\ufe0f]',
    '(?<=[0-9#])\\ufe0f(?=\\u20e3)',
    '(?<=\\p{Script=Han})[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]',
    '(\\p{Default_Ignorable_Code_Point})',
  ].join('|'),
  'gu',
);

export function stripInvisible(name: string): string {
  return name.replace(invisible, (match, hostile: string | undefined) =>
    hostile === undefined ? match : '',
  );
}

/**
 * Names that have power by themselves: the devices of Windows, with any extension and also with the
 * superscript digits it takes for digits; `.git` in the spellings that some system takes for it;
 * and our own partials.
 */
const device = /^(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?$/iu;
const git = /^(\.git|git~\d+)$/iu;
const reserved = [device, git, /^\.beeline-/iu];

export function isReserved(name: string): boolean {
  return reserved.some((each) => each.test(name));
}

/** A device of Windows, whatever its extension. */
export function isDevice(name: string): boolean {
  return device.test(name);
}

/** `.git` in the spellings that some system takes for it. */
export function isGit(name: string): boolean {
  return git.test(name);
}

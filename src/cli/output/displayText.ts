import { stripVTControlCharacters } from 'node:util';

/** Characters (code points), enough for every sensible file name and short enough for a line. */
const MAX_SHOWN = 120;

/**
 * What must not reach a terminal from a stranger: control characters (which move the cursor and
 * recolour), marks that reverse or hide text (`\p{Cf}`), line and paragraph separators, and halves
 * of surrogate pairs. The two joiners stay, because Persian, Indic scripts and emoji need them.
 */
const unshowable = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A stranger's words on one line: nothing hidden, nothing that acts, nothing endless. */
export function displayText(text: string, max = MAX_SHOWN): string {
  // Strangers choose the length too, so the work is bounded before it begins.
  const bounded = text.length > 4 * max ? text.slice(0, 4 * max) : text;
  const shown = codePoints(bounded);
  if (shown.length <= max && bounded.length === text.length) return shown.join('');
  // The end is kept, because that is where the extension is.
  const tail = codePoints(text.slice(-2 * max));
  const kept = Math.floor((max - 1) / 2);
  return `${shown.slice(0, max - 1 - kept).join('')}…${tail.slice(-kept).join('')}`;
}

/** The width of a terminal is closer to code points than to UTF-16 units. */
function codePoints(text: string): string[] {
  return Array.from(stripVTControlCharacters(text).replace(unshowable, '\ufffd'));
}

/** JSON on one line whose text cannot act on a terminal, and which parses to exactly `value`. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(unshowable, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

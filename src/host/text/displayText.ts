/** Characters of a name or id that are shown; the longest sensible file names still fit. */
const MAX_SHOWN = 80;

/**
 * What a stranger's words must not bring: control characters, marks that reverse or hide text,
 * line and paragraph separators, halves of surrogate pairs, and code points without a meaning.
 */
const unshowable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

/** A peer's words on one line, as plain text: for input boxes, tooltips and the log. */
export function displayText(text: string, max = MAX_SHOWN): string {
  // Strangers choose the length too, so the work is bounded before it begins. The end is kept,
  // because that is where a file's extension is.
  const tooLong = text.length > 4 * max;
  const bounded = tooLong ? `${text.slice(0, 2 * max)}${text.slice(-2 * max)}` : text;
  const shown = Array.from(bounded.replace(/\s+/gu, ' ').replace(unshowable, '').trim());
  if (shown.length === 0) return '(no name)';
  if (shown.length <= max && !tooLong) return shown.join('');
  const tail = Math.floor((max - 1) / 2);
  const head = Math.min(max - 1 - tail, shown.length - tail);
  return `${shown.slice(0, head).join('')}…${shown.slice(-tail).join('')}`;
}

/**
 * The same for quick picks and the status bar, where `$(name)` becomes an icon. An icon of the
 * sender's choice could pretend to be our own mark.
 */
export function pickText(text: string, max?: number): string {
  return displayText(text, max).replaceAll('$(', '$ (');
}

/**
 * The same for notifications, where `[text](command:…)` becomes a link that runs a command.
 * Brackets are replaced rather than escaped, because notifications know no escape; every one of
 * them, because a lone one could swallow the words up to our own next link.
 */
export function noticeText(text: string, max?: number): string {
  return pickText(text, max).replaceAll('[', '(').replaceAll(']', ')');
}

/** A sentence of the core in a notification: it is ours, but may carry a peer's words. */
export function sentenceText(sentence: string): string {
  return noticeText(sentence, MAX_SENTENCE);
}

/** Characters; the longest sentence of the core with two names in it. */
const MAX_SENTENCE = 400;

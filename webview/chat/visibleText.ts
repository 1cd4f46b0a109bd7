/**
 * Characters that turn the direction of what follows make text read as what it is not: a path, an
 * address or code that shows one thing and is another. They are shown by their numbers. The marks of
 * Arabic and Hebrew text (U+200E, U+200F, U+061C) turn nothing and stay.
 */
export function visibleText(text: string): string {
  return text.replace(TURNING, (character) => {
    const digits = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
    return `⟨U+${digits.padStart(4, '0')}⟩`;
  });
}

const TURNING = /[\u202a-\u202e\u2066-\u2069]/gu;

import { displayText } from './displayText';

/**
 * A peer's words inside Markdown, as the literal text that they are. Every sign that Markdown
 * could read is escaped, also those of bare addresses, which would become links on their own.
 */
export function markdownText(text: string, max?: number): string {
  return displayText(text, max).replace(/[!-/:-@[-`{-~]/g, '\\$&');
}

import { displayText } from './displayText';

/** Characters of one line, and lines of one message: a screen or a few, whatever a stranger sends. */
const MAX_LINE = 4000;
const MAX_LINES = 200;

/**
 * A stranger's words on several lines, each made safe. All but the first are indented, so that no
 * line of a message can pass for one of ours or of somebody else.
 */
export function displayLines(text: string, indent: string): string {
  const lines = text.replace(/[\r\n]+$/, '').split(/\r\n|\n|\r/, MAX_LINES + 1);
  const shown = lines
    .slice(0, MAX_LINES)
    .map((line) => displayText(line.replaceAll('\t', '    '), MAX_LINE));
  if (lines.length > MAX_LINES) shown.push('… (longer than is shown here)');
  return shown.join(`\n${indent}`);
}

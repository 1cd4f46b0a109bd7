import type { PreviewEntry } from '../../core/events';
import { bytesText } from '../../core/units';
import { displayText } from './displayText';

/** Entries shown; a screen or a few, so that the question is not lost above them. */
const MAX_ENTRIES = 200;
/** Characters of a path. */
const MAX_PATH = 200;

/** What a paired agent offers, one entry a line. */
export function previewText(entries: readonly PreviewEntry[]): string {
  const more = entries.length - MAX_ENTRIES;
  const bytes = entries.reduce((sum, { size }) => sum + size, 0);
  return [
    ...entries.slice(0, MAX_ENTRIES).map((entry) => `  ${entryText(entry)}`),
    ...(more > 0 ? [`  … and ${String(more)} more`] : []),
    `  ${String(entries.length)} in all, ${bytesText(bytes)}`,
  ].join('\n');
}

function entryText({ path, kind, size }: PreviewEntry): string {
  const shown = displayText(path, MAX_PATH);
  switch (kind) {
    case 'file':
      return `${shown} (${bytesText(size)})`;
    case 'folder':
      return `${shown}/`;
    case 'link':
      return `${shown} (link)`;
  }
}

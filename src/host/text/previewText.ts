import type { IncomingOffer, PreviewEntry } from '../../core/events';
import { bytesText } from '../../core/units';
import { pickText } from './displayText';
import { senderText } from './senderText';
import { countText } from './wording';

/** A list with more is not read but sent back with a question. */
const MAX_LISTED = 2000;
/** Characters of a path; both its ends are kept. */
const MAX_PATH = 160;

export interface PreviewRow {
  readonly label: string;
  readonly description: string;
  readonly icon?: string;
}

/** The files of an offer, in the order of the sender. Folders that hold nothing are listed too. */
export function previewRows(entries: readonly PreviewEntry[]): readonly PreviewRow[] {
  const listed = entries.slice(0, MAX_LISTED).map(({ path, kind, size }) => ({
    label: pickText(path, MAX_PATH),
    description: kind === 'file' ? bytesText(size) : kind,
    icon: kind === 'folder' ? 'folder' : kind === 'link' ? 'file-symlink-file' : 'file',
  }));
  const others = entries.length - listed.length;
  return others === 0
    ? listed
    : [
        ...listed,
        { label: `and ${countText(others, 'more entry', 'more entries')}`, description: '' },
      ];
}

/** Counts all of it, listed or not. */
export function previewTitle(offer: IncomingOffer, entries: readonly PreviewEntry[]): string {
  const files = entries.filter(({ kind }) => kind === 'file');
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return (
    `${pickText(offer.fileName)} (${countText(files.length, 'file')}, ${bytesText(bytes)}) ` +
    `from ${senderText(offer)}`
  );
}

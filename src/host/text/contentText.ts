import type { SourceSummary } from '../../core/engine';
import type { OfferKind } from '../../core/events';
import { bytesText } from '../../core/units';
import { pickText } from './displayText';
import { countText } from './wording';

/** What travels in one transfer, as offers and transfers tell it. */
export interface Content {
  readonly fileName: string;
  readonly kind: OfferKind;
  readonly roots: number;
  readonly entries: number;
  readonly fileSize: number;
}

/** `report.pdf`, `proj`, or `a.txt and 2 more`. */
export function contentName(
  { fileName, kind, roots }: Pick<Content, 'fileName' | 'kind' | 'roots'>,
  shown: (text: string) => string = pickText,
): string {
  return kind === 'several' ? `${shown(fileName)} and ${String(roots - 1)} more` : shown(fileName);
}

/** `1.5 MB`, `folder with 12 items, 1.5 MB`, or `14 items, 1.5 MB`. */
export function contentSize({ kind, roots, entries, fileSize }: Content): string {
  const bytes = bytesText(fileSize);
  switch (kind) {
    case 'file':
      return bytes;
    case 'folder':
      return entries > 1
        ? `folder with ${countText(entries - 1, 'item')}, ${bytes}`
        : 'empty folder';
    case 'several':
      // Where all of them are files, the name has counted them already.
      return entries > roots ? `${countText(entries, 'item')} in all, ${bytes}` : bytes;
  }
}

/** In a sentence: `report.pdf, 1.5 MB` or `the folder proj with 12 items, 1.5 MB`. */
export function contentPhrase(content: Content, shown: (text: string) => string): string {
  const name = contentName(content, shown);
  const { kind, entries, fileSize } = content;
  if (kind !== 'folder') return `${name}, ${contentSize(content)}`;
  return entries > 1
    ? `the folder ${name} with ${countText(entries - 1, 'item')}, ${bytesText(fileSize)}`
    : `the empty folder ${name}`;
}

/** What would be sent: `120 files in 14 folders, 3.4 MB`. */
export function summaryText({
  files,
  folders,
  links,
  bytes,
}: Pick<SourceSummary, 'files' | 'folders' | 'links' | 'bytes'>): string {
  const counted =
    files === 0 && folders > 0
      ? countText(folders, 'folder')
      : `${countText(files, 'file')}${folders === 0 ? '' : ` in ${countText(folders, 'folder')}`}`;
  return [
    counted,
    ...(links === 0 ? [] : [countText(links, 'link')]),
    ...(files === 0 ? [] : [bytesText(bytes)]),
  ].join(', ');
}

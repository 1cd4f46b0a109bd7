import type { IncomingOffer, PreviewEntry } from '../../core/events';
import { bytesText } from '../../core/units';
import { contentName } from './contentText';
import { displayText, pickText } from './displayText';
import type { OfferedTree, TreeNode } from './offeredTree';
import { senderText } from './senderText';
import { countText } from './wording';

/** Rows at a time; a longer list is not read but searched. */
const MAX_LISTED = 1000;
/** Characters of a path; both its ends are kept. */
const MAX_PATH = 160;

export interface PreviewRow {
  readonly label: string;
  readonly description: string;
  readonly icon?: string;
  /** The folder that choosing the row shows, by its path; empty for the top. */
  readonly opens?: string;
}

/** What lies directly in a folder of an offer: folders with what they hold, then files. */
export function folderRows(tree: OfferedTree, path: string): readonly PreviewRow[] {
  const children = tree.childrenOf(path);
  const folders = children.filter(({ entry }) => entry.kind === 'folder');
  const others = children.filter(({ entry }) => entry.kind !== 'folder');
  const up: PreviewRow[] =
    path === tree.start || path === ''
      ? []
      : [{ label: '..', description: '', icon: 'arrow-up', opens: parentOf(path) }];
  const rows = [...folders, ...others].map((node) => entryRow(node, nameIn(node.entry.path)));
  return [...up, ...limited(rows, 'type to search in all of them')];
}

/** Whatever has the typed letters in its path, in the order of the sender, by whole path. */
export function foundRows(tree: OfferedTree, typed: string): readonly PreviewRow[] {
  const wanted = typed.toLowerCase();
  const found = tree.nodes.filter(({ entry }) =>
    displayText(entry.path, MAX_PATH).toLowerCase().includes(wanted),
  );
  const rows = found.slice(0, MAX_LISTED).map((node) => entryRow(node, node.entry.path));
  return limited(rows, 'type more of the name', found.length);
}

/** Counts all of it, listed or not. */
export function previewTitle(offer: IncomingOffer, entries: readonly PreviewEntry[]): string {
  const files = entries.filter(({ kind }) => kind === 'file');
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return (
    `${contentName(offer)} (${countText(files.length, 'file')}, ${bytesText(bytes)}) ` +
    `from ${senderText(offer)}`
  );
}

function entryRow({ entry, files, bytes }: TreeNode, shown: string): PreviewRow {
  const label = pickText(shown, MAX_PATH);
  switch (entry.kind) {
    case 'file':
      return { label, description: bytesText(entry.size), icon: 'file' };
    case 'link':
      return { label, description: 'link', icon: 'file-symlink-file' };
    case 'folder':
      return {
        label: `${label}/`,
        description: files === 0 ? 'no files' : `${countText(files, 'file')}, ${bytesText(bytes)}`,
        icon: 'folder',
        opens: entry.path,
      };
  }
}

function limited(
  rows: readonly PreviewRow[],
  way: string,
  count = rows.length,
): readonly PreviewRow[] {
  const others = count - Math.min(rows.length, MAX_LISTED);
  return others === 0
    ? rows
    : [
        ...rows.slice(0, MAX_LISTED),
        { label: `and ${countText(others, 'more entry', 'more entries')}`, description: way },
      ];
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

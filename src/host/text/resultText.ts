import type { Transfer, TransferResult } from '../../core/events';
import { bytesText } from '../../core/units';
import { countText } from './wording';

/** What arrived, for one line: `120 files, 3.4 MB, 3.0 MB already there, 2 conflicts`. */
export function resultPhrase(
  { kind, fileSize }: Pick<Transfer, 'kind' | 'fileSize'>,
  result: TransferResult,
): string {
  const { files, spared = 0, gone = 0, conflicts = [] } = result;
  return [
    amountPhrase({ kind, fileSize }, files, result.bytes),
    ...(spared > 0 ? [`${bytesText(spared)} already there`] : []),
    ...(gone > 0 ? [`${String(gone)} gone`] : []),
    ...(conflicts.length > 0 ? [countText(conflicts.length, 'conflict')] : []),
  ].join(', ');
}

/** `1.5 MB` of a file, `120 files, 3.4 MB` of anything else. */
export function amountPhrase(
  { kind, fileSize }: Pick<Transfer, 'kind' | 'fileSize'>,
  files: number | undefined,
  bytes: number,
): string {
  if (kind === 'file') return bytesText(fileSize);
  return files === undefined
    ? bytesText(bytes)
    : `${countText(files, 'file')}, ${bytesText(bytes)}`;
}

/** What else there is to say of a transfer that ended well, one sentence each. */
export function resultSentences(
  { spared = 0, changed = 0, gone = 0, conflicts = [], deleted = 0, undeleted = 0 }: TransferResult,
  shown: (text: string) => string,
  named = MAX_NAMED,
): readonly string[] {
  const sentences: string[] = [];
  // Also what came before an interruption, which did have to travel, though not twice.
  if (spared > 0) sentences.push(`${bytesText(spared)} of it were there already.`);
  if (changed > 0) {
    sentences.push(`${countText(changed, 'file')} changed meanwhile, and came in the new state.`);
  }
  if (gone > 0) sentences.push(`${countText(gone, 'file')} went away meanwhile.`);
  if (conflicts.length > 0) {
    const others = conflicts.length - named;
    const names = conflicts.slice(0, named).map((path) => shown(path));
    const rest = others > 0 ? `${names.join(', ')} and ${String(others)} more` : names.join(', ');
    sentences.push(`Changed here and kept, with the new version beside it: ${rest}.`);
  }
  if (deleted > 0) sentences.push(`${countText(deleted, 'file')} removed, as on the other side.`);
  if (undeleted > 0) {
    sentences.push(
      `${countText(undeleted, 'file')} removed on the other side stay here, since removing is not allowed.`,
    );
  }
  return sentences;
}

/** Names of conflicts in a message; a tooltip has room for more. */
const MAX_NAMED = 3;

import type { SourceSummary } from '../../core/engine';
import { displayText } from './displayText';
import { summaryText } from './contentText';
import { countText } from './wording';

/** What counting one way of sending came to, or has not come to yet. */
export type Counted =
  | { readonly kind: 'counting' }
  | { readonly kind: 'counted'; readonly summary: SourceSummary }
  | { readonly kind: 'failed'; readonly message: string };

export interface SendRow {
  readonly label: string;
  readonly description: string;
  readonly detail?: string;
  readonly icon: string;
  /** Absent on a row that only says something. */
  readonly leaveOutIgnored?: boolean;
}

/**
 * The ways of sending, the preferred one first, as far as they are counted. Where nothing is ignored
 * there is only one.
 */
export function sendRows(
  without: Counted,
  everything: Counted,
  preferWithout: boolean,
): readonly SendRow[] {
  const ignored = without.kind === 'counted' ? without.summary.ignored : 0;
  if (without.kind === 'counted' && ignored === 0) {
    return [row('Send', without, true, { icon: 'send' })];
  }
  const stays = `Leaves out ${countText(ignored, 'file or folder', 'files and folders')} that .gitignore ignores`;
  const rows = [
    row('Send without Ignored Files', without, true, { icon: 'send', detail: stays }),
    row('Send Everything', everything, false, {
      icon: 'files',
      ...(ignored > 0 && { detail: 'Also what .gitignore ignores' }),
    }),
  ];
  return preferWithout ? rows : rows.reverse();
}

function row(
  label: string,
  counted: Counted,
  leaveOutIgnored: boolean,
  look: { readonly icon: string; readonly detail?: string },
): SendRow {
  switch (counted.kind) {
    case 'counting':
      return { label, description: 'counting…', icon: 'loading~spin' };
    case 'failed':
      return {
        label,
        description: 'not possible',
        detail: displayText(counted.message, MAX_SENTENCE),
        icon: 'error',
      };
    case 'counted':
      return { label, description: summaryText(counted.summary), leaveOutIgnored, ...look };
  }
}

/** Characters; the longest of our own sentences with a path in it. */
const MAX_SENTENCE = 400;

import { bytesText, countText } from '../../core/units';
import { displayText } from './displayText';
import { durationText } from './durationText';
import { peerText, viaTexts } from './peerText';
import type { CompletedReport } from './report';

/** Characters of a path. */
const MAX_PATH = 600;
/** Paths that are named; of more, only how many. */
const MAX_CONFLICTS = 5;

/** What was moved, what was spared, and what is not as it was offered. */
export function completedSentence(report: CompletedReport): string {
  const peer = peerText(report.peer, report.agent);
  const where =
    report.direction === 'send'
      ? `delivered to ${peer}`
      : `received from ${peer}, saved ${report.roots > 1 ? 'in' : 'as'} ` +
        displayText(report.path, MAX_PATH);
  return [
    `${displayText(report.fileName)}: ${where}`,
    amount(report),
    ...differences(report),
    ...(report.sha256 === undefined ? [] : [`SHA-256 ${report.sha256}`]),
    ...(report.sha256 !== undefined || report.treeHash === undefined
      ? []
      : [`tree hash ${report.treeHash}`]),
    ...(report.receipt === undefined ? [] : [`receipt ${displayText(report.receipt)}`]),
  ]
    .join(', ')
    .concat(
      report.direction === 'send' && report.audit === 'pending'
        ? '; the task service has not recorded it yet'
        : '',
      ...conflictLines(report),
    );
}

function amount({ kind, bytes, files, spared = 0, durationMs, via }: CompletedReport): string {
  const counted = kind === 'file' || files === undefined ? '' : ` in ${countText(files, 'file')}`;
  const took = ` in ${durationText(durationMs)}${via === undefined ? '' : ` ${viaTexts[via]}`}`;
  if (counted === '' && spared === 0) return `${bytesText(bytes)}${took}`;
  const there = spared === 0 ? '' : `, ${bytesText(spared)} were there already`;
  return `${bytesText(bytes)}${counted}${there},${took}`;
}

function differences(report: CompletedReport): string[] {
  const { changed = 0, gone = 0, deleted = 0, undeleted = 0 } = report;
  return [
    ...(changed === 0 ? [] : [`${countText(changed, 'file')} changed since the offer`]),
    ...(gone === 0 ? [] : [`${countText(gone, 'file')} went away since the offer`]),
    ...(deleted === 0 ? [] : [`${countText(deleted, 'file')} removed`]),
    ...(undeleted === 0
      ? []
      : [`${countText(undeleted, 'file')} removed there but not here, as that is not allowed`]),
  ];
}

function conflictLines({ conflicts = [] }: CompletedReport): string[] {
  if (conflicts.length === 0) return [];
  const more = conflicts.length - MAX_CONFLICTS;
  return [
    `\n  Changed here and left as ${conflicts.length === 1 ? 'it is' : 'they are'}; ` +
      'what came lies beside:',
    ...conflicts.slice(0, MAX_CONFLICTS).map((path) => `\n    ${displayText(path, MAX_PATH)}`),
    ...(more > 0 ? [`\n    … and ${String(more)} more`] : []),
  ];
}

import { bytesText, countText } from '../../core/units';
import { displayText } from './displayText';
import type { FolderReport, MeasuredReport, StateReport, WatchingReport } from './folderReport';
import { peerText } from './peerText';
import { interruptedText } from './interruptedText';
import { shapeText } from './shapeText';

/** Characters of a path or of a message. */
const MAX_MESSAGE = 600;
/** Hex digits of a grant's id; as many as tell the grants of one home apart. */
const SHOWN_ID = 12;

/** What is told about folders, as a person reads it. */
export function folderSentence(report: FolderReport): string {
  switch (report.event) {
    case 'measured':
      return measured(report);
    case 'state':
      return state(report);
    case 'watching':
      return watching(report);
    case 'grant':
      return (
        `${report.grantId.slice(0, SHOWN_ID)}  ${displayText(report.path, MAX_MESSAGE)}  ` +
        `from ${displayText(report.agent.name)}  ${report.mayDelete ? 'may remove' : 'removes nothing'}  ` +
        `since ${displayText(report.since.slice(0, 10))}`
      );
    case 'revoked':
      return (
        `${displayText(report.agent.name)} does not keep ${displayText(report.path, MAX_MESSAGE)} ` +
        'in step any more. The folder stays as it is.'
      );
  }
}

function measured(report: MeasuredReport): string {
  const { name, roots, files, links, bytes, ignored } = report;
  const what =
    roots === 1 ? displayText(name) : `${displayText(name)} and ${String(roots - 1)} more`;
  return [
    `${what}: ${countText(files, 'file')}`,
    ...(links === 0 ? [] : [countText(links, 'link')]),
    bytesText(bytes),
    ...(ignored === 0 ? [] : [`${ignored.toLocaleString('en-US')} left out as ignored`]),
  ].join(', ');
}

function state(report: StateReport): string {
  const what =
    `${displayText(report.fileName)} (${shapeText(report, report.fileSize)}) ` +
    `${report.direction === 'send' ? 'to' : 'from'} ${peerText(report.peer, report.agent)}`;
  return `${what}: ${stateText(report)}`;
}

/** How it stands, and what happens next. */
export function stateText(report: StateReport): string {
  switch (report.state) {
    case 'hashing':
      return 'being read';
    case 'waiting':
      return 'offered, waiting for an answer';
    case 'connecting':
      return 'connecting';
    case 'transferring':
      return 'under way';
    case 'confirming':
      return 'delivered, waiting for the record of the task service';
    case 'completed':
      return 'complete';
    case 'interrupted':
      return interruptedText({
        ...report,
        message: report.message ?? '',
        resumes: report.resumes ?? 'agent',
      });
    case 'failed':
      return `failed: ${displayText(report.message ?? '', MAX_MESSAGE)}`;
  }
}

function watching({ path, agent, delete: removes }: WatchingReport): string {
  const removal = removes ? ', and what is removed here is removed there if they allow it' : '';
  return (
    `Watching ${displayText(path, MAX_MESSAGE)} for ${displayText(agent.name)}: ` +
    `what changes is sent${removal}. Ctrl-C ends it.`
  );
}

import type { ErrorCode, ErrorData } from '../../core/errors';
import type { Transfer } from '../../core/events';
import { contentName } from './contentText';
import { noticeText, pickText, sentenceText } from './displayText';

export type StoppedAction = 'resume' | 'cancel';

/** What an interrupted transfer waits for: its agent, or the person who can mend the error. */
export function interruptedText(
  { peerId, state }: Transfer,
  shown: (text: string, max?: number) => string = pickText,
): string {
  if (state.kind === 'interrupted' && (state.resumes === 'person' || !isAbsence(state.error))) {
    return `interrupted: ${shown(state.error.message, MAX_SENTENCE)}`;
  }
  return `interrupted, resumes when ${shown(peerId)} is back`;
}

/** Whether there is no link; else it waits for something other than that its agent is back. */
function isAbsence({ code }: ErrorData): boolean {
  return absences.has(code);
}

const absences = new Set<ErrorCode>(['AGENT_OFFLINE', 'PEER_LOST', 'PEER_SILENT', 'INTERRUPTED']);

/** Whether it stands still until somebody says *Resume*. */
export function waitsForPerson({ state }: Transfer): boolean {
  return state.kind === 'interrupted' && state.resumes === 'person';
}

/** The notification of a transfer that goes on only when the person says so. */
export function stoppedNotice(transfer: Transfer, link: (action: StoppedAction) => string): string {
  const { direction, peerId, state } = transfer;
  const name = contentName(transfer, noticeText);
  const peer = noticeText(peerId);
  const what = direction === 'send' ? `${name} to ${peer}` : `${name} from ${peer}`;
  const why = state.kind === 'interrupted' ? sentenceText(state.error.message) : '';
  return (
    `${what} was interrupted. ${why} What has arrived stays. \u2002` +
    `[Resume](${link('resume')} "Goes on where it stopped") \u2002` +
    `[Cancel Transfer](${link('cancel')} "Ends it on both sides")`
  );
}

/** Characters of the core's sentence on one line. */
const MAX_SENTENCE = 200;

import type { ErrorData } from '../../core/errors';
import type { Transfer } from '../../core/events';
import { contentName } from './contentText';
import { noticeText, pickText, sentenceText } from './displayText';

export type StoppedAction = 'resume' | 'cancel';

/** What an interrupted transfer waits for: its agent, or the person who can mend the error. */
export function interruptedText(
  { peerId, state }: Transfer,
  shown: (text: string, max?: number) => string = pickText,
): string {
  if (state.kind === 'interrupted' && (state.resumes === 'person' || isBusy(state.error))) {
    return `interrupted: ${shown(state.error.message, MAX_SENTENCE)}`;
  }
  return `interrupted, resumes when ${shown(peerId)} is back`;
}

/** It goes on by itself, but not because its agent is back. */
function isBusy({ code }: ErrorData): boolean {
  return code === 'TARGET_BUSY';
}

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

import { createInterface } from 'node:readline';
import type { IncomingOffer } from '../core/events';
import { displayText } from './output/displayText';
import { calledText } from './output/peerText';
import { bytesText } from '../core/units';
import type { Session } from './session';

export type Reply = 'yes' | 'no' | 'none';

export interface Question {
  readonly text: string;
  /** Shown when `l` is typed; the question is asked again after it. */
  readonly listing?: () => Promise<string>;
}

/** What is asked about an offer: everything one needs to decide, and who vouches for it. */
export function questionOf(offer: IncomingOffer): string {
  const what = `${displayText(offer.fileName)} (${bytesText(offer.fileSize)})`;
  const from = displayText(offer.senderId);
  switch (offer.trust) {
    case 'verified': {
      const who = offer.agent === undefined ? from : calledText(offer.agent.name, offer.senderId);
      return `Accept ${what} from ${who}, verified? [y/n, l lists it] `;
    }
    case 'unverified':
      return `Accept ${what} from ${from}, who is unverified? [y/n] `;
    case 'claims':
      return (
        `Accept ${what} from somebody who claims to be your paired agent ` +
        `${displayText(offer.agent?.name ?? offer.senderId)} and has not proven it? [y/n] `
      );
  }
}

export function replyOf(line: string): 'yes' | 'no' | 'list' | undefined {
  const word = line.trim().toLowerCase();
  if (['y', 'yes'].includes(word)) return 'yes';
  if (['n', 'no'].includes(word)) return 'no';
  if (['l', 'list'].includes(word)) return 'list';
  return undefined;
}

/**
 * Asks on the terminal until y or n. Gives `none` when the input ends, the question is taken back
 * by the signal, or the command is interrupted.
 */
export function ask(question: Question, session: Session, signal: AbortSignal): Promise<Reply> {
  const { stdin: input, stderr: output, interruption } = session;
  const over = AbortSignal.any([signal, interruption.signal]);
  return new Promise((resolve) => {
    const lines = createInterface({ input, output, terminal: true });
    let finished = false;
    const finish = (reply: Reply): void => {
      finished = true;
      over.removeEventListener('abort', takeBack);
      lines.removeAllListeners('close');
      lines.close();
      resolve(reply);
    };
    const takeBack = (): void => {
      output.write('\n');
      finish('none');
    };
    const list = async (): Promise<void> => {
      const listing = await question.listing?.();
      if (finished) return;
      if (listing !== undefined) output.write(`${listing}\n`);
      lines.prompt();
    };
    lines.on('line', (line) => {
      const reply = replyOf(line);
      if (reply === 'list') void list();
      else if (reply === undefined) lines.prompt();
      else finish(reply);
    });
    lines.on('close', () => {
      finish('none');
    });
    // In raw mode Ctrl-C is a key, not a signal.
    lines.on('SIGINT', () => {
      finish('none');
      interruption.interrupt('SIGINT');
    });
    if (over.aborted) {
      finish('none');
      return;
    }
    over.addEventListener('abort', takeBack, { once: true });
    lines.setPrompt(question.text);
    lines.prompt();
  });
}

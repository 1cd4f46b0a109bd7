import { createInterface } from 'node:readline';
import type { IncomingOffer } from '../core/events';
import { displayText } from './output/displayText';
import { bytesText } from '../core/units';

export type Reply = 'yes' | 'no' | 'none';

/** What is asked about an offer: everything one needs to decide, and that nobody vouches for it. */
export function questionOf(offer: IncomingOffer): string {
  return (
    `Accept ${displayText(offer.fileName)} (${bytesText(offer.fileSize)}) ` +
    `from ${displayText(offer.senderId)}, who is unverified? [y/n] `
  );
}

export function replyOf(line: string): 'yes' | 'no' | undefined {
  const word = line.trim().toLowerCase();
  if (['y', 'yes'].includes(word)) return 'yes';
  if (['n', 'no'].includes(word)) return 'no';
  return undefined;
}

/** Asks until y or n. Gives `none` when the input ends or the question is taken back. */
export function ask(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  onInterrupt: () => void,
  signal: AbortSignal,
): Promise<Reply> {
  return new Promise((resolve) => {
    const lines = createInterface({ input, output, terminal: true });
    const finish = (reply: Reply): void => {
      signal.removeEventListener('abort', takeBack);
      lines.removeAllListeners('close');
      lines.close();
      resolve(reply);
    };
    const takeBack = (): void => {
      output.write('\n');
      finish('none');
    };
    lines.on('line', (line) => {
      const reply = replyOf(line);
      if (reply === undefined) lines.prompt();
      else finish(reply);
    });
    lines.on('close', () => {
      finish('none');
    });
    // In raw mode Ctrl-C is a key, not a signal.
    lines.on('SIGINT', () => {
      finish('none');
      onInterrupt();
    });
    if (signal.aborted) {
      finish('none');
      return;
    }
    signal.addEventListener('abort', takeBack, { once: true });
    lines.setPrompt(question);
    lines.prompt();
  });
}

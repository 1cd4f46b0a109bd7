import { createInterface } from 'node:readline';
import type { IncomingOffer } from '../core/events';
import { displayText } from './output/displayText';
import { calledText } from './output/peerText';
import { shapeText } from './output/shapeText';
import type { Session } from './session';

/** `update` brings what is here up to date, `remove` lets a sync remove too. */
export type Reply = 'yes' | 'no' | 'update' | 'remove' | 'none';

export interface Question {
  readonly text: string;
  /** What can be said beside yes and no. */
  readonly also?: readonly ('update' | 'remove')[];
  /** Shown when `l` is typed; the question is asked again after it. */
  readonly listing?: () => Promise<string>;
}

/**
 * The question about an offer: everything one needs to decide, who vouches for it, and what can be
 * said.
 * @param said what the flags say already, and is not asked again
 */
export function offerQuestion(
  offer: IncomingOffer,
  said: { readonly update: boolean; readonly allowDelete: boolean },
  listing: () => Promise<string>,
): Question {
  const mayUpdate = offer.updates !== undefined && !said.update;
  const mayRemove = offer.sync?.delete === true && !said.allowDelete;
  const keys = [
    'y/n',
    ...(offer.trust === 'verified' ? ['l lists it'] : []),
    ...(mayUpdate ? [`u updates ${displayText(offer.updates, MAX_PATH)}, y makes a copy`] : []),
    ...(mayRemove ? ['d is y and lets it remove too'] : []),
  ];
  const also = [
    ...(mayUpdate ? (['update'] as const) : []),
    ...(mayRemove ? (['remove'] as const) : []),
  ];
  return {
    text: `${questionOf(offer)} [${keys.join(', ')}] `,
    also,
    // Only over a link can one look before one accepts.
    ...(offer.trust === 'verified' && { listing }),
  };
}

/** Characters of a path of this machine. */
const MAX_PATH = 200;

function questionOf(offer: IncomingOffer): string {
  const what = `${displayText(offer.fileName)} (${shapeText(offer, offer.fileSize)})`;
  const from = displayText(offer.senderId);
  switch (offer.trust) {
    case 'verified': {
      const who = offer.agent === undefined ? from : calledText(offer.agent.name, offer.senderId);
      return offer.sync === undefined
        ? `Accept ${what} from ${who}, verified?`
        : `Let ${who}, verified, keep ${what} in step here?`;
    }
    case 'unverified':
      return `Accept ${what} from ${from}, who is unverified?`;
    case 'claims':
      return (
        `Accept ${what} from somebody who claims to be your paired agent ` +
        `${displayText(offer.agent?.name ?? offer.senderId)} and has not proven it?`
      );
  }
}

const replies: readonly (readonly [string, Exclude<Reply, 'none'> | 'list'])[] = [
  ['yes', 'yes'],
  ['no', 'no'],
  ['list', 'list'],
  ['update', 'update'],
  ['delete', 'remove'],
];

/** Whole words, or their first letters: a slip is no answer. */
export function replyOf(line: string): Exclude<Reply, 'none'> | 'list' | undefined {
  const typed = line.trim().toLowerCase();
  return replies.find(([word]) => typed === word || typed === word[0])?.[1];
}

/**
 * Asks on the terminal until one of the offered answers. Gives `none` when the input ends, the question is taken back
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
      const unoffered =
        (reply === 'update' || reply === 'remove') && question.also?.includes(reply) !== true;
      if (reply === 'list') void list();
      else if (reply === undefined || unoffered) lines.prompt();
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

import { errors, toBeelineError } from '../../core/errors';
import { exitCodeOf, exitCodes, worstExitCode } from '../exitCode';
import type { Reporter } from '../output/report';
import type { Session } from '../session';
import type { Conversation } from './conversation';
import { inputLines } from './inputChunks';

/** Each line of the input is a message. Gives the exit code that the lines themselves have earned. */
export async function lineTalk(
  conversation: Conversation,
  reporter: Reporter,
  session: Session,
): Promise<number> {
  const codes: number[] = [exitCodes.done];
  for await (const { number, text } of inputLines(session.stdin)) {
    if (text?.trim() === '') continue;
    try {
      if (text === undefined) {
        const error = errors.configInvalid('It is too long to be a message.');
        reporter.tell({ event: 'error', ...error.toData(), line: number });
        throw error;
      }
      await conversation.say({ kind: 'text', text });
    } catch (thrown) {
      codes.push(exitCodeOf(toBeelineError(thrown).code));
    }
  }
  return worstExitCode(codes);
}

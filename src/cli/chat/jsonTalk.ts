import * as v from 'valibot';
import { errors } from '../../core/errors';
import type { Reporter } from '../output/report';
import type { Session } from '../session';
import type { Conversation } from './conversation';
import { drained } from './drained';
import { inputLines, type InputLine } from './inputChunks';

/** What a program says, one object a line. */
const said = v.variant('type', [
  v.object({
    type: v.literal('text'),
    text: v.pipe(v.string(), v.minLength(1)),
    /** The program's own, so that a line that is said again is no second message. */
    id: v.exactOptional(v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))),
  }),
  v.object({ type: v.literal('typing'), typing: v.exactOptional(v.boolean(), true) }),
]);

/** What is wrong with a line whose field of this name is. */
const whys: Readonly<Record<string, string>> = {
  type: 'has no "type" that is known',
  text: 'has no words in its "text"',
  id: 'has an "id" that is not 32 hex digits in lower case',
  typing: 'has a "typing" that is neither true nor false',
};

const ACCEPTED = '{"type":"text","text":"…"} or {"type":"typing"}';

/** Reads lines until the input ends. A line that cannot be understood is answered, and passed over. */
export async function jsonTalk(
  conversation: Conversation,
  reporter: Reporter,
  session: Session,
): Promise<void> {
  for await (const line of inputLines(session.stdin)) {
    if (line.text?.trim() !== '') await takeLine(line, conversation, reporter);
    await drained(session.stdout, session.interruption.signal);
  }
}

async function takeLine(
  { number, text }: InputLine,
  conversation: Conversation,
  reporter: Reporter,
): Promise<void> {
  const refuse = (why: string): void => {
    const error = errors.configInvalid(`This line ${why}. Write ${ACCEPTED}.`).toData();
    reporter.tell({ event: 'error', ...error, line: number });
  };
  if (text === undefined) {
    refuse('is too long');
    return;
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    refuse('is not JSON');
    return;
  }
  const parsed = v.safeParse(said, json);
  if (!parsed.success) {
    const field = String(parsed.issues[0].path?.[0].key);
    refuse(whys[field] ?? 'is none that is known');
    return;
  }
  if (parsed.output.type === 'typing') {
    conversation.typing(parsed.output.typing);
    return;
  }
  // What became of it was told.
  await conversation
    .say({ kind: 'text', text: parsed.output.text }, parsed.output.id)
    .catch(() => undefined);
}

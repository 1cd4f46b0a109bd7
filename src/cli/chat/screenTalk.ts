import path from 'node:path';
import { TypingTeller } from '../../bridge/typingTeller';
import type { Engine } from '../../core/engine';
import { toBeelineError } from '../../core/errors';
import type { Agent, EngineEvent } from '../../core/events';
import { newId } from '../../core/newId';
import { exitCodes } from '../exitCode';
import { displayText } from '../output/displayText';
import { shapeText } from '../output/shapeText';
import type { Session } from '../session';
import { TransferWatch } from '../transferWatch';
import type { Conversation } from './conversation';
import type { ScreenReporter } from './screenReporter';

const HELP = `What you type is sent with Enter.
  /send PATH   offer a file or folder
  /help        this
  /quit        end the chat here; so do Ctrl-C and Ctrl-D
A line that begins with // is sent with one of them.`;

export interface ScreenTalkContext {
  readonly engine: Engine;
  readonly agent: Agent;
  readonly session: Session;
}

/** Lines typed on a terminal, until the person has enough. Gives the exit code. */
export async function screenTalk(
  screen: ScreenReporter,
  conversation: Conversation,
  context: ScreenTalkContext,
): Promise<number> {
  const { engine, session } = context;
  const watch = new TransferWatch(screen);
  const offers = new Mentions(screen, context.agent);
  const stopListening = engine.onEvent((event) => {
    watch.take(event);
    offers.take(event);
  });
  const typing = new TypingTeller((isTyping) => {
    conversation.typing(isTyping);
  });
  const pressed = (): void => {
    // After the key has had its effect on the line.
    setImmediate(() => {
      if (screen.lines.line === '' || screen.lines.line.startsWith('/')) typing.stopped();
      else typing.typed();
    });
  };
  session.stdin.on('keypress', pressed);
  try {
    return await new Promise<number>((resolve) => {
      screen.onLine((line) => {
        typing.stopped();
        if (line.trim() === '/quit') resolve(exitCodes.done);
        else void takeLine(line, screen, conversation, watch, context);
        screen.lines.prompt();
      });
      void screen.closed.then(() => {
        resolve(exitCodes.done);
      });
      screen.note(
        `Talking with ${displayText(context.agent.name)}. /help explains, Ctrl-C ends it.`,
      );
    });
  } finally {
    session.stdin.off('keypress', pressed);
    typing.stopped();
    stopListening();
  }
}

async function takeLine(
  line: string,
  screen: ScreenReporter,
  conversation: Conversation,
  watch: TransferWatch,
  context: ScreenTalkContext,
): Promise<void> {
  const typed = line.trim();
  if (typed === '') return;
  const [, command, rest = ''] = /^\/([a-z]*)(?:\s+(.*))?$/.exec(typed) ?? [];
  if (command === 'help') screen.note(HELP);
  else if (command === 'send' && rest !== '')
    await send(rest, screen, conversation, watch, context);
  else if (command === 'send') screen.note('Write what to send: /send PATH');
  else if (command !== undefined && command !== '') {
    screen.note(`There is no /${displayText(command)}. See /help; // sends a line with one /.`);
  } else {
    const text = line.startsWith('//') ? line.slice(1) : line;
    // What went wrong was told.
    await conversation.say({ kind: 'text', text }).catch(() => undefined);
  }
}

async function send(
  typed: string,
  screen: ScreenReporter,
  conversation: Conversation,
  watch: TransferWatch,
  { engine, agent, session }: ScreenTalkContext,
): Promise<void> {
  const transferId = newId();
  void watch.follow(transferId, typed);
  try {
    const paths = [pathOf(typed, session)];
    const { kid, actorId: recipientId } = agent;
    await engine.offer({ transferId, paths, recipientId, agent: kid });
    await conversation.say({ kind: 'file', transferId });
  } catch (thrown) {
    if (watch.last(transferId) !== undefined) return;
    watch.drop(transferId);
    screen.note(displayText(toBeelineError(thrown).message, 600));
  }
}

/** As shells read it: quotes around it, and `~` for the person's own folder. */
function pathOf(typed: string, session: Session): string {
  const plain = /^(["'])(.*)\1$/.exec(typed)?.[2] ?? typed;
  const whole = plain.replace(/^~(?=$|[/\\])/, session.userHome);
  return path.resolve(session.cwd, whole);
}

/** Says that the agent of this chat offers files, each once. */
class Mentions {
  readonly #told = new Set<string>();

  constructor(
    private readonly screen: ScreenReporter,
    private readonly agent: Agent,
  ) {}

  take(event: EngineEvent): void {
    if (event.type !== 'offer') return;
    const { offer } = event;
    if (offer.agent?.kid !== this.agent.kid || offer.trust !== 'verified') return;
    if (this.#told.has(offer.transferId)) return;
    this.#told.add(offer.transferId);
    this.screen.note(
      `${displayText(this.agent.name)} offers ${displayText(offer.fileName)} ` +
        `(${shapeText(offer, offer.fileSize)}). Receive it in the editor, or with: beeline listen`,
    );
  }
}

import { InvalidArgumentError, type Command } from 'commander';
import { DEFAULT_HISTORY } from './chat/chat';
import { agentArgument, option, wholeNumber, withCommon } from './commandOptions';
import type { CallFlags, ChatFlags, Commands, CommonFlags } from './flags';
import { helpTexts } from './helpTexts';

/** As many as the engine gives at once. */
const MAX_HISTORY = 200;

/** The commands about chats and calls. */
export function conversationCommands(
  program: Command,
  commands: Commands,
  exit: (code: number) => void,
): void {
  withCommon(
    program
      .command('chat')
      .summary('talk with a paired agent')
      .description(helpTexts.chat)
      .addArgument(agentArgument())
      .addOption(
        option(
          '--history <n>',
          `messages from before to show (default: ${String(DEFAULT_HISTORY)} on a terminal, else 0)`,
          historyLength,
        ),
      )
      .addHelpText('after', helpTexts.chatExamples)
      .action(async (typed: string, flags: ChatFlags) => {
        exit(await commands.chat(typed, flags));
      }),
  );

  withCommon(
    program
      .command('chats')
      .summary('list the chats, and what is unread in them')
      .description(helpTexts.chats)
      .action(async (flags: CommonFlags) => {
        exit(await commands.chats(flags));
      }),
  );

  withCommon(
    program
      .command('call')
      .summary('call a paired agent, or accept its call, on a page in the browser')
      .description(helpTexts.call)
      .addArgument(agentArgument())
      .option('--audio', 'begin without camera')
      .addHelpText('after', helpTexts.callExamples)
      .action(async (typed: string, flags: CallFlags) => {
        exit(await commands.call(typed, flags));
      }),
  );
}

function historyLength(value: string): number {
  const length = wholeNumber(0)(value);
  if (length > MAX_HISTORY) {
    throw new InvalidArgumentError(`At most ${String(MAX_HISTORY)} messages are shown.`);
  }
  return length;
}

import { Command, CommanderError, Option } from 'commander';
import { conversationCommands } from './commandLineConversations';
import { folderCommands } from './commandLineFolders';
import { pairedCommands } from './commandLinePaired';
import {
  actorId,
  agentWord,
  list,
  MIN_TIMEOUT_MS,
  option,
  port,
  wholeNumber,
  withCommon,
} from './commandOptions';
import { exitCodes } from './exitCode';
import type { Commands, HubFlags, ListenFlags, SendFlags, StatusFlags } from './flags';
import { helpTexts } from './helpTexts';
import { DEFAULT_SAVE_DIR, DEFAULT_TERMINAL_OFFER_MS } from './settings';

/** Where help and complaints are written. */
export interface CommandLineOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Reads the arguments, runs the command they name, and gives the exit code. */
export async function runCommandLine(
  args: readonly string[],
  commands: Commands,
  version: string,
  output: CommandLineOutput,
): Promise<number> {
  let exitCode: number = exitCodes.done;
  const program = programOf(commands, version, output, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    const asked = ['commander.helpDisplayed', 'commander.version'].includes(thrown.code);
    return asked ? exitCodes.done : exitCodes.usage;
  }
  return exitCode;
}

function programOf(
  commands: Commands,
  version: string,
  output: CommandLineOutput,
  exit: (code: number) => void,
): Command {
  const program = new Command('beeline')
    .description(helpTexts.program)
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [command]', 'explain a command')
    .configureOutput({ writeOut: output.out, writeErr: output.err })
    .showHelpAfterError('Run it with --help to see what it takes.')
    .addHelpText('after', helpTexts.programExamples)
    .exitOverride();

  withCommon(
    program
      .command('send')
      .summary('offer files and folders to an agent and deliver them')
      .description(helpTexts.send)
      .argument('<path...>', 'files, and for a paired agent folders too')
      .addOption(
        option(
          '--to <agent>',
          'agent id, or name or key id if paired',
          agentWord,
        ).makeOptionMandatory(),
      )
      .addOption(
        option(
          '--expires <ms>',
          `how long an unanswered offer stands (default: ${String(DEFAULT_TERMINAL_OFFER_MS)}, one hour)`,
          wholeNumber(MIN_TIMEOUT_MS),
        ),
      )
      .option('--gitignore', 'leave out of folders what .gitignore ignores')
      .addHelpText('after', helpTexts.sendExamples)
      .action(async (paths: string[], flags: SendFlags) => {
        exit(await commands.send(paths, flags));
      }),
  );

  withCommon(
    program
      .command('listen')
      .summary('receive the files and folders that are offered')
      .description(helpTexts.listen)
      .option('--save-dir <dir>', `folder to save in (default: ${DEFAULT_SAVE_DIR})`)
      .addOption(
        option(
          '--max-size <bytes>',
          'most bytes to accept in one offer (default: unlimited)',
          wholeNumber(0),
        ),
      )
      .addOption(
        option('--allow <id>', 'accept only from this agent; may be repeated', list(actorId)),
      )
      .option('--ask', 'ask before each offer, except from agents you allowed; needs a terminal')
      .option('--paired-only', 'leave alone what does not come from a paired agent')
      .option('--update', 'bring folders an agent sent before up to date, not beside them a copy')
      .option('--allow-delete', 'let the syncs you accept remove here what they removed there')
      .option('--chat', 'take chats of paired agents too, and print what they say')
      .option(
        '--on-message <command>',
        'with --chat: run this in the shell for each message; what it prints is the answer',
      )
      .addHelpText('after', helpTexts.listenExamples)
      .action(async (flags: ListenFlags) => {
        exit(await commands.listen(flags));
      }),
  );

  folderCommands(program, commands, exit);
  pairedCommands(program, commands, exit);
  conversationCommands(program, commands, exit);

  withCommon(
    program
      .command('status')
      .summary('show this home and what is interrupted, or what became of a transfer')
      .description(helpTexts.status)
      .argument('[transfer-id]', 'the id that send and listen print')
      .addHelpText('after', helpTexts.statusExamples)
      .action(async (transferId: string | undefined, flags: StatusFlags) => {
        exit(await commands.status(transferId, flags));
      }),
  );

  hubCommand(program, commands, exit);
  return program;
}

function hubCommand(program: Command, commands: Commands, exit: (code: number) => void): void {
  program
    .command('hub')
    .summary('run a task service and DHT bootstrap node for a team')
    .description(helpTexts.hub)
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .addOption(option('--port <port>', 'HTTP port, 0 for any free one (default: 0)', port))
    .addOption(
      option('--dht-port <port>', 'UDP port of the DHT, and the next two (default: 0, any)', port),
    )
    .option('--data <dir>', 'keep the state in this folder (default: in memory)')
    .addOption(
      new Option(
        '--database-url <url>',
        'keep the state in this PostgreSQL instead; better given as BEELINE_DATABASE_URL, ' +
          'because other users of this machine can read command lines',
      ).conflicts('data'),
    )
    .option(
      '--token <key>',
      'API key that every request needs; better given as BEELINE_HUB_TOKEN, ' +
        'because other users of this machine can read command lines',
    )
    .option('--json', 'print one JSON object a line')
    .option('--verbose', 'print diagnostics on stderr')
    .addHelpText('after', helpTexts.hubExamples)
    .action(async (flags: HubFlags) => {
      exit(await commands.hub(flags));
    });
}

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import {
  DEFAULT_ATS_URL,
  DEFAULT_CHANNEL,
  DEFAULT_TIMEOUT_MS,
  isActorId,
} from '../core/engineConfig';
import { exitCodes } from './exitCode';
import type { Commands, HubFlags, ListenFlags, SendFlags, StatusFlags } from './flags';
import { helpTexts } from './helpTexts';
import { DEFAULT_ACTOR_ID, DEFAULT_SAVE_DIR, DEFAULT_TERMINAL_OFFER_MS } from './settings';

/** Milliseconds; a connection through a network needs at least this. */
const MIN_TIMEOUT_MS = 1000;

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
      .summary('offer files to an agent and deliver them')
      .description(helpTexts.send)
      .argument('<path...>', 'the files; each becomes an offer of its own')
      .addOption(option('--to <agent>', 'who it is for', actorId).makeOptionMandatory())
      .addOption(
        option(
          '--expires <ms>',
          `how long an unanswered offer stands (default: ${String(DEFAULT_TERMINAL_OFFER_MS)}, one hour)`,
          wholeNumber(MIN_TIMEOUT_MS),
        ),
      )
      .addHelpText('after', helpTexts.sendExamples)
      .action(async (paths: string[], flags: SendFlags) => {
        exit(await commands.send(paths, flags));
      }),
  );

  withCommon(
    program
      .command('listen')
      .summary('receive the files that are offered')
      .description(helpTexts.listen)
      .option('--save-dir <dir>', `folder to save in (default: ${DEFAULT_SAVE_DIR})`)
      .addOption(
        option('--max-size <bytes>', 'largest file to accept (default: unlimited)', wholeNumber(0)),
      )
      .addOption(
        option('--allow <id>', 'accept only from this agent; may be repeated', list(actorId)),
      )
      .option('--ask', 'ask before each file; needs a terminal')
      .addHelpText('after', helpTexts.listenExamples)
      .action(async (flags: ListenFlags) => {
        exit(await commands.listen(flags));
      }),
  );

  withCommon(
    program
      .command('status')
      .summary('show what became of a transfer')
      .description(helpTexts.status)
      .argument('<transfer-id>', 'the id that send and listen print')
      .addHelpText('after', helpTexts.statusExamples)
      .action(async (transferId: string, flags: StatusFlags) => {
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

function withCommon(command: Command): void {
  command
    .option('--channel <name>', `channel of the task service (default: ${DEFAULT_CHANNEL})`)
    .option('--ats-url <url>', `task service or hub (default: ${DEFAULT_ATS_URL})`)
    .addOption(option('--actor-id <id>', `who you are (default: ${DEFAULT_ACTOR_ID})`, actorId))
    .addOption(
      option(
        '--timeout <ms>',
        `limit for connecting and for silence (default: ${String(DEFAULT_TIMEOUT_MS)})`,
        wholeNumber(MIN_TIMEOUT_MS),
      ),
    )
    .addOption(
      option(
        '--bootstrap <host:port>',
        'DHT bootstrap node; may be repeated (default: what the hub says)',
        list(bootstrapNode),
      ),
    )
    .option('--home <dir>', 'journals and history (default: $BEELINE_HOME or ~/.beeline)')
    .option('--json', 'print one JSON object a line')
    .option('--verbose', 'print diagnostics on stderr');
}

function option<T>(flags: string, text: string, parse: (value: string, before?: T) => T): Option {
  return new Option(flags, text).argParser(parse);
}

function wholeNumber(min: number): (value: string) => number {
  return (value) => {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (!Number.isSafeInteger(number) || number < min) {
      throw new InvalidArgumentError(`It must be a whole number of at least ${String(min)}.`);
    }
    return number;
  };
}

function port(value: string): number {
  const number = wholeNumber(0)(value);
  if (number > 65_535) throw new InvalidArgumentError('A port is at most 65535.');
  return number;
}

function actorId(value: string): string {
  if (!isActorId(value)) {
    throw new InvalidArgumentError(
      'An agent id has up to 128 letters, digits and signs, without spaces.',
    );
  }
  return value;
}

function bootstrapNode(value: string): string {
  const number = Number(/^.+:(\d{1,5})$/.exec(value)?.[1] ?? Number.NaN);
  if (!(number >= 1 && number <= 65_535)) throw new InvalidArgumentError('Write HOST:PORT.');
  return value;
}

function list(parse: (value: string) => string) {
  return (value: string, before: string[] = []): string[] => [...before, parse(value)];
}

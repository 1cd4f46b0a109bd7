import { Argument, InvalidArgumentError, Option, type Command } from 'commander';
import {
  DEFAULT_ATS_URL,
  DEFAULT_CHANNEL,
  DEFAULT_TIMEOUT_MS,
  isActorId,
} from '../core/engineConfig';
import { DEFAULT_ACTOR_ID } from './settings';

/** Milliseconds; a connection through a network needs at least this. */
export const MIN_TIMEOUT_MS = 1000;

/** Characters; as long as an actor id, which is the longest of what an agent can be called by. */
const MAX_AGENT_WORD = 128;

/** The options of every command that works in a home. */
export function withCommon(command: Command): void {
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
    .addOption(
      option(
        '--relay <key>',
        "blind relay for links to paired agents; may be repeated (default: the hub's)",
        list(relayKey),
      ),
    )
    .option('--direct-only', 'use no relay of any kind for links to paired agents')
    .option('--ice-servers <file>', 'STUN and TURN servers for chats and calls, as JSON')
    .option(
      '--home <dir>',
      'identity, address book, journals and history (default: $BEELINE_HOME or ~/.beeline)',
    )
    .option('--json', 'print one JSON object a line')
    .option('--verbose', 'print diagnostics on stderr');
}

/** A command that lists what its own commands change. Without one of them it lists. */
export function listingCommand(
  program: Command,
  name: string,
  texts: { readonly summary: string; readonly description: string; readonly examples: string },
): Command {
  const command = program
    .command(name)
    .summary(texts.summary)
    .description(texts.description)
    .helpCommand(false)
    // So that an option after a command of it belongs to that, and none is taken twice.
    .enablePositionalOptions()
    .addHelpText('after', texts.examples);
  withCommon(command);
  return command;
}

export function agentArgument(): Argument {
  const text = 'its agent id, name, or key id (8 digits are enough)';
  return new Argument('<agent>', text).argParser(agentWord);
}

export function option<T>(
  flags: string,
  text: string,
  parse: (value: string, before?: T) => T,
): Option {
  return new Option(flags, text).argParser(parse);
}

export function wholeNumber(min: number): (value: string) => number {
  return (value) => {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (!Number.isSafeInteger(number) || number < min) {
      throw new InvalidArgumentError(`It must be a whole number of at least ${String(min)}.`);
    }
    return number;
  };
}

export function port(value: string): number {
  const number = wholeNumber(0)(value);
  if (number > 65_535) throw new InvalidArgumentError('A port is at most 65535.');
  return number;
}

export function actorId(value: string): string {
  if (!isActorId(value)) {
    throw new InvalidArgumentError(
      'An agent id has up to 128 letters, digits and signs, without spaces.',
    );
  }
  return value;
}

/** Whatever a paired agent can be called by; names have spaces and any letters. */
export function agentWord(value: string): string {
  if (value.trim() === '' || value.length > MAX_AGENT_WORD || /\p{Cc}/u.test(value)) {
    throw new InvalidArgumentError(
      'Give an agent id, or the name, key id or first 8 digits of the key id of a paired agent.',
    );
  }
  return value;
}

/** An id that was printed, or the beginning of one. */
export function hexWord(value: string): string {
  const word = value.toLowerCase();
  if (!/^[0-9a-f]{1,32}$/.test(word)) {
    throw new InvalidArgumentError('An id has 32 hex digits; its first ones are enough.');
  }
  return word;
}

export function list(parse: (value: string) => string) {
  return (value: string, before: string[] = []): string[] => [...before, parse(value)];
}

function bootstrapNode(value: string): string {
  const number = Number(/^.+:(\d{1,5})$/.exec(value)?.[1] ?? Number.NaN);
  if (!(number >= 1 && number <= 65_535)) throw new InvalidArgumentError('Write HOST:PORT.');
  return value;
}

function relayKey(value: string): string {
  const key = value.toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(key)) {
    throw new InvalidArgumentError('The key of a relay has 64 hex digits.');
  }
  return key;
}

import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** What is measured. */
  readonly parts: ReadonlySet<Part>;
  /** Bytes of the file; undefined lets `--quick` choose what fits its time. */
  readonly bytes: number | undefined;
  /** Files of the folder, by number. */
  readonly files: number;
  /** Bytes of the file that is sent again after a little of it changed. */
  readonly changedBytes: number;
  /** Messages on each way of a chat, in each round. */
  readonly roundTrips: number;
  /** Messages of the chat that is measured for its memory. */
  readonly messages: number;
  /** Calls. */
  readonly calls: number;
  /** Runs of each contender, each with a run of the raw stream beside it. */
  readonly rounds: number;
  /** Whether the 10 GiB file follows. */
  readonly isLong: boolean;
  readonly json: boolean;
  /** Where the files are kept meanwhile. */
  readonly folder: string;
}

export const MIB = 1024 * 1024;
export const GIB = 1024 * MIB;

/**
 * One file several ways; a folder of many small files; a file of which a little changed; a chat; a
 * long chat; a call.
 */
const PARTS = ['file', 'many-files', 'delta', 'chat', 'chat-memory', 'call'] as const;
export type Part = (typeof PARTS)[number];

const FILES = 10_000;
const QUICK_FILES = 2_000;
const QUICK_CHANGED_BYTES = 128 * MIB;
const ROUND_TRIPS = 200;
const MESSAGES = 10_000;
/** As many as both sides take at once. */
const QUICK_MESSAGES = 3_000;
const CALLS = 9;
const QUICK_CALLS = 3;

/** Below five a median of ratios says little on a busy machine. */
const ROUNDS = 5;

export const usage = `npm run bench -- [--quick] [--long] [--json] [--rounds N] [--only PART]
                    [--size MIB] [--files N] [--changed-size MIB] [--messages N]
                    [--folder PATH]

  --quick             smaller files and fewer of them, so that it takes a few minutes
  --long              afterwards a file of 10 GiB by version 1, for the memory
  --json              prints one object instead of tables
  --rounds N          runs of each (${ROUNDS})
  --only PART         ${PARTS.join(', ')}; again for another (all)
  --size MIB          of the file (1024)
  --files N           files of 4 KiB in the folder (${FILES}; ${QUICK_FILES} with --quick)
  --changed-size MIB  of the file that changes (1024; ${QUICK_CHANGED_BYTES / MIB} with --quick)
  --messages N        of the long chat (${MESSAGES}; ${QUICK_MESSAGES} with --quick)
  --folder PATH       where the files are kept meanwhile (the system's temporary folder)
`;

/** @throws TypeError with a sentence */
export function readOptions(argv: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      rounds: { type: 'string', default: String(ROUNDS) },
      only: { type: 'string', multiple: true },
      size: { type: 'string' },
      files: { type: 'string' },
      'changed-size': { type: 'string' },
      messages: { type: 'string' },
      folder: { type: 'string', default: tmpdir() },
    },
  });
  if (values.help) return 'help';
  const { quick, size, files, 'changed-size': changed, messages } = values;
  const mib = (flag: string, text: string): number => wholeNumber(flag, text) * MIB;
  const usual = quick
    ? {
        bytes: undefined,
        files: QUICK_FILES,
        changedBytes: QUICK_CHANGED_BYTES,
        messages: QUICK_MESSAGES,
      }
    : { bytes: GIB, files: FILES, changedBytes: GIB, messages: MESSAGES };
  return {
    parts: new Set(values.only?.map(toPart) ?? PARTS),
    bytes: size === undefined ? usual.bytes : mib('--size', size),
    files: files === undefined ? usual.files : wholeNumber('--files', files),
    changedBytes: changed === undefined ? usual.changedBytes : mib('--changed-size', changed),
    roundTrips: ROUND_TRIPS,
    messages: messages === undefined ? usual.messages : wholeNumber('--messages', messages),
    calls: quick ? QUICK_CALLS : CALLS,
    rounds: wholeNumber('--rounds', values.rounds),
    isLong: values.long,
    json: values.json,
    folder: values.folder,
  };
}

function toPart(text: string): Part {
  const part = PARTS.find((each) => each === text);
  if (part !== undefined) return part;
  throw new TypeError(`--only needs ${PARTS.join(', ')}, not "${text}".`);
}

function wholeNumber(flag: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new TypeError(`${flag} needs a whole number above 0, not "${text}".`);
}

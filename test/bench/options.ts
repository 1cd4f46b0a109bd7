import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Bytes of the file; undefined lets `--quick` choose what fits its time. */
  readonly bytes: number | undefined;
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

/** Below five a median of ratios says little on a busy machine. */
const ROUNDS = 5;

export const usage = `npm run bench -- [--quick] [--long] [--json] [--rounds N] [--size MIB] [--folder PATH]

  --quick        a smaller file, so that it takes less than three minutes
  --long         afterwards a file of 10 GiB by version 1, for the memory
  --json         prints one object instead of a table
  --rounds N     runs of each (${ROUNDS})
  --size MIB     of the file (1024)
  --folder PATH  where the files are kept meanwhile (the system's temporary folder)
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
      size: { type: 'string' },
      folder: { type: 'string', default: tmpdir() },
    },
  });
  if (values.help) return 'help';
  const whole = values.quick ? undefined : GIB;
  return {
    bytes: values.size === undefined ? whole : wholeNumber('--size', values.size) * MIB,
    rounds: wholeNumber('--rounds', values.rounds),
    isLong: values.long,
    json: values.json,
    folder: values.folder,
  };
}

function wholeNumber(flag: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new TypeError(`${flag} needs a whole number above 0, not "${text}".`);
}

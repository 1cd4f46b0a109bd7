import { buildTargets } from './buildTargets';
import { fuzzTarget } from './fuzzTarget';
import { targetNames, type TargetName } from './target';

export interface FuzzAllOptions {
  readonly names?: readonly TargetName[];
  /** For new inputs of all targets together; else BEELINE_FUZZ_SECONDS, else `SECONDS`. */
  readonly seconds?: number;
  /** Else BEELINE_FUZZ_SEED, else `SEED`. */
  readonly seed?: number;
  readonly keep?: boolean;
  readonly scratch: string;
  readonly print: (text: string) => void;
}

const SECONDS = 40;
/** Always the same, so that a change is what makes the suite fail. Other seeds find other things. */
const SEED = 1;
/** Milliseconds that a target gets at least. */
const LEAST_MS = 200;

/** Attacks the targets one after the other, and tells each in a line. */
export async function fuzzAll(
  options: FuzzAllOptions,
): Promise<{ readonly passed: number; readonly failed: number }> {
  const { names = targetNames, keep = false, scratch, print } = options;
  const seconds = options.seconds ?? numberFrom('BEELINE_FUZZ_SECONDS') ?? SECONDS;
  const seed = options.seed ?? numberFrom('BEELINE_FUZZ_SEED') ?? SEED;
  const milliseconds = Math.max(LEAST_MS, (seconds * 1000) / names.length);
  print(`seed ${String(seed)}, ${String(Math.round(milliseconds))} ms for each target\n`);
  const built = await buildTargets(names);
  let failed = 0;
  for (const name of names) {
    const { passed, report } = await fuzzTarget(name, built, { seed, milliseconds, keep, scratch });
    print(`${report}\n`);
    if (!passed) failed++;
  }
  return { passed: names.length - failed, failed };
}

function numberFrom(variable: string): number | undefined {
  const text = process.env[variable];
  if (text === undefined || text === '') return undefined;
  const number = Number(text);
  if (!Number.isFinite(number) || number < 0) throw new Error(`${variable} is no number: ${text}`);
  return number;
}

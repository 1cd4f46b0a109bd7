import { add, NOTHING, type Counts } from './counts';
import type { Part, Suite } from './suite';

/** What became of a suite. */
export interface Result {
  readonly name: string;
  readonly counts: Counts;
  /** From the start of its first part to the end of its last. */
  readonly seconds: number;
  /** What its parts printed, one after the other. */
  readonly output: string;
}

/**
 * Runs the parts of these suites, as many at a time as the cores of this machine bear. The order is
 * that of the list, so the longest stand first; a part that does not fit lets smaller ones pass.
 */
export async function runSuites(
  suites: readonly Suite[],
  options: {
    readonly cores: number;
    readonly scratch: string;
    /** Told of each suite when its last part has ended. */
    readonly ended: (result: Result) => void;
  },
): Promise<void> {
  const waiting = suites.flatMap((suite) => {
    const collected = collect(suite, options.ended);
    return suite.parts.map((part, at) => ({ part, ...collected(at) }));
  });
  const running = new Set<Promise<void>>();
  let free = options.cores;
  while (waiting.length + running.size > 0) {
    // What takes more than there is runs by itself.
    const at = waiting.findIndex(({ part }) => part.cores <= free + ROUNDING || running.size === 0);
    const [next] = at < 0 ? [] : waiting.splice(at, 1);
    if (next === undefined) {
      await Promise.race(running);
      continue;
    }
    const { part, begin, print, end } = next;
    free -= part.cores;
    begin();
    const run = runPart(part, options.scratch, print)
      .then(end)
      .finally(() => {
        free += part.cores;
        running.delete(run);
      });
    running.add(run);
  }
}

/** Shares of cores are decimal fractions, which do not add up exactly. */
const ROUNDING = 0.001;

/** A part that cannot even start is one failure, and no reason to lose the others. */
async function runPart(
  part: Part,
  scratch: string,
  print: (text: string) => void,
): Promise<Counts> {
  try {
    return await part.run(scratch, print);
  } catch (thrown) {
    print(`${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

interface Collected {
  readonly begin: () => void;
  readonly print: (text: string) => void;
  readonly end: (counts: Counts) => void;
}

/** Puts together what the parts of a suite say, and tells it when all have ended. */
function collect(suite: Suite, ended: (result: Result) => void): (at: number) => Collected {
  const outputs = suite.parts.map((): string[] => []);
  let startedAt: number | undefined;
  let counts = NOTHING;
  let left = suite.parts.length;
  return (at) => ({
    begin: () => {
      startedAt ??= performance.now();
    },
    print: (text) => outputs[at]?.push(text),
    end: (more) => {
      counts = add(counts, more);
      left -= 1;
      if (left > 0) return;
      const seconds = Math.round((performance.now() - (startedAt ?? 0)) / 1000);
      ended({ name: suite.name, counts, seconds, output: outputs.flat().join('') });
    },
  });
}

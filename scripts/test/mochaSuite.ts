import fs from 'node:fs/promises';
import path from 'node:path';
import type { Counts } from './counts';
import { runProgram } from './runProgram';
import type { Suite } from './suite';

export interface MochaOptions {
  /** Cores that each process keeps busy. */
  readonly cores: number;
  /** Among which the files are dealt out. Tests that mostly wait may do so at the same time. */
  readonly processes?: number;
  readonly mocha?: readonly string[];
}

/** Test files that Mocha runs in processes of their own, so that what one leaves touches no other. */
export function mochaSuite(
  name: string,
  files: readonly string[],
  { cores, processes = 1, mocha = [] }: MochaOptions,
): Suite {
  // Never more hands than files: without any file Mocha would run all there are.
  const hands = Array.from({ length: Math.min(processes, files.length) }, (_, hand) =>
    files.filter((_file, at) => at % processes === hand),
  );
  const parts = hands.map((dealt, hand) => ({
    cores,
    run: async (scratch: string, print: (text: string) => void) => {
      const countsFile = path.join(scratch, `${name}-${String(hand)}.json`);
      const reporter = ['--reporter', 'test/support/countingReporter.cjs'];
      const code = await runProgram(
        process.execPath,
        ['node_modules/mocha/bin/mocha.js', ...reporter, ...mocha, ...dealt],
        { print, env: { COUNTS_FILE: countsFile, FORCE_COLOR: '0' } },
      );
      return readCounts(countsFile, code);
    },
  }));
  return { name, parts };
}

/** A process that died before its end has failed, however many of its tests had passed. */
async function readCounts(file: string, code: number | null): Promise<Counts> {
  const text = await fs.readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const counts = JSON.parse(text) as Counts;
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

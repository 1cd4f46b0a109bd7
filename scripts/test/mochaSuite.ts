import fs from 'node:fs/promises';
import path from 'node:path';
import type { Counts } from './counts';
import { runProgram } from './runProgram';

/** A suite that Mocha runs in a process of its own, so that what one leaves does not touch another. */
export function mochaSuite(
  name: string,
  patterns: readonly string[],
  options: readonly string[] = [],
): {
  readonly name: string;
  readonly run: (scratch: string, print: (text: string) => void) => Promise<Counts>;
} {
  return {
    name,
    run: async (scratch, print) => {
      const countsFile = path.join(scratch, `${name}.json`);
      const reporter = ['--reporter', 'test/support/countingReporter.cjs'];
      const code = await runProgram(
        process.execPath,
        ['node_modules/mocha/bin/mocha.js', ...reporter, ...options, ...patterns],
        { print, env: { COUNTS_FILE: countsFile, FORCE_COLOR: '0' } },
      );
      return readCounts(countsFile, code);
    },
  };
}

/** A suite that died before its end has failed, however many of its tests had passed. */
async function readCounts(file: string, code: number | null): Promise<Counts> {
  const text = await fs.readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const counts = JSON.parse(text) as Counts;
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

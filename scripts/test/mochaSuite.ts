import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Counts } from './counts';

/** A suite that Mocha runs in a process of its own, so that what one leaves does not touch another. */
export function mochaSuite(
  name: string,
  patterns: readonly string[],
  options: readonly string[] = [],
): { readonly name: string; readonly run: (scratch: string) => Promise<Counts> } {
  return {
    name,
    run: async (scratch) => {
      const countsFile = path.join(scratch, `${name}.json`);
      const code = await new Promise<number | null>((resolve, reject) => {
        const child = spawn(
          process.execPath,
          [
            'node_modules/mocha/bin/mocha.js',
            ...['--reporter', 'test/support/countingReporter.cjs'],
            ...options,
            ...patterns,
          ],
          {
            stdio: ['ignore', 'inherit', 'inherit'],
            env: { ...process.env, COUNTS_FILE: countsFile, FORCE_COLOR: '0' },
          },
        );
        child.once('error', reject);
        child.once('exit', resolve);
      });
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

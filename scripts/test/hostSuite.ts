import { runInHost } from '../../test/host/runInHost';
import { add, NOTHING, type Counts } from './counts';
import { runProgram } from './runProgram';

/** Mocha inside the extension host, on the newest VS Code there is here and on the lowest we admit. */
export function hostSuite(name: string): {
  readonly name: string;
  readonly run: (scratch: string, print: (text: string) => void) => Promise<Counts>;
} {
  return {
    name,
    run: async (_scratch, print) => {
      const log = (line: string): void => {
        print(`${line}\n`);
      };
      const built = await runProgram(process.execPath, ['scripts/buildHostTests.mjs'], { print });
      if (built !== 0) return { passed: 0, failed: 1, skipped: 0 };
      let counts = NOTHING;
      for (const version of ['newest', 'oldest'] as const) {
        const run = await runInHost({ version, log });
        log(`VS Code ${run.version}: exit code ${String(run.exitCode)}`);
        const result = run.result ?? { passes: 0, failures: 1, pending: 0 };
        const died = run.exitCode !== 0 && result.failures === 0 ? 1 : 0;
        counts = add(counts, {
          passed: result.passes,
          failed: result.failures + died,
          skipped: result.pending,
        });
      }
      return counts;
    },
  };
}

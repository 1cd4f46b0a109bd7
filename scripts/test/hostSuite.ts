import { spawnSync } from 'node:child_process';
import { runInHost } from '../../test/host/runInHost';
import { add, NOTHING, type Counts } from './counts';

/** Mocha inside the extension host, on the newest VS Code there is here and on the lowest we admit. */
export function hostSuite(name: string): {
  readonly name: string;
  readonly run: () => Promise<Counts>;
} {
  return {
    name,
    run: async () => {
      const built = spawnSync(process.execPath, ['scripts/buildHostTests.mjs'], {
        stdio: 'inherit',
      });
      if (built.status !== 0) return { passed: 0, failed: 1, skipped: 0 };
      let counts = NOTHING;
      for (const version of ['newest', 'oldest'] as const) {
        const run = await runInHost({ version, log: console.log });
        console.log(`VS Code ${run.version}: exit code ${String(run.exitCode)}`);
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

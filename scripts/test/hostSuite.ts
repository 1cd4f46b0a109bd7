import { runInHost } from '../../test/host/runInHost';
import { add, NOTHING, type Counts } from './counts';
import { runProgram } from './runProgram';
import type { Print, Suite } from './suite';

/** Mocha inside the extension host, on the newest VS Code there is here and on the lowest we admit. */
export function hostSuite(name: string): Suite {
  return { name, parts: [{ cores: 1, run: (_scratch, print) => run(print) }] };
}

async function run(print: Print): Promise<Counts> {
  const log = (line: string): void => {
    print(`${line}\n`);
  };
  const built = await runProgram(process.execPath, ['scripts/buildHostTests.mjs'], { print });
  if (built !== 0) return { passed: 0, failed: 1, skipped: 0 };
  let counts = NOTHING;
  for (const version of ['newest', 'oldest'] as const) {
    const ran = await runInHost({ version, log });
    log(`VS Code ${ran.version}: exit code ${String(ran.exitCode)}`);
    const { passes, failures, pending } = ran.result ?? { passes: 0, failures: 1, pending: 0 };
    const died = ran.exitCode !== 0 && failures === 0 ? 1 : 0;
    counts = add(counts, { passed: passes, failed: failures + died, skipped: pending });
  }
  return counts;
}

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { hostSuite } from './test/hostSuite';
import { mochaSuite } from './test/mochaSuite';
import { add, NOTHING, type Counts } from './test/counts';

/**
 * `npm test`: everything, from types to clicks, and the counts of all suites in the last line.
 * `npm test -- NAME…` runs only the suites named.
 */
async function main(only: readonly string[]): Promise<number> {
  const unknown = only.find((name) => !suites.some((suite) => suite.name === name));
  if (unknown !== undefined) {
    console.error(
      `${unknown} is no suite. There are: ${suites.map(({ name }) => name).join(', ')}`,
    );
    return 2;
  }
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'beeline-test-'));
  try {
    installExtras();
    let total = NOTHING;
    const lines: string[] = [];
    for (const suite of suites) {
      if (only.length > 0 && !only.includes(suite.name)) continue;
      console.log(`\n=== ${suite.name}`);
      const startedAt = performance.now();
      const counts = await suite.run(scratch);
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      lines.push(`${suite.name}: ${said(counts)} (${String(seconds)} s)`);
      total = add(total, counts);
      // Nothing that follows means anything without the products.
      if (suite.name === 'build' && counts.failed > 0) break;
    }
    console.log(`\n${lines.join('\n')}\n\n${said(total)}`);
    return total.failed === 0 && total.passed > 0 ? 0 : 1;
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}

interface Suite {
  readonly name: string;
  readonly run: (scratch: string) => Promise<Counts>;
}

const suites: readonly Suite[] = [
  step('types', ['tsc', '-p', '.'], ['tsc', '-p', 'test']),
  step('lint', ['eslint', '.']),
  step('format', ['prettier', '--check', '--log-level', 'warn', '.']),
  step('build', ['npm', 'run', '--silent', 'package']),
  mochaSuite('core', ['test/core/**/*.test.ts']),
  mochaSuite('service', ['test/service/**/*.test.ts']),
  mochaSuite('hub', ['test/hub/**/*.test.ts']),
  mochaSuite('cli', ['test/cli/**/*.test.ts', 'test/library/**/*.test.ts']),
  mochaSuite('host', ['test/host/unit/**/*.test.ts']),
  hostSuite('editor'),
  mochaSuite('clicks', ['test/e2e/**/*.test.ts'], ['--timeout', '120000']),
];

/** A suite of programs that count as one test each. */
function step(name: string, ...programs: readonly (readonly string[])[]): Suite {
  return {
    name,
    run: async () => {
      let counts = NOTHING;
      for (const [program = '', ...args] of programs) {
        const passed = (await exitCode(program, args)) === 0;
        counts = add(counts, { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 });
      }
      return counts;
    },
  };
}

function exitCode(program: string, args: readonly string[]): Promise<number | null> {
  const local = path.join('node_modules', '.bin');
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, PATH: `${local}${path.delimiter}${process.env['PATH'] ?? ''}` },
      shell: process.platform === 'win32',
    });
    child.once('error', reject);
    child.once('exit', resolve);
  });
}

/**
 * What some tests use beside Node, from Debian's packages where this is root on Debian. Elsewhere
 * these tests say that they were skipped, and why.
 */
function installExtras(): void {
  const missing = ['faketime'].filter(
    (tool) => spawnSync('which', [tool], { stdio: 'ignore' }).status !== 0,
  );
  if (missing.length === 0 || process.getuid?.() !== 0) return;
  const quiet = {
    stdio: 'ignore',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  } as const;
  spawnSync('apt-get', ['update'], quiet);
  spawnSync('apt-get', ['install', '--yes', '--no-install-recommends', ...missing], quiet);
}

/** The form of the last line is read by machines. */
function said({ passed, failed, skipped }: Counts): string {
  const rest = skipped > 0 ? `, ${String(skipped)} skipped` : '';
  return `${String(passed)} passed, ${String(failed)} failed${rest}`;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);

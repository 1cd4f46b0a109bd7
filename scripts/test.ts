import { spawnSync } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { add, NOTHING, type Counts } from './test/counts';
import { fuzzSuite } from './test/fuzzSuite';
import { hostSuite } from './test/hostSuite';
import { mochaSuite } from './test/mochaSuite';
import { runProgram } from './test/runProgram';

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
    const chosen = suites.filter(({ name }) => only.length === 0 || only.includes(name));
    const results = new Map<string, string>();
    let total = NOTHING;
    const run = async (suite: Suite): Promise<Counts> => {
      const startedAt = performance.now();
      const output: string[] = [];
      const counts = await suite.run(scratch, (text) => output.push(text));
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      // Several suites run at a time; each is shown whole when it has ended.
      process.stdout.write(`\n=== ${suite.name}\n${output.join('')}`);
      results.set(suite.name, `${suite.name}: ${said(counts)} (${String(seconds)} s)`);
      total = add(total, counts);
      return counts;
    };
    const first = chosen.filter(({ lane }) => lane === 'first');
    let broken = false;
    for (const suite of first) broken ||= (await run(suite)).failed > 0;
    // Without the products nothing that follows means anything.
    if (!broken) {
      const lanes = LANES.map(async (lane) => {
        for (const suite of chosen) if (suite.lane === lane) await run(suite);
      });
      await Promise.all(lanes);
    }
    const lines = chosen.map(({ name }) => results.get(name) ?? `${name}: not run`);
    console.log(`\n${lines.join('\n')}\n\n${said(total)}`);
    return total.failed === 0 && total.passed > 0 ? 0 : 1;
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}

interface Suite {
  readonly name: string;
  /** What is built comes first; then the lanes, side by side. */
  readonly lane: 'first' | (typeof LANES)[number];
  readonly run: (scratch: string, print: (text: string) => void) => Promise<Counts>;
}

/** One for each core of a small machine, and one for suites that mostly wait for the network. */
const LANES = ['core', 'editor', 'network'] as const;

/** Milliseconds for one test in a real editor, and one more try. */
const CLICKS = ['--timeout', '120000', '--retries', '1'];

/** Milliseconds for one test in a real browser. */
const SLOW = ['--timeout', '60000'];

const suites: readonly Suite[] = [
  { lane: 'first', ...step('build', ['npm', 'run', '--silent', 'package']) },
  {
    lane: 'core',
    ...step('types', ['tsc', '-p', '.'], ['tsc', '-p', 'webview'], ['tsc', '-p', 'test']),
  },
  { lane: 'core', ...step('lint', ['eslint', '.']) },
  { lane: 'core', ...step('format', ['prettier', '--check', '--log-level', 'warn', '.']) },
  { lane: 'core', ...mochaSuite('core', ['test/core/!(swarm|engine)/**/*.test.ts']) },
  { lane: 'core', ...mochaSuite('engine', ['test/core/engine/**/*.test.ts']) },
  { lane: 'core', ...mochaSuite('service', ['test/service/**/*.test.ts']) },
  { lane: 'editor', ...hostSuite('editor') },
  { lane: 'editor', ...mochaSuite('host', ['test/host/unit/**/*.test.ts']) },
  { lane: 'editor', ...mochaSuite('pages', ['test/webview/**/*.test.ts'], SLOW) },
  // An editor may be slow to open a menu; a click that truly does not work fails twice.
  { lane: 'editor', ...mochaSuite('clicks', ['test/e2e/**/*.test.ts'], CLICKS) },
  { lane: 'editor', ...fuzzSuite('fuzz') },
  // Real processes and a real network; here because this lane ends first.
  { lane: 'editor', ...mochaSuite('kills', ['test/kills/**/*.test.ts']) },
  { lane: 'network', ...mochaSuite('links', ['test/core/swarm/**/*.test.ts']) },
  { lane: 'network', ...mochaSuite('nat', ['test/nat/**/*.test.ts']) },
  { lane: 'network', ...mochaSuite('hub', ['test/hub/**/*.test.ts']) },
  {
    lane: 'network',
    ...mochaSuite('cli', ['test/cli/**/*.test.ts', 'test/library/**/*.test.ts']),
  },
];

/** A suite of programs that count as one test each. */
function step(name: string, ...programs: readonly (readonly string[])[]): Omit<Suite, 'lane'> {
  return {
    name,
    run: async (_scratch, print) => {
      let counts = NOTHING;
      for (const [program = '', ...args] of programs) {
        const passed = (await runProgram(program, args, { print })) === 0;
        counts = add(counts, { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 });
      }
      return counts;
    },
  };
}

/**
 * What some tests use beside Node, from Debian's packages where this is root on Debian. Elsewhere
 * these tests say that they were skipped, and why.
 */
function installExtras(): void {
  const missing = Object.entries(EXTRAS)
    .filter(([program]) => spawnSync('which', [program], { stdio: 'ignore' }).status !== 0)
    .map(([, debianPackage]) => debianPackage);
  if (missing.length === 0 || process.getuid?.() !== 0) return;
  const quiet = {
    stdio: 'ignore',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  } as const;
  spawnSync('apt-get', ['update'], quiet);
  spawnSync('apt-get', ['install', '--yes', '--no-install-recommends', ...missing], quiet);
}

/** Programs, and the Debian packages that bring them. */
const EXTRAS = {
  faketime: 'faketime',
  ip: 'iproute2',
  iptables: 'iptables',
  // Its service stays off: Debian starts it only where /etc/default/coturn says so.
  turnserver: 'coturn',
};

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

import { spawnSync } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DATABASE_TEMPLATE, makeDatabaseTemplate } from '../test/support/databaseTemplate';
import { installedBrowser } from '../test/support/workbench/ensureBrowser';
import { add, NOTHING, type Counts } from './test/counts';
import { fuzzSuite } from './test/fuzzSuite';
import { hostSuite } from './test/hostSuite';
import { mochaSuite, type MochaOptions } from './test/mochaSuite';
import { runProgram } from './test/runProgram';
import { runSuites, type Result } from './test/runSuites';
import type { Part, Suite } from './test/suite';
import { testFiles } from './test/testFiles';

/**
 * `npm test`: everything, from types to clicks, and the counts of all suites in the last line.
 * `npm test -- NAME…` runs only the suites named.
 */
async function main(only: readonly string[]): Promise<number> {
  const names = [BUILD, ...suites].map(({ name }) => name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    console.error(`${unknown} is no suite. There are: ${names.join(', ')}`);
    return 2;
  }
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'beeline-test-'));
  try {
    await installExtras();
    const isChosen = ({ name }: Suite): boolean => only.length === 0 || only.includes(name);
    const results = new Map<string, string>();
    let total = NOTHING;
    const ended = ({ name, counts, seconds, output }: Result): void => {
      // Several suites run at a time; each is shown whole when it has ended.
      process.stdout.write(`\n=== ${name}\n${output}`);
      results.set(name, `${name}: ${said(counts)} (${String(seconds)} s)`);
      total = add(total, counts);
    };
    const options = { cores: os.availableParallelism(), scratch, ended };
    await runSuites([BUILD].filter(isChosen), options);
    // Without the products nothing that follows means anything.
    if (total.failed === 0) {
      process.env[DATABASE_TEMPLATE] = await makeDatabaseTemplate(scratch);
      await runSuites(suites.filter(isChosen), options);
    }
    const lines = names
      .filter((name) => only.length === 0 || only.includes(name))
      .map((name) => results.get(name) ?? `${name}: not run`);
    console.log(`\n${lines.join('\n')}\n\n${said(total)}`);
    return total.failed === 0 && total.passed > 0 ? 0 : 1;
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}

/** Comes first, by itself. */
const BUILD = step('build', ['npm', 'run', '--silent', 'package']);

/** Milliseconds for one test in a real editor, and one more try. */
const CLICKS = ['--timeout', '120000', '--retries', '1'];

/** Milliseconds for one test in a real browser. */
const SLOW = ['--timeout', '60000'];

const filesIn = testFiles([
  'test/cli',
  'test/core',
  'test/core/engine',
  'test/core/swarm',
  'test/e2e',
  'test/host/suite',
  'test/host/unit',
  'test/hub',
  'test/kills',
  'test/library',
  'test/nat',
  'test/nodepeer',
  'test/pages',
  'test/service',
  'test/webview',
]);

/**
 * The longest first, so that none of them runs alone at the end. Shares of a core are what was measured,
 * and a little more for those whose programs and browsers must not wait for each other too long.
 */
const suites: readonly Suite[] = [
  // An editor may be slow to open a menu; a click that truly does not work fails twice.
  mocha('clicks', ['test/e2e'], { cores: 1, mocha: CLICKS }),
  mocha('nat', ['test/nat'], { cores: 0.4 }),
  mocha('engine', ['test/core/engine'], { cores: 0.25, processes: 3 }),
  mocha('cli', ['test/cli', 'test/library'], { cores: 0.4, processes: 2 }),
  mocha('links', ['test/core/swarm'], { cores: 0.2 }),
  mocha('core', ['test/core'], { cores: 0.4 }),
  mocha('kills', ['test/kills'], { cores: 0.4 }),
  mocha('hub', ['test/hub'], { cores: 0.4 }),
  mocha('pages', ['test/webview', 'test/pages', 'test/nodepeer'], { cores: 0.75, mocha: SLOW }),
  mocha('service', ['test/service'], { cores: 0.75 }),
  step('lint', ['eslint', '.']),
  hostSuite('editor'),
  fuzzSuite('fuzz'),
  step('types', ['tsc', '-p', '.'], ['tsc', '-p', 'webview'], ['tsc', '-p', 'test']),
  step('format', ['prettier', '--check', '--log-level', 'warn', '.']),
  mocha('host', ['test/host/unit'], { cores: 1 }),
];

function mocha(name: string, folders: readonly string[], options: MochaOptions): Suite {
  return mochaSuite(
    name,
    folders.flatMap((folder) => filesIn.get(folder) ?? []),
    options,
  );
}

/** A suite of programs that count as one test each. */
function step(name: string, ...programs: readonly (readonly string[])[]): Suite {
  const run: Part['run'] = async (_scratch, print) => {
    let counts = NOTHING;
    for (const [program = '', ...args] of programs) {
      const passed = (await runProgram(program, args, { print })) === 0;
      counts = add(counts, { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 });
    }
    return counts;
  };
  return { name, parts: [{ cores: 1, run }] };
}

/**
 * What some tests use beside Node, from Debian's packages where this is root on Debian. Elsewhere
 * these tests say that they were skipped, and why.
 */
async function installExtras(): Promise<void> {
  const missing = Object.entries(EXTRAS)
    .filter(([program]) => spawnSync('which', [program], { stdio: 'ignore' }).status !== 0)
    .map(([, debianPackage]) => debianPackage);
  // Here, and not by the first tests that need it: those of several suites would do so at once.
  if ((await installedBrowser()) === undefined) missing.push('chromium');
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

import fs from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';
import { REPORT_MARK, type HostTestsResult } from './hostReport';

/**
 * Runs the bundled suite with Mocha inside the extension host. VS Code calls it.
 *
 * The result is also printed as one JSON line, because an exit code alone would not tell a suite
 * that passed from one in which nothing ran.
 */
export async function run(): Promise<void> {
  // The console carries the editor's own lines too, and does not fill in placeholders on its way.
  Mocha.reporters.Base.consoleLog = (...args: unknown[]) => {
    console.log(REPORT_MARK + format(...args));
  };
  const mocha = new Mocha({
    ui: 'bdd',
    color: false,
    timeout: TEST_LIMIT_MS,
    forbidOnly: true,
    grep: process.env['BEELINE_HOST_TESTS_GREP'] ?? '',
  });
  for (const file of testFiles(path.join(__dirname, 'suite'))) mocha.addFile(file);
  const result = await new Promise<HostTestsResult>((resolve) => {
    const runner = mocha.run(() => {
      const { passes, failures, pending } = runner.stats ?? { passes: 0, failures: 1, pending: 0 };
      resolve({ event: 'hostTests', passes, failures, pending });
    });
  });
  console.log(REPORT_MARK + JSON.stringify(result));
  if (result.failures > 0) throw new Error(`${String(result.failures)} tests failed.`);
  if (result.passes === 0) throw new Error('No test ran.');
}

/** The first test may wait for a cold editor to activate the extension. */
const TEST_LIMIT_MS = 30_000;

function testFiles(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .sort()
    .map((name) => path.join(folder, name));
}

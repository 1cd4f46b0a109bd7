import { spawnSync } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { launchBrowser } from '../support/workbench/browser';
import type { WorkbenchVersion } from '../support/workbench/ensureCodeServer';
import { projectRoot } from '../support/workbench/projectRoot';
import { startWorkbench } from '../support/workbench/workbench';
import { readReport, type HostTestsResult } from './hostReport';

/**
 * Runs `test/host/suite` inside the extension host of a real VS Code, from the outside.
 * The suite has to be bundled before (`scripts/buildHostTests.mjs`) and the extension built.
 */
export async function runInHost(options: RunInHostOptions): Promise<HostRun> {
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'host-tests-'));
  const folder = path.join(scratch, 'workspace');
  await fs.mkdir(folder);
  await fs.writeFile(path.join(folder, 'notes.md'), '# Notes\n');
  const workbench = await startWorkbench({
    version: options.version,
    folder,
    extensionPath: options.extensionPath ?? projectRoot,
    extensionTestsPath: options.testsPath ?? path.join(projectRoot, 'out/host/index.js'),
    // A home of its own: the tests must never touch the person's.
    env: { BEELINE_HOME: path.join(scratch, 'home'), ...options.env },
    settings: { 'beeline.saveDirectory': path.join(scratch, 'received'), ...options.settings },
    log: options.log,
  });
  try {
    const browser = await launchBrowser(options.log);
    try {
      const ended = await openAndListen(await browser.newPage(), workbench.url, options.log);
      return { version: workbench.version, ...ended };
    } finally {
      await browser.close();
    }
  } finally {
    await workbench.stop();
    await fs.rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

export interface RunInHostOptions {
  readonly version: WorkbenchVersion;
  /** The project, if absent. */
  readonly extensionPath?: string;
  /** `out/host/index.js`, if absent. */
  readonly testsPath?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: NodeJS.ProcessEnv;
  /** Every line of Mocha's report. */
  readonly log: (line: string) => void;
}

export interface HostRun {
  /** Of VS Code. */
  readonly version: string;
  /** 0 when all passed. */
  readonly exitCode: number;
  /** Absent when the suite did not get as far as running. */
  readonly result: HostTestsResult | undefined;
}

/** For the whole suite; Mocha limits each test by itself. */
const RUN_LIMIT_MS = 300_000;

/** The workbench hands lines and the exit code to these two functions, where a page has them. */
async function openAndListen(
  page: Page,
  url: string,
  log: (line: string) => void,
): Promise<Omit<HostRun, 'version'>> {
  let result: HostTestsResult | undefined;
  let timer: NodeJS.Timeout | undefined;
  let exit: (code: number) => void = () => undefined;
  const exitCode = new Promise<number>((resolve, reject) => {
    exit = resolve;
    timer = setTimeout(() => {
      reject(
        new Error(`The tests in the extension host did not end in ${String(RUN_LIMIT_MS)} ms.`),
      );
    }, RUN_LIMIT_MS);
    page.once('crash', () => {
      reject(new Error('The page of the workbench crashed.'));
    });
  });
  exitCode.catch(() => undefined);
  await page.exposeFunction('codeAutomationExit', (code: number) => {
    exit(code);
  });
  const editorLines: string[] = [];
  await page.exposeFunction('codeAutomationLog', (_type: string, args: readonly unknown[]) => {
    const line = args.map(String).join(' ').trimEnd();
    const report = readReport(line);
    if (report === undefined) editorLines.push(line);
    else if (typeof report === 'string') log(report);
    else result = report;
  });
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  try {
    const code = await exitCode;
    // Without a result the reason is among what the editor said.
    if (result === undefined) for (const line of editorLines) log(line);
    return { exitCode: code, result };
  } finally {
    clearTimeout(timer);
  }
}

/** `runInHost.ts [newest] [oldest]`: builds the suite, runs it in each, exits non-zero if one fails. */
async function main(versions: readonly WorkbenchVersion[]): Promise<number> {
  const built = spawnSync(process.execPath, ['scripts/buildHostTests.mjs'], {
    cwd: projectRoot,
    stdio: 'inherit',
  });
  if (built.status !== 0) return 1;
  let failed = false;
  for (const version of versions) {
    const run = await runInHost({ version, log: console.log });
    console.log(JSON.stringify({ ...run.result, vscode: run.version, exitCode: run.exitCode }));
    failed ||= run.exitCode !== 0 || run.result === undefined;
  }
  return failed ? 1 : 0;
}

if (require.main === module) {
  const named = process.argv.slice(2).filter((name) => name === 'newest' || name === 'oldest');
  main(named.length > 0 ? named : ['newest', 'oldest']).then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}

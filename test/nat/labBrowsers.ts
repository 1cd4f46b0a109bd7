import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchCallBrowser, watchConnections } from '../pages/support/callBrowser';
import type { CliProcess, JsonLine } from '../support/runCli';
import { ensureBrowser } from '../support/workbench/ensureBrowser';
import type { NatLab } from '../support/withNats';
import type { Host } from './labTalkers';

/** A Chromium at each host of a lab, as the person there has one. */
export interface LabBrowsers {
  /** Opens the page that a call of the terminal at this host prints. */
  open(host: Host, call: CliProcess): Promise<Page>;
}

export function withLabBrowsers(lab: NatLab): LabBrowsers {
  const browsers = new Map<Host, Browser>();
  let scratch = '';

  before(async function () {
    // It may have to be installed first.
    this.timeout(240_000);
    scratch = await mkdtemp(path.join(os.tmpdir(), 'beeline-lab-'));
    const program = await ensureBrowser();
    for (const host of ['a', 'b'] as const) {
      const executablePath = path.join(scratch, host);
      const started = [...lab.on(host), program].map((word) => `'${word}'`).join(' ');
      await writeFile(executablePath, `#!/bin/sh\nexec ${started} "$@"\n`, { mode: 0o700 });
      browsers.set(host, await launchCallBrowser({ executablePath }));
    }
  });
  afterEach(async () => {
    for (const browser of browsers.values()) {
      await Promise.all(browser.contexts().map((context) => context.close()));
    }
  });
  after(async () => {
    await Promise.all([...browsers.values()].map((browser) => browser.close()));
    await rm(scratch, { recursive: true, force: true });
  });

  return {
    async open(host, call) {
      const browser = browsers.get(host);
      if (browser === undefined) throw new Error('The browsers are started before the first test.');
      const url = await addressOf(call);
      const page = await (await browser.newContext()).newPage();
      await watchConnections(page);
      await page.goto(url);
      return page;
    },
  };
}

/** Of the call that goes on: one that gave way to the other side's had a page, too. */
async function addressOf(call: CliProcess): Promise<string> {
  const told = (event: string): JsonLine[] => call.lines.filter((line) => line.event === event);
  const ids = (): number => new Set(told('call').map(({ callId }) => callId)).size;
  await call.until(() => ids() > 0 && told('page').length === ids(), 'its page');
  return String(told('page').at(-1)?.['url']);
}

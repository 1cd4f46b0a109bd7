import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../support/workbench/browser';

/** One browser for the tests of a file; each test has a context of its own in it. */
export function browserOnce(): () => Browser {
  let browser: Browser | undefined;
  before(async function () {
    // It may have to be installed first.
    this.timeout(240_000);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
  });
  return () => {
    if (browser === undefined) throw new Error('The browser is started before the first test.');
    return browser;
  };
}

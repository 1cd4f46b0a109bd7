import assert from 'node:assert/strict';
import type { Browser, Page, Route } from 'playwright-core';
import { withEngines } from '../support/withEngines';
import { withHub } from '../support/withHub';
import { withPages } from './support/buildPages';
import { eventually, launchCallBrowser } from './support/callBrowser';
import { withCalls } from './support/withCalls';

/** What somebody would plant who could write into the page; each way leaves a mark when it works. */
const PLANTED = `
  <script>window.planted = ['inline script'];</script>
  <script src="http://evil.example/script.js"></script>
  <script src="data:text/javascript,window.planted=['script of data']"></script>
  <link rel="stylesheet" href="http://evil.example/style.css">
  <img src="http://evil.example/picture.png" onerror="window.planted = ['handler']">
  <iframe src="http://evil.example/frame"></iframe>
  <iframe srcdoc="<script>parent.planted = ['frame']</script>"></iframe>
  <object data="http://evil.example/object"></object>
  <base href="http://evil.example/">`;

/** The header is tested where it is made; here a browser has to act on it. */
describe('the policy of a call page, in a browser', function () {
  this.timeout(60_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const pages = withPages({ call: 'webview/call/main.tsx' });
  const calls = withCalls(engines, pages);
  let browser: Browser;

  before(async () => {
    browser = await launchCallBrowser();
  });
  after(async () => {
    await browser.close();
  });

  it('runs and loads nothing that was planted in the page, and goes on with the call', async () => {
    const { page, strays } = await open(true);
    await page.getByText('amy is calling').waitFor();
    assert.equal(await planted(page), undefined);
    assert.deepEqual(strays, []);
    const refused = await violations(page);
    for (const directive of ['script-src-elem', 'script-src-attr', 'style-src-elem', 'img-src']) {
      assert.ok(refused.includes(directive), `${directive} in ${refused.join()}`);
    }
    assert.ok(refused.includes('frame-src') && refused.includes('base-uri'), refused.join());
  });

  it('is what keeps them out: without it they are there', async () => {
    const { page, strays } = await open(false);
    await eventually('what was planted', async () => (await planted(page)) !== undefined);
    await eventually('who was asked', () => Promise.resolve(strays.length > 0));
  });

  it('lets a script that is inside already make no code, no markup and no connection', async () => {
    const { page, strays } = await open(true);
    await page.getByText('amy is calling').waitFor();
    // As text: what a test is compiled to has helpers that the page does not have.
    const outcome = await page.evaluate<Record<string, string>>(ATTEMPTS);
    assert.deepEqual(outcome, {
      eval: 'refused',
      function: 'refused',
      markup: 'refused',
      inline: 'refused',
      fetch: 'refused',
      otherPort: 'refused',
      socket: 'refused',
    });
    assert.deepEqual(strays, []);
    const connections = (await violations(page)).filter((name) => name === 'connect-src');
    assert.equal(connections.length, 3, 'refused by the policy, not by who is not there');
  });

  async function open(withPolicy: boolean): Promise<{ page: Page; strays: string[] }> {
    const { ben, callId } = await calls.ring();
    const { url } = await calls.serve(ben, callId);
    const { origin } = new URL(url);
    const context = await browser.newContext({
      // What a test hands over counts as come from afar, from where this machine's socket is shut.
      permissions: ['local-network-access'],
    });
    const page = await context.newPage();
    const strays: string[] = [];
    await page.addInitScript(WATCH);
    await page.route('**/*', async (route) => {
      const address = new URL(route.request().url());
      if (address.origin === origin && address.pathname === '/') await plant(route, withPolicy);
      else if (address.origin === origin || address.protocol === 'data:') await route.continue();
      else {
        strays.push(address.href);
        await route.abort();
      }
    });
    await page.goto(url);
    return { page, strays };
  }
});

async function plant(route: Route, withPolicy: boolean): Promise<void> {
  const response = await route.fetch();
  const headers = response.headers();
  assert.ok(headers['content-security-policy'] !== undefined);
  if (!withPolicy) delete headers['content-security-policy'];
  const html = await response.text();
  assert.match(html, /<\/body>/);
  await route.fulfill({ response, headers, body: html.replace('</body>', `${PLANTED}</body>`) });
}

const planted = (page: Page): Promise<unknown> =>
  page.evaluate(() => (window as unknown as { planted?: unknown }).planted);

const violations = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => (window as unknown as { violations: string[] }).violations);

const WATCH = `
  window.violations = [];
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
    window.violations.push(effectiveDirective);
  });`;

const ATTEMPTS = `(async () => {
  // What a test has evaluated may itself do what a page may not; a later turn is the page's own.
  await new Promise((resolve) => setTimeout(resolve));
  const outcome = {};
  const attempt = async (name, act) => {
    try {
      outcome[name] = (await act()) === false ? 'refused' : 'done';
    } catch {
      outcome[name] = 'refused';
    }
  };
  await attempt('eval', () => (0, eval)('1'));
  await attempt('function', () => new Function('return 1')());
  await attempt('markup', () => {
    document.createElement('div').innerHTML = '<img src=x onerror="window.planted = 1">';
  });
  await attempt('inline', () => {
    const script = document.createElement('script');
    script.append('window.planted = 1');
    document.body.append(script);
    return window.planted === 1;
  });
  await attempt('fetch', () => fetch('http://evil.example/'));
  await attempt('otherPort', () => fetch('http://127.0.0.1:1/'));
  await attempt('socket', () => new Promise((resolve, reject) => {
    const socket = new WebSocket('ws://evil.example/');
    socket.onopen = resolve;
    socket.onerror = reject;
  }));
  return outcome;
})()`;

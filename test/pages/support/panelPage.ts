import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import type { CallEvents } from '../../../src/bridge/callPage';
import type { ToHost, ToPage } from '../../../src/bridge/envelope';
import { CallDesk } from '../../../src/pages/callDesk';
import type { CallPages } from '../../../src/pages/callPages';
import { refusalOf } from '../../../src/pages/pageSocket';
import type { Agent } from '../../support/withEngines';
import { watchConnections } from './callBrowser';

export interface Panel {
  readonly page: Page;
  readonly desk: CallDesk;
  /** Calls that were asked to be opened in a browser. */
  readonly opened: string[];
}

/**
 * The call's view where an editor shows it: `postMessage` instead of a socket, and a document whose
 * policy lets it capture nothing, as the stock editor's.
 */
export async function openPanel(
  context: BrowserContext,
  parts: { agent: Agent; kid: string; agentName: string; pages: CallPages; files: string },
): Promise<Panel> {
  const { agent, kid, agentName, pages, files } = parts;
  const opened: string[] = [];
  const page = await context.newPage();
  const toPage = (message: ToPage): void => {
    // The page may be closing.
    page
      .evaluate((said) => {
        window.postMessage(said, '*');
      }, message)
      .catch(() => undefined);
  };
  const desk = new CallDesk({
    engine: agent.engine,
    kid,
    pages,
    page: { kind: 'panel' },
    agentName: () => agentName,
    ringSound: () => false,
    tell: (name: keyof CallEvents, data: unknown) => {
      toPage({ kind: 'event', name, data });
    },
    openInBrowser: (callId) => {
      opened.push(callId);
      return Promise.resolve();
    },
  });
  page.on('console', (message) => agent.log.push(`panel: ${message.text()}`));
  page.on('pageerror', (error) => agent.log.push(`panel: ${error.message}`));
  await watchConnections(page);
  page.on('close', () => void desk.close());
  await page.exposeBinding('beelineToHost', async (_source, message: ToHost) => {
    const { id, method, params } = message;
    try {
      if (!desk.handles(method)) throw new Error(`no ${method}`);
      toPage({ kind: 'answer', id, result: await desk.answer(method, params) });
    } catch (error) {
      toPage({ kind: 'refusal', id, error: refusalOf(error) });
    }
  });
  // As text, because what names functions in tests is not there in the page.
  await page.addInitScript(
    'window.acquireVsCodeApi = () => ' +
      '({ postMessage: beelineToHost, getState() {}, setState() {} });',
  );
  const served = {
    '/': [
      'text/html',
      '<link rel="stylesheet" href="call.css"><body class="call-page"><div id="root"></div><script src="call.js"></script>',
    ],
    '/call.js': ['text/javascript', await readFile(path.join(files, 'call.js'), 'utf8')],
    '/call.css': ['text/css', await readFile(path.join(files, 'call.css'))],
    '/codicon.ttf': ['font/ttf', await readFile(path.join(files, 'codicon.ttf'))],
  } as const;
  await page.route('http://panel.localhost/**', async (route) => {
    const found = served[new URL(route.request().url()).pathname as keyof typeof served] as
      readonly [string, string | Buffer] | undefined;
    if (found === undefined) return route.fulfill({ status: 404 });
    const [contentType, body] = found;
    const headers = { 'permissions-policy': 'camera=(), microphone=(), display-capture=()' };
    return route.fulfill({ contentType, body, headers });
  });
  await page.goto('http://panel.localhost/');
  return { page, desk, opened };
}

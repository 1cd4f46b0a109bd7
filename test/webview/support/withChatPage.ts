import fs from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { ToHost } from '../../../src/bridge/envelope';
import { panelPage } from '../../../src/host/panel/panelPage';
import { projectRoot } from '../../support/workbench/projectRoot';
import type { ChatPageHost } from './chatPageHost';
import { themeVariables, type Theme } from './themeVariables';

export interface OpenChatPage {
  readonly page: Page;
  /** What the policy refused, by directive and address. */
  readonly violations: () => Promise<readonly string[]>;
  /** Addresses beyond the page's own files that something tried to load. */
  readonly strays: readonly string[];
  /** Errors that nobody caught. */
  readonly errors: readonly string[];
}

/**
 * Opens the built chat page as an editor does: under the panel's policy, with its function for
 * messages and its theme variables, and the given host at the other end.
 */
export async function withChatPage(
  browser: Browser,
  host: ChatPageHost,
  run: (open: OpenChatPage) => Promise<void>,
  options: { readonly theme?: Theme; readonly width?: number; readonly height?: number } = {},
): Promise<void> {
  const { theme = 'dark', width = 480, height = 640 } = options;
  const context = await browser.newContext({ viewport: { width, height } });
  try {
    const page = await context.newPage();
    const strays: string[] = [];
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.route('**/*', async (route) => {
      const address = new URL(route.request().url());
      const file = address.origin === ORIGIN ? await fileFor(address.pathname) : undefined;
      if (file === undefined) strays.push(address.href);
      await (file === undefined ? route.abort() : route.fulfill(file));
    });
    await page.exposeFunction('toHost', (message: ToHost) => void host.receive(message));
    // Names that the compiler of the tests gives to functions; the page does not have its helper.
    await page.addInitScript('globalThis.__name = (target) => target');
    await page.addInitScript(editorInPage, { variables: themeVariables(theme), theme });
    host.connect(async (message) => {
      // What is told to a page that closes is lost, as in an editor.
      await page
        .evaluate((data) => {
          window.postMessage(data, '*');
        }, message)
        .catch(() => undefined);
    });
    await page.goto(`${ORIGIN}/`);
    const violations = (): Promise<readonly string[]> =>
      page.evaluate(() => (window as unknown as { violations: string[] }).violations);
    await run({ page, violations, strays, errors });
  } finally {
    host.connect(() => Promise.resolve());
    await context.close();
  }
}

const ORIGIN = 'http://panel.example';

/** As the editor makes it, with this origin for the editor's own. */
const HTML = panelPage({
  cspSource: ORIGIN,
  script: 'chat.js',
  style: 'chat.css',
  nonce: 'bm9uY2U',
  kid: 'k',
});

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
};

interface Served {
  readonly body: string | Buffer;
  readonly contentType: string;
}

async function fileFor(pathname: string): Promise<Served | undefined> {
  if (pathname === '/') {
    return { body: HTML, contentType: 'text/html' };
  }
  // A browser asks for it by itself.
  if (pathname === '/favicon.ico') return { body: '', contentType: 'image/x-icon' };
  const contentType = TYPES[path.extname(pathname)];
  if (contentType === undefined || path.basename(pathname) !== pathname.slice(1)) return undefined;
  const body = await fs.readFile(path.join(projectRoot, 'dist', 'pages', pathname.slice(1)));
  return { body, contentType };
}

/** Runs in the page before its own script: what an editor puts there. */
function editorInPage({
  variables,
  theme,
}: {
  variables: Record<string, string>;
  theme: string;
}): void {
  const world = window as unknown as Record<string, unknown>;
  const violations: string[] = [];
  world['violations'] = violations;
  document.addEventListener('securitypolicyviolation', (event) => {
    violations.push(`${event.violatedDirective} ${event.blockedURI}`);
  });
  world['acquireVsCodeApi'] = () => ({
    postMessage: (message: unknown) => (world['toHost'] as (data: unknown) => unknown)(message),
    getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') as unknown,
    setState: (state: unknown) => {
      sessionStorage.setItem('state', JSON.stringify(state));
    },
  });
  document.addEventListener('DOMContentLoaded', () => {
    for (const [name, value] of Object.entries(variables)) {
      document.documentElement.style.setProperty(`--vscode-${name}`, value);
    }
    document.body.classList.add(`vscode-${theme}`);
  });
}

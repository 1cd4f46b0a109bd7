import type { BrowserContext } from 'playwright-core';

/**
 * A page that the extension serves on loopback is opened at its own address. The editor would send
 * the browser to a proxy below its own, which only the product around this server has.
 */
export async function openLoopbackItself(context: BrowserContext, url: string): Promise<void> {
  const { origin } = new URL(url);
  await context.route(
    (asked) => asked.origin === origin && PROXIED.test(asked.pathname),
    async (route) => {
      const [, port = '', path = ''] = PROXIED.exec(new URL(route.request().url()).pathname) ?? [];
      // By a script, because what is behind the `#` must go along.
      const there = JSON.stringify(`http://127.0.0.1:${port}${path}`);
      const body = `<script>location.replace(${there} + location.search + location.hash)</script>`;
      await route.fulfill({ contentType: 'text/html', body });
    },
  );
}

const PROXIED = /^\/proxy\/(\d+)(\/.*)$/;

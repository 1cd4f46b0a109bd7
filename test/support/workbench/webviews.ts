import type { Frame, Locator, Page } from 'playwright-core';

/**
 * Gives webviews an origin of their own in a workbench that is about to be opened: the address of
 * their frames in its settings becomes another host on loopback.
 */
export async function keepWebviewsApart(page: Page, url: string): Promise<void> {
  const { origin, port, pathname } = new URL(url);
  await page.route(
    (asked) => asked.origin === origin && asked.pathname === pathname,
    async (route) => {
      const response = await route.fetch();
      const html = await response.text();
      const changed = html.replace(ENDPOINT, (_all, before: string, endpoint: string) => {
        const path = endpoint.replace(/^https?:\/\/[^/]+/, '').replace(/^\/+/, '');
        return `${before}http://{{uuid}}.localhost:${port}/${path}`;
      });
      if (changed === html) throw new Error('The workbench does not say where its webviews are.');
      await route.fulfill({ response, body: changed });
    },
  );
}

/** In JSON, inside of an attribute. */
const ENDPOINT = /(webviewEndpoint(?:&quot;|"):(?:&quot;|"))([^&"]+)/g;

/**
 * The innermost frame of the webview in which this is seen. A panel that is hidden and shown again has
 * other frames, so it is looked for anew each time.
 */
export async function webviewWith(page: Page, find: (frame: Frame) => Locator): Promise<Frame> {
  const end = Date.now() + LIMIT_MS;
  for (;;) {
    for (const frame of page.frames()) {
      // Those around the extension's own document are the editor's.
      if (frame === page.mainFrame() || frame.childFrames().length > 0) continue;
      // Frames go away while they are looked at.
      const isSeen = await find(frame)
        .first()
        .isVisible()
        .catch(() => false);
      if (isSeen) return frame;
    }
    if (Date.now() > end) throw new Error('No webview shows what was looked for.');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const LIMIT_MS = 30_000;
const POLL_MS = 100;

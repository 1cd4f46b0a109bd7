import assert from 'node:assert/strict';
import type { Frame, Locator, Page } from 'playwright-core';
import type { WorkbenchDriver } from '../../support/workbench/driver';
import { poll } from './poll';

/** What shows a call: the panel of the editor, or the page in the browser. */
type Scope = () => Promise<Frame>;

/** The call with one agent, as a person sees it and acts in it. */
export class CallViewDriver {
  constructor(private readonly scope: Scope) {}

  static inPanel(window: WorkbenchDriver, agent: string): CallViewDriver {
    return new CallViewDriver(() =>
      window.webview((frame) => frame.getByPlaceholder(`Message ${agent}`)),
    );
  }

  static inBrowser(page: Page): CallViewDriver {
    return new CallViewDriver(() => Promise.resolve(page.mainFrame()));
  }

  async view(): Promise<Locator> {
    return (await this.scope()).locator('section.call');
  }

  async press(name: string): Promise<void> {
    await (await this.view()).getByRole('button', { name, exact: true }).click();
  }

  async button(name: string): Promise<Locator> {
    return (await this.view()).getByRole('button', { name, exact: true });
  }

  async shows(text: string | RegExp): Promise<void> {
    await (await this.view()).getByText(text).first().waitFor();
  }

  async isConnected(): Promise<void> {
    await (await this.scope()).locator('section.call[data-state="connected"]').waitFor();
  }

  async isGone(): Promise<void> {
    await (await this.view()).waitFor({ state: 'detached' });
  }

  /** The other side's picture, camera or screen. */
  async remote(label: string): Promise<Locator> {
    const video = (await this.view()).locator(`video.call-remote[aria-label="${label}"]`);
    await video.waitFor();
    return video;
  }

  /** The picture changes while one looks at it: its pixels differ, and it is not of one colour. */
  async moves(label: string): Promise<void> {
    const video = await this.remote(label);
    let first: string | undefined;
    await poll(async () => {
      const seen = await pixels(video);
      if (seen === undefined) return false;
      first ??= seen;
      return seen !== first;
    }, `${label} to move`);
  }

  /** Pictures that were decoded in all, as the page tells whoever opens the details. */
  async framesDecoded(): Promise<number> {
    const details = (await this.view()).locator('.call-quality');
    await details.waitFor();
    const row = details.locator('div').filter({ hasText: 'Pictures in all' });
    return Number(await row.locator('dd').textContent());
  }

  async decodes(): Promise<void> {
    const before = await this.framesDecoded();
    await poll(async () => (await this.framesDecoded()) > before + 5, 'more decoded pictures');
  }
}

/** Clicks what opens the call's page in the browser, and gives the page that opened. */
export async function openedPage(
  window: WorkbenchDriver,
  click: () => Promise<void>,
): Promise<Page> {
  const [page] = await Promise.all([window.page.context().waitForEvent('page'), click()]);
  await page.waitForLoadState();
  assert.match(new URL(page.url()).hostname, /^(?:127\.0\.0\.1|localhost)$/);
  return page;
}

/** A small copy of what is shown now; nothing while it is all of one colour, as black is. */
async function pixels(video: Locator): Promise<string | undefined> {
  return video.evaluate((element: HTMLVideoElement) => {
    const canvas = document.createElement('canvas');
    canvas.width = 32;
    canvas.height = 24;
    const drawing = canvas.getContext('2d');
    if (drawing === null || element.videoWidth === 0) return undefined;
    drawing.drawImage(element, 0, 0, canvas.width, canvas.height);
    const { data } = drawing.getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set<string>();
    for (let at = 0; at < data.length; at += 4) colours.add(data.slice(at, at + 3).join());
    return colours.size < 4 ? undefined : data.join();
  });
}

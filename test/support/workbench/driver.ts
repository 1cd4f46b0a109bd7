import fs from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Frame, Locator, Page } from 'playwright-core';
import { Dialog } from './dialog';
import { exactly } from './exactly';
import { openLoopbackItself } from './loopback';
import { Notification, openNotificationCentre } from './notification';
import { QuickPick } from './quickPick';
import { SideView } from './sideView';
import { keepWebviewsApart, webviewWith } from './webviews';

/**
 * Opens a workbench in the browser and gives what a person would do with it.
 * Everything waits for what the page shows; nothing waits for time to pass.
 */
export async function openWorkbench(
  browser: Browser,
  url: string,
  options: DriverOptions = {},
): Promise<WorkbenchDriver> {
  const context = await browser.newContext({
    viewport: options.viewport ?? VIEWPORT,
    // Without a prompt, as on the desktop.
    permissions: ['clipboard-read', 'clipboard-write'],
    // The changed address of webviews is not in the policy that the workbench sends.
    bypassCSP: options.stockWebviews === true,
  });
  await openLoopbackItself(context, url);
  const page = await context.newPage();
  if (options.stockWebviews === true) await keepWebviewsApart(page, url);
  page.setDefaultTimeout(options.timeoutMs ?? STEP_LIMIT_MS);
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  const driver = new WorkbenchDriver(page, options.screenshotsDir);
  await driver.waitForReady();
  return driver;
}

export interface DriverOptions {
  /** Where `screenshot` writes; without it no pictures are taken. */
  readonly screenshotsDir?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** How long a step may take. */
  readonly timeoutMs?: number;
  /**
   * Webviews have an origin of their own, as in the desktop editor and the hosted web editor, and so
   * no camera, microphone or screen. This server would give them the workbench's.
   */
  readonly stockWebviews?: boolean;
}

/** Fits a README without shrinking the letters away. */
const VIEWPORT = { width: 1280, height: 800 };
/** A cold workbench on a busy machine of two cores draws its first frame within this. */
const STEP_LIMIT_MS = 30_000;
/** Several times the tenth of a second for which a new menu ignores clicks. */
const MENU_RETRY_MS = 1000;
/** Longer than a palette that stays open takes to find a command on a busy machine. */
const PALETTE_RETRY_MS = 5000;

export class WorkbenchDriver {
  readonly #screenshotsDir: string | undefined;
  #shots = 0;

  constructor(
    readonly page: Page,
    screenshotsDir?: string,
  ) {
    this.#screenshotsDir = screenshotsDir;
  }

  /** The explorer shows files and the extension host answers. */
  async waitForReady(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  }

  /** A file or folder in the explorer, by the name it shows. */
  explorerItem(name: string): Locator {
    return this.page
      .locator('.explorer-folders-view .monaco-list-row')
      .filter({ has: this.page.locator('.label-name', { hasText: exactly(name) }) });
  }

  /** The tab of an open editor. */
  editorTab(name: string): Locator {
    return this.page.locator(`.tab[data-resource-name=${JSON.stringify(name)}]`);
  }

  /** Opens the context menu of what is there. */
  async rightClick(item: Locator): Promise<void> {
    await item.click({ button: 'right' });
    await this.#menuItems().first().waitFor();
  }

  /** An entry of the open menu. */
  menuItem(label: string | RegExp): Locator {
    return this.#menuItems().filter({
      hasText: typeof label === 'string' ? exactly(label) : label,
    });
  }

  /** The workbench ignores clicks in the first moments of a menu, so one that did nothing is repeated. */
  async chooseMenu(label: string | RegExp): Promise<void> {
    const item = this.menuItem(label);
    await item.waitFor();
    const end = Date.now() + STEP_LIMIT_MS;
    for (;;) {
      await item.click({ timeout: MENU_RETRY_MS }).catch(() => undefined);
      const gone = this.#menuItems().first().waitFor({ state: 'detached', timeout: MENU_RETRY_MS });
      if (
        await gone.then(
          () => true,
          () => false,
        )
      ) {
        return;
      }
      if (Date.now() > end) throw new Error(`The menu entry ${String(label)} cannot be chosen.`);
    }
  }

  /** The document of the webview in which this is seen. */
  webview(find: (frame: Frame) => Locator): Promise<Frame> {
    return webviewWith(this.page, find);
  }

  get quickPick(): QuickPick {
    return new QuickPick(this.page);
  }

  /**
   * Runs a command by its title, category included, from the palette. An editor that is just being
   * opened takes the focus, whereupon the palette closes, so it is opened again.
   */
  async runCommand(title: string): Promise<void> {
    const { input } = this.quickPick;
    const row = this.quickPick.row(title).first();
    const end = Date.now() + STEP_LIMIT_MS;
    for (;;) {
      await this.page.keyboard.press('F1');
      try {
        await input.fill(`>${title}`, { timeout: PALETTE_RETRY_MS });
        await row.click({ timeout: PALETTE_RETRY_MS });
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
  }

  /** The views behind an entry of the activity bar. */
  sideView(title: string): SideView {
    return new SideView(this.page, title);
  }

  /** What was copied last. */
  async clipboard(): Promise<string> {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  statusBarItem(text: RegExp): Locator {
    return this.page.locator('.part.statusbar .statusbar-item').filter({ hasText: text });
  }

  /** A notification on the screen, by its message. */
  notification(message: RegExp): Notification {
    return new Notification(this.page, message);
  }

  /** A modal dialog on the screen, by its message. */
  dialog(message: RegExp): Dialog {
    return new Dialog(this.page, message);
  }

  /** Opens the notification centre, which lists what the toasts have shown. */
  async showNotifications(): Promise<void> {
    await openNotificationCentre(this.page);
  }

  /** Takes every message off the screen and out of the centre, as *Clear All Notifications* does. */
  async clearNotifications(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.runCommand('Notifications: Clear All Notifications');
    await this.page.locator('.notifications-toasts .notification-list-item').first().waitFor({
      state: 'detached',
    });
  }

  /**
   * A picture named after the step, numbered in order: of the editor, or of a page that it has
   * opened. Returns its path.
   */
  async screenshot(step: string, page = this.page): Promise<string | undefined> {
    if (this.#screenshotsDir === undefined) return undefined;
    await fs.mkdir(this.#screenshotsDir, { recursive: true });
    this.#shots += 1;
    const name = `${String(this.#shots).padStart(2, '0')}-${step.replace(/[^\w-]+/g, '-')}.png`;
    const file = path.join(this.#screenshotsDir, name);
    // The pointer would otherwise leave a hover or a tooltip in the picture.
    await page.screenshot({ path: file, animations: 'disabled', caret: 'initial' });
    return file;
  }

  /** As *Developer: Reload Window*: the extension host of this window ends and another starts. */
  async reload(): Promise<void> {
    await this.page.reload({ waitUntil: 'domcontentloaded' });
    await this.waitForReady();
  }

  /** As a person closes it. A page that is only torn away would leave its extension host waiting. */
  async close(): Promise<void> {
    await this.page.goto('about:blank');
    await this.page.context().close();
  }

  #menuItems(): Locator {
    return this.page.locator('.monaco-menu .action-item .action-label:visible');
  }
}

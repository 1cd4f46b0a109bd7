import type { Locator, Page } from 'playwright-core';
import { exactly } from './exactly';

/**
 * A message with its buttons: a toast while it is fresh, an entry of the notification centre after.
 *
 * Toasts hide themselves after a while, those that come too fast are never shown (more than three
 * in 800 ms), and a workbench that runs an extension in development shows none. So whoever waits
 * for one looks into the centre after a while, as a person clicks the bell.
 */
export class Notification {
  readonly item: Locator;

  constructor(
    private readonly page: Page,
    message: RegExp,
  ) {
    this.item = page
      .locator('.notifications-toasts, .notifications-center')
      .locator('.notification-list-item:visible')
      .filter({ has: page.locator('.notification-list-item-message', { hasText: message }) })
      .first();
  }

  async waitFor(): Promise<void> {
    try {
      await this.item.waitFor({ timeout: TOAST_PATIENCE_MS });
    } catch {
      await openNotificationCentre(this.page);
      await this.item.waitFor();
    }
  }

  async gone(): Promise<void> {
    await this.item.waitFor({ state: 'detached' });
  }

  async text(): Promise<string> {
    return (await this.item.locator('.notification-list-item-message').innerText()).trim();
  }

  /** A button below the message, or a link in it. */
  async click(label: string): Promise<void> {
    await this.waitFor();
    await this.item
      .locator('.monaco-button, .notification-list-item-message a')
      .filter({ hasText: exactly(label) })
      .click();
  }
}

/** After this the bell is clicked; the centre goes on listing what arrives. */
const TOAST_PATIENCE_MS = 5000;

export async function openNotificationCentre(page: Page): Promise<void> {
  const centre = page.locator('.notifications-center.visible');
  if (!(await centre.isVisible())) await page.locator('[id="status.notifications"] a').click();
  await centre.waitFor();
}

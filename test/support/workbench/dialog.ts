import type { Locator, Page } from 'playwright-core';
import { exactly } from './exactly';

/** A question in the middle of the window, before which nothing else can be clicked. */
export class Dialog {
  readonly box: Locator;

  constructor(page: Page, message: RegExp) {
    this.box = page
      .locator('.monaco-dialog-box')
      .filter({ has: page.locator('.dialog-message', { hasText: message }) });
  }

  async waitFor(): Promise<void> {
    await this.box.waitFor();
  }

  async click(label: string): Promise<void> {
    await this.box
      .locator('.monaco-button')
      .filter({ hasText: exactly(label) })
      .click();
  }
}

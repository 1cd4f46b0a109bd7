import type { Locator, Page } from 'playwright-core';

/** The list that drops from the top: palette, pickers and input boxes. */
export class QuickPick {
  readonly #widget: Locator;

  constructor(page: Page) {
    this.#widget = page.locator('.quick-input-widget');
  }

  get input(): Locator {
    return this.#widget.locator('.quick-input-box input');
  }

  get rows(): Locator {
    return this.#widget.locator('.quick-input-list .monaco-list-row');
  }

  /** Rows that contain the text. */
  row(text: string | RegExp): Locator {
    return this.rows.filter({ hasText: text });
  }

  /** Until it is open, and shows a title, placeholder or message like this. */
  async waitFor(text?: RegExp): Promise<void> {
    await this.input.waitFor();
    if (text === undefined) return;
    const placeholder = this.#widget.getByPlaceholder(text);
    await placeholder.or(this.#widget.getByText(text)).first().waitFor();
  }

  async type(text: string): Promise<void> {
    await this.input.waitFor();
    await this.input.fill(text);
  }

  async choose(text: string | RegExp): Promise<void> {
    await this.row(text).first().click();
  }

  /** Confirms an input box, or takes the row that is marked. */
  async accept(): Promise<void> {
    await this.input.press('Enter');
  }

  async cancel(): Promise<void> {
    await this.input.press('Escape');
    await this.gone();
  }

  async gone(): Promise<void> {
    await this.input.waitFor({ state: 'hidden' });
  }
}

import type { Locator, Page } from 'playwright-core';
import { exactly } from './exactly';

/** What an entry of the activity bar opens: the views of one extension, with their rows. */
export class SideView {
  readonly #entry: Locator;

  constructor(
    private readonly page: Page,
    private readonly title: string,
  ) {
    this.#entry = page
      .locator('.part.activitybar .action-item')
      .filter({ has: page.locator(`a.action-label[aria-label^=${JSON.stringify(title)}]`) });
  }

  async open(): Promise<void> {
    // A second click would close it.
    if (!(await this.#title.isVisible())) await this.#entry.click();
    await this.#title.waitFor();
  }

  /** Drags the edge of the side bar, so that long rows can be read. Pixels, from the left. */
  async widen(to: number): Promise<void> {
    const box = await this.page.locator('.part.sidebar').boundingBox();
    if (box === null) throw new Error('The side bar is closed.');
    const middle = box.y + box.height / 2;
    await this.page.mouse.move(box.x + box.width, middle);
    await this.page.mouse.down();
    await this.page.mouse.move(to, middle, { steps: 5 });
    await this.page.mouse.up();
  }

  /** The number on the entry; empty when there is none. */
  async badge(): Promise<string> {
    const content = this.#entry.locator('.badge-content');
    return (await content.isVisible()) ? (await content.innerText()).trim() : '';
  }

  /** The rows of one view, by the view's name. */
  rows(view: string): Locator {
    return this.page.locator(
      `.part.sidebar .monaco-list[aria-label^=${JSON.stringify(view)}] .monaco-list-row`,
    );
  }

  /** Rows of a view that show the text: label and description, with a space between. */
  row(view: string, text: string | RegExp): Locator {
    return this.rows(view).filter({ hasText: text });
  }

  /** What a view says where it has no rows. */
  welcome(text: string | RegExp): Locator {
    return this.page.locator('.part.sidebar .welcome-view-content').filter({ hasText: text });
  }

  /** One of the buttons that a row shows while the pointer is on it. */
  async press(row: Locator, action: string): Promise<void> {
    await row.hover();
    await row
      .locator('.actions .action-label')
      .and(row.getByLabel(exactly(action)))
      .click();
  }

  get #title(): Locator {
    return this.page.locator('.part.sidebar .composite.title').filter({ hasText: this.title });
  }
}

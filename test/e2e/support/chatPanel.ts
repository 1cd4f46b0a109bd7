import type { Frame, Locator } from 'playwright-core';
import type { WorkbenchDriver } from '../../support/workbench/driver';
import { poll } from './poll';

/** The chat panel of one agent, as a person uses it. */
export class ChatPanelDriver {
  constructor(
    private readonly window: WorkbenchDriver,
    private readonly agent: string,
  ) {}

  /** Its document just now; another one after it was hidden or the window was reloaded. */
  frame(): Promise<Frame> {
    return this.window.webview((frame) => frame.getByPlaceholder(`Message ${this.agent}`));
  }

  async input(): Promise<Locator> {
    return (await this.frame()).getByPlaceholder(`Message ${this.agent}`);
  }

  async say(text: string): Promise<void> {
    const input = await this.input();
    await input.fill(text);
    await input.press('Enter');
  }

  /** Letter by letter, as the other side would see somebody typing; not sent. */
  async type(text: string): Promise<void> {
    const input = await this.input();
    await input.click();
    await input.pressSequentially(text);
  }

  /** Waits until the thread shows this. */
  async shows(text: string | RegExp): Promise<Locator> {
    const found = (await this.frame()).locator('.thread').getByText(text).first();
    await found.waitFor();
    return found;
  }

  /** Waits until an own message is marked so: waiting, sent, delivered or read. */
  async isMarked(text: string, state: string): Promise<void> {
    const message = (await this.frame()).locator('article.is-own').filter({ hasText: text });
    await message.locator(`.mark.is-${state}`).getByText(state).waitFor();
  }

  /** The line that says how messages travel. */
  async path(): Promise<Locator> {
    return (await this.frame()).locator('header .path');
  }

  /** Waits until messages go from this machine to the other, with nobody in between. */
  async isDirect(): Promise<void> {
    const way = await this.path();
    await poll(async () => /direct/i.test(await way.innerText()), 'the way to be direct');
  }

  /** The card of a transfer in this state. */
  async card(title: string, state: 'offered' | 'running' | 'completed'): Promise<Locator> {
    const frame = await this.frame();
    const card = frame
      .locator(`.card.is-${state}`)
      .filter({ has: frame.locator('.card-title', { hasText: title }) });
    await card.waitFor();
    return card;
  }

  async press(name: string): Promise<void> {
    await (await this.frame()).getByRole('button', { name, exact: true }).click();
  }

  /** An entry of the menu that is open. */
  async menuItem(name: string): Promise<void> {
    await (await this.frame()).getByRole('menuitem', { name, exact: true }).click();
  }
}

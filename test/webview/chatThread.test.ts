import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { browserOnce } from './support/browserOnce';
import { ChatPageHost, textMessage } from './support/chatPageHost';
import { withChatPage } from './support/withChatPage';

/** Long conversations stay where one reads them, and at the end when one stands there. */
describe('the thread of the chat page', () => {
  const browser = browserOnce();

  const longHost = (count: number): ChatPageHost => {
    const host = new ChatPageHost();
    host.messages = Array.from({ length: count }, (_, index) =>
      textMessage(
        `number ${index} ${'word '.repeat(index % 40)}`,
        index % 3 === 0 ? 'self' : 'agent',
      ),
    );
    return host;
  };

  it('begins at the newest of 10,000, with few of them in the document', async () => {
    await withChatPage(browser(), longHost(10_000), async ({ page }) => {
      await page.getByText('number 9999').waitFor();
      await isAtEnd(page);
      assert.ok((await page.locator('article').count()) < 60);
    });
  });

  it('brings older ones without moving what is read, to the very first', async () => {
    const host = longHost(400);
    await withChatPage(browser(), host, async ({ page }) => {
      await page.getByText('number 399').waitFor();
      const read = page.getByText('number 305 ');
      for (let tries = 0; tries < 80 && (await read.count()) === 0; tries += 1)
        await scrollBy(page, -400);
      await read.scrollIntoViewIfNeeded();
      await page.waitForFunction(() => document.querySelectorAll('article').length > 0);
      // The page before was asked for on the way, and has come; a line that is read stays.
      await until(() => host.of('messages').length >= 1);
      await settled(page);
      const before = (await read.boundingBox())?.y ?? 0;
      await settled(page);
      assert.ok(Math.abs(((await read.boundingBox())?.y ?? 1e9) - before) < 2);
      const first = page.getByText('number 0 ', { exact: false }).first();
      for (let tries = 0; tries < 300 && host.of('messages').length < 3; tries += 1) {
        await scrollBy(page, -1500);
      }
      await until(async () => {
        await scrollBy(page, -5000);
        return (await first.count()) > 0;
      });
      const asked = host.of('messages');
      assert.equal(new Set(asked.map(({ before: id }) => id)).size, asked.length, 'asked twice');
    });
  });

  it('stays at the end when something comes, and says how many came when it is not there', async () => {
    const host = longHost(200);
    await withChatPage(browser(), host, async ({ page }) => {
      await page.getByText('number 199').waitFor();
      await host.say(textMessage('fresh one'));
      await page.locator('article', { hasText: 'fresh one' }).waitFor();
      await isAtEnd(page);
      await scrollAway(page);
      await host.say(textMessage('unseen one'));
      await host.say(textMessage('unseen two'));
      await page.getByRole('button', { name: '2 new' }).click();
      await page.locator('article', { hasText: 'unseen two' }).waitFor();
      await isAtEnd(page);
    });
  });

  it('shows what one has just written, wherever one was reading', async () => {
    const host = longHost(200);
    await withChatPage(browser(), host, async ({ page }) => {
      await page.getByText('number 199').waitFor();
      await scrollAway(page);
      await host.say(textMessage('my own words', 'self'));
      await page.locator('article', { hasText: 'my own words' }).waitFor();
      await isAtEnd(page);
    });
  });

  it('keeps the end in view when what stands there grows or the panel shrinks', async () => {
    const host = longHost(60);
    await withChatPage(browser(), host, async ({ page }) => {
      await page.getByText('number 59').waitFor();
      const last = host.messages.at(-1);
      assert.ok(last);
      await host.say({ ...last, body: { kind: 'text', text: 'grown '.repeat(400) } });
      await page.locator('article', { hasText: 'grown' }).waitFor();
      await isAtEnd(page);
      await page.setViewportSize({ width: 250, height: 400 });
      await isAtEnd(page);
    });
  });

  it('goes to what was searched for, far from what is loaded, and back to the end', async () => {
    const host = longHost(3000);
    await withChatPage(browser(), host, async ({ page }) => {
      await page.getByText('number 2999').waitFor();
      await page.keyboard.press('Control+f');
      await page.keyboard.type('number 1234');
      await page.getByText('1 found').waitFor();
      await page.keyboard.press('Enter');
      const found = page.locator('article.is-found');
      await found.waitFor();
      assert.match(await found.innerText(), /number 1234 /);
      await until(async () => {
        const box = await found.boundingBox();
        return box !== null && box.y > 60 && box.y < 600;
      });
      // Something new does not tear this run away.
      await host.say(textMessage('meanwhile'));
      await settled(page);
      assert.equal(await page.locator('article', { hasText: 'meanwhile' }).count(), 0);
      await page.keyboard.press('Escape');
      assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'TEXTAREA');
      await page.locator('.newest').click();
      await page.locator('article', { hasText: 'meanwhile' }).waitFor();
      await isAtEnd(page);
    });
  });

  it('is walked through with the arrow keys, one stop for Tab', async () => {
    const host = longHost(300);
    await withChatPage(browser(), host, async ({ page }) => {
      await page.getByText('number 299').waitFor();
      assert.equal(await page.locator('article[tabindex="0"]').count(), 1);
      await page.locator('article[tabindex="0"]').focus();
      for (let step = 0; step < 30; step += 1) await page.keyboard.press('ArrowUp');
      await until(async () => ((await focused(page)) ?? '').includes('number 269 '));
      assert.equal(await page.locator('article[tabindex="0"]').count(), 1);
      await page.keyboard.press('End');
      await until(async () => ((await focused(page)) ?? '').includes('number 299 '));
      await page.keyboard.press('ArrowDown');
      assert.match((await focused(page)) ?? '', /number 299 /);
    });
  });

  it('says that messages were read only when the end is in view', async () => {
    const host = longHost(200);
    await withChatPage(browser(), host, async ({ page }) => {
      await page.getByText('number 199').waitFor();
      await page.bringToFront();
      await scrollAway(page);
      const unread = textMessage('read me', 'agent', { state: 'received' });
      await host.say(unread);
      await page.getByRole('button', { name: '1 new' }).waitFor();
      assert.deepEqual(host.of('read'), []);
      await page.locator('.newest').click();
      await until(() => host.of('read').length === 1);
      assert.deepEqual(host.of('read'), [{ messageId: unread.messageId }]);
    });
  });
});

async function scrollBy(page: Page, pixels: number): Promise<void> {
  await page.locator('.thread').evaluate((list, by) => {
    list.scrollTop += by;
  }, pixels);
  await settled(page);
}

/** Again and again, because the list goes to its end until all there is measured. */
async function scrollAway(page: Page): Promise<void> {
  await until(async () => {
    await scrollBy(page, -900);
    return (await page.getByRole('button', { name: 'Newest' }).count()) > 0;
  });
}

/** The list has measured what it shows. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let frame = 0; frame < 4; frame += 1) await new Promise(requestAnimationFrame);
  });
}

async function isAtEnd(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const list = document.querySelector('.thread');
    return list !== null && list.scrollHeight - list.scrollTop - list.clientHeight < 24;
  });
}

function focused(page: Page): Promise<string | null | undefined> {
  return page.evaluate(() => document.activeElement?.closest('article')?.textContent);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('It did not come about within 10 s.');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

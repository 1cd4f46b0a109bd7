import assert from 'node:assert/strict';
import { browserOnce } from './support/browserOnce';
import { ChatPageHost, textMessage } from './support/chatPageHost';
import { withChatPage } from './support/withChatPage';

/** Words of a stranger must never run, load or open anything: then a chat would be a way in. */
describe('hostile Markdown in the chat page', () => {
  const browser = browserOnce();

  const HOSTILE = [
    '<script>window.pwned = 1</script>',
    '<img src=x onerror="window.pwned = 1">',
    '<svg onload="window.pwned = 1"><a xlink:href="javascript:window.pwned=1">x</a></svg>',
    '<iframe src="https://evil.example/frame"></iframe><object data="https://evil.example/o"></object>',
    '<style>@import "https://evil.example/style";</style><link rel=stylesheet href=//evil.example/l>',
    '<a href="javascript:window.pwned=1" data-href="javascript:window.pwned=1">raw</a>',
    '<div data-block="0" style="position:fixed">raw</div>',
    '[a](javascript:window.pwned=1) [b](JaVaScRiPt:window.pwned=1) [c](java\nscript:window.pwned=1)',
    '[d](data:text/html,<script>window.pwned=1</script>) [e](vbscript:x) [f](file:///etc/passwd)',
    '[g](command:workbench.action.terminal.new) [h](vscode://beeline/x) [i](//evil.example/relative)',
    '[j](&#106;avascript:window.pwned=1) [k](\u0001javascript:window.pwned=1) <javascript:window.pwned=1>',
    '![tracker](https://evil.example/pixel.png) ![x](data:image/svg+xml,<svg onload=alert(1)>)',
    '[![in](https://evil.example/inner.png)](https://ok.example/)',
    '![](https://evil.example/"onload="window.pwned=1)',
    '[ref]: javascript:window.pwned=1\n\n[ref] [x][ref]',
    '```"><img src=x onerror=window.pwned=1>\n</code></pre><script>window.pwned=1</script>\n```',
    '`<img src=x onerror=window.pwned=1>` **<b onmouseover=window.pwned=1>**',
    '| a |\n|:-:|\n| <img src=x onerror=window.pwned=1> |',
    `${'> '.repeat(500)}deep`,
    `${'- '.repeat(500)}deep`,
    `${'['.repeat(8000)}${'('.repeat(8000)}`,
    '*a_'.repeat(8000),
    'x'.repeat(32 * 1024),
    `\`\`\`ts\n${'('.repeat(32 * 1024)}\n\`\`\``,
  ];

  it('shows as it was written what would become too much of a page', async () => {
    const row = '|'.repeat(200);
    const table = `${row}\n${'|-'.repeat(199)}|\n${'|a\n'.repeat(8000)}`;
    const blocks = '\n```\nx\n```\n'.repeat(2500);
    for (const [text, part] of [
      [table, 'td'],
      [blocks, 'figure'],
    ] as const) {
      const host = new ChatPageHost();
      host.messages = [textMessage(text)];
      await withChatPage(browser(), host, async ({ page }) => {
        const shown = page.locator('article .text');
        await shown.waitFor({ state: 'attached' });
        assert.equal(await shown.locator(part).count(), 0, part);
        assert.ok(((await shown.textContent()) ?? '').length > text.length / 2, 'nothing is lost');
      });
    }
  });

  it('runs nothing, loads nothing, and breaks no rule of the policy', async () => {
    const host = new ChatPageHost();
    host.messages = HOSTILE.map((text) => textMessage(text));
    await withChatPage(browser(), host, async ({ page, violations, strays, errors }) => {
      // Every message is put on the page once, however long they are together.
      for (const { messageId } of host.messages) {
        const article = page.locator(`article[data-key="agent:${messageId}"]`);
        for (let tries = 0; tries < 100 && (await article.count()) === 0; tries += 1) {
          await page.locator('.thread').evaluate((list) => {
            list.scrollTop -= 300;
          });
          await page.evaluate(() => new Promise(requestAnimationFrame));
        }
        if ((await article.count()) === 0) {
          await page.locator('.thread').evaluate((list) => {
            list.scrollTop = list.scrollHeight;
          });
        }
      }
      for (const link of await page.locator('[role="link"]').all()) {
        await link.evaluate((one: HTMLElement) => {
          one.click();
        });
      }
      assert.equal(await page.evaluate(() => 'pwned' in window), false);
      assert.equal(await page.locator('.text :is(img,script,iframe,style,svg,object)').count(), 0);
      assert.deepEqual(await violations(), []);
      assert.deepEqual(strays, []);
      assert.deepEqual(errors, []);
      for (const { href } of host.of('openLink')) assert.match(href, /^(?:https?|mailto):/);
      assert.equal(page.url(), 'http://panel.example/');
    });
  });

  it('shows each of them within a moment, however it is built', async () => {
    const host = new ChatPageHost();
    await withChatPage(browser(), host, async ({ page }) => {
      for (const text of HOSTILE) {
        const message = textMessage(text);
        host.messages = [message];
        await host.tell('reload', {});
        const shown = page.locator(`article[data-key="agent:${message.messageId}"] .text`);
        await shown.waitFor({ state: 'attached', timeout: 8000 });
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= 480, `wider than the panel: ${text.slice(0, 40)}`);
      }
    });
  });

  it('opens a link by asking, and says where it leads when its words say otherwise', async () => {
    const host = new ChatPageHost();
    host.messages = [
      textMessage('[https://bank.example/login](https://evil.example/login)'),
      textMessage('[docs](https://docs.example/a?b=1#c) and mail <me@mail.example>'),
      textMessage('https://xn--80ak6aa92e.example and https://аррӏе.example'),
    ];
    await withChatPage(browser(), host, async ({ page }) => {
      await page.locator('[role="link"]').nth(4).waitFor();
      const texts = await page.locator('[role="link"]').allTextContents();
      assert.deepEqual(texts, [
        'https://bank.example/login (evil.example)',
        'docs',
        'me@mail.example',
        'https://xn--80ak6aa92e.example',
        'https://аррӏе.example (xn--80ak6aa92e.example)',
      ]);
      await page.getByText('docs').click();
      await page.getByText('me@mail.example').focus();
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => true);
      assert.deepEqual(
        host.of('openLink').map(({ href }) => href),
        ['https://docs.example/a?b=1#c', 'mailto:me@mail.example'],
      );
    });
  });

  it('shows characters that turn text around by their numbers, and copies code as it is', async () => {
    const host = new ChatPageHost();
    const code = 'if (admin\u202e) { // \u2066safe';
    host.messages = [textMessage(`open \u202egnp.exe\n\n\`\`\`js\n${code}\n\`\`\``)];
    await withChatPage(browser(), host, async ({ page }) => {
      await page.getByText('open ⟨U+202E⟩gnp.exe').waitFor();
      await page.locator('pre').getByText('⟨U+2066⟩safe').waitFor();
      assert.equal(
        /[\u202a-\u202e\u2066-\u2069]/u.test(await page.locator('.thread').innerText()),
        false,
      );
      await page.getByLabel('Copy').click();
      await page.getByLabel('Copied').waitFor();
      await page.getByLabel('Insert at Cursor').click();
      await page.getByLabel('Open as File').click();
      assert.deepEqual(host.of('copy'), [{ text: code }]);
      assert.deepEqual(host.of('insertAtCursor'), [{ text: code }]);
      assert.deepEqual(host.of('openAsFile'), [{ text: code, language: 'js' }]);
    });
  });

  it('colours code as the host says, and again when the theme changes', async () => {
    const host = new ChatPageHost();
    host.messages = [textMessage('```ts\nconst a = 1;\n```')];
    await withChatPage(browser(), host, async ({ page, violations }) => {
      const word = page.locator('pre span', { hasText: 'const' }).first();
      const color = (): Promise<string> => word.evaluate((span) => getComputedStyle(span).color);
      await word.waitFor();
      assert.equal(await color(), 'rgb(86, 156, 214)');
      host.theme = 'light';
      await host.tell('theme', {});
      await page.waitForFunction(() => {
        const span = document.querySelector('pre span');
        return span !== null && getComputedStyle(span).color === 'rgb(0, 0, 255)';
      });
      assert.deepEqual(await violations(), []);
    });
  });
});

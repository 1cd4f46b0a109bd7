import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { browserOnce } from './support/browserOnce';
import { ChatPageHost, textMessage } from './support/chatPageHost';
import { withChatPage } from './support/withChatPage';

/** What somebody has written is never lost, and leaves only when they say so. */
describe('writing in the chat page', () => {
  const browser = browserOnce();

  it('sends with Enter, breaks the line with Shift+Enter, and sends nothing empty', async () => {
    const host = new ChatPageHost();
    await withChatPage(browser(), host, async ({ page }) => {
      const input = page.locator('textarea');
      await input.click();
      await page.keyboard.press('Enter');
      await page.keyboard.type('  ');
      await page.keyboard.press('Enter');
      await input.fill('');
      await page.keyboard.type('one');
      await page.keyboard.press('Shift+Enter');
      await page.keyboard.type('two');
      assert.deepEqual(host.sent, []);
      await page.keyboard.press('Enter');
      await until(() => host.sent.length === 1);
      assert.deepEqual(host.sent, ['one\ntwo']);
      assert.match(host.of('send')[0]?.messageId ?? '', /^[0-9a-f]{32}$/);
      assert.equal(await input.inputValue(), '');
    });
  });

  it('gives back what the host refused, before what was begun meanwhile', async () => {
    const host = new ChatPageHost();
    let refuse = (): void => undefined;
    host.answers.send = () =>
      new Promise((_resolve, reject) => {
        refuse = () => {
          reject(new Error('The message has too many bytes.'));
        };
      });
    await withChatPage(browser(), host, async ({ page }) => {
      await page.locator('textarea').click();
      await page.keyboard.type('first');
      await page.keyboard.press('Enter');
      await page.keyboard.type('second');
      await until(() => host.sent.length === 1);
      refuse();
      await page.getByRole('alert').getByText('The message has too many bytes.').waitFor();
      assert.equal(await page.locator('textarea').inputValue(), 'first\nsecond');
    });
  });

  it('keeps the draft when the page is loaded anew', async () => {
    const host = new ChatPageHost();
    await withChatPage(browser(), host, async ({ page }) => {
      await page.locator('textarea').fill('half a thou');
      await page.reload();
      await page.locator('textarea').waitFor();
      assert.equal(await page.locator('textarea').inputValue(), 'half a thou');
    });
  });

  it('says once that somebody types, and that they stopped', async () => {
    const host = new ChatPageHost();
    await withChatPage(browser(), host, async ({ page }) => {
      await page.locator('textarea').click();
      await page.keyboard.type('quick');
      await page.keyboard.press('Enter');
      await until(() => host.of('typing').length === 2);
      assert.deepEqual(host.of('typing'), [{ isTyping: true }, { isTyping: false }]);
    });
  });

  it('shows the way of the messages, who types, and why they wait, in words', async () => {
    const host = new ChatPageHost();
    await withChatPage(browser(), host, async ({ page }) => {
      await page.getByText('direct', { exact: true }).waitFor();
      await host.setChat({ path: { kind: 'relayed', over: 'service' }, isTyping: true });
      await page.getByText('relayed (end-to-end encrypted)').waitFor();
      await page.getByText('agent-b is typing…').waitFor();
      await host.setChat({ path: { kind: 'offline' }, waiting: 2 });
      await page.getByText('offline: will be sent when agent-b is back').waitFor();
      // Whoever takes no chats is not away, and that is said once.
      for (const kind of ['offline', 'connecting'] as const) {
        await host.setChat({ path: { kind }, trouble: 'Nobody there.' });
        await page.getByText('Nobody there.').waitFor();
        const said = await page.locator('header .path').innerText();
        assert.equal(said.trim(), 'Nobody there.');
        assert.equal(await page.getByText('Nobody there.').count(), 1);
      }
    });
  });

  it('follows a message from waiting to read, and reads aloud what arrives', async () => {
    const host = new ChatPageHost();
    await withChatPage(browser(), host, async ({ page }) => {
      await page.getByText('Say something to agent-b').waitFor();
      const message = textMessage('mine', 'self', { state: 'waiting' });
      for (const state of ['waiting', 'sent', 'delivered', 'read'] as const) {
        await host.say({ ...message, state });
        await page.locator('article .mark').getByText(state).waitFor();
      }
      assert.equal(await page.locator('article').count(), 1);
      await host.say(textMessage('hello there', 'agent', { state: 'received' }));
      await page.locator('[aria-live="polite"]').getByText('agent-b: hello there').waitFor();
    });
  });

  it('hands dropped files over in chunks that arrive whole', async () => {
    const host = new ChatPageHost();
    await withChatPage(browser(), host, async ({ page }) => {
      await page.locator('textarea').waitFor();
      await drop(page, { files: { 'a.bin': 1_300_000, 'b.txt': 0 } });
      await until(() => host.of('uploadEnd').length === 1);
      const [begin] = host.of('uploadBegin');
      assert.deepEqual(begin?.files, [
        { path: 'a.bin', size: 1_300_000 },
        { path: 'b.txt', size: 0 },
      ]);
      const bytes = Buffer.concat(
        host.of('uploadChunk').map((chunk) => Buffer.from(chunk.bytes, 'base64')),
      );
      assert.equal(bytes.length, 1_300_000);
      assert.ok(bytes.every((byte, index) => byte === index % 251));
      assert.deepEqual(
        host.of('uploadChunk').map(({ offset }) => offset),
        [0, 524_288, 1_048_576],
      );
      assert.deepEqual(host.of('uploadEnd'), [{ uploadId: begin.uploadId, cancel: false }]);
    });
  });

  it('reads a dropped folder with everything in it', async () => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'beeline-drop-'));
    const host = new ChatPageHost();
    try {
      await fs.mkdir(path.join(folder, 'top', 'inner'), { recursive: true });
      await fs.writeFile(path.join(folder, 'top', 'a.txt'), 'one');
      await fs.writeFile(path.join(folder, 'top', 'inner', 'b.txt'), 'three');
      await withChatPage(browser(), host, async ({ page }) => {
        await page.locator('textarea').waitFor();
        // As the operating system drops it: only that has folders.
        const devtools = await page.context().newCDPSession(page);
        const data = { items: [], files: [path.join(folder, 'top')], dragOperationsMask: 1 };
        for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
          await devtools.send('Input.dispatchDragEvent', { type, x: 200, y: 200, data });
        }
        await until(() => host.of('uploadEnd').length === 1);
        const files = [...(host.of('uploadBegin')[0]?.files ?? [])];
        assert.deepEqual(
          files.sort((a, b) => a.path.localeCompare(b.path)),
          [
            { path: 'top/a.txt', size: 3 },
            { path: 'top/inner/b.txt', size: 5 },
          ],
        );
      });
    } finally {
      await fs.rm(folder, { recursive: true, force: true });
    }
  });

  it('takes an upload back when it is cancelled or a chunk is refused', async () => {
    const host = new ChatPageHost();
    host.answers.uploadChunk = () => {
      throw new Error('The disk is full.');
    };
    await withChatPage(browser(), host, async ({ page }) => {
      await page.locator('textarea').waitFor();
      await drop(page, { files: { 'a.bin': 1000 } });
      await page.getByRole('alert').getByText('The disk is full.').waitFor();
      assert.deepEqual(
        host.of('uploadEnd').map(({ cancel }) => cancel),
        [true],
      );
      // Never answered: it runs until somebody ends it.
      let isHeld = false;
      let go = (): void => undefined;
      host.answers.uploadChunk = ({ offset }) => {
        if (offset === 0) return null;
        isHeld = true;
        return new Promise((resolve) => {
          go = () => {
            resolve(null);
          };
        });
      };
      await drop(page, { files: { 'big.bin': 3_000_000 } });
      await page.getByLabel('Cancel big.bin').click();
      await until(() => isHeld);
      go();
      await until(() => host.of('uploadEnd').length === 2);
      assert.equal(host.of('uploadEnd')[1]?.cancel, true);
      await page.getByLabel('Cancel big.bin').waitFor({ state: 'detached' });
    });
  });

  it('passes on what was dragged from the editor as it is named, and nothing of the web', async () => {
    const host = new ChatPageHost();
    await withChatPage(browser(), host, async ({ page }) => {
      await page.locator('textarea').waitFor();
      await drop(page, { uris: '# a remark\r\nfile:///home/a/x.ts\r\nvscode-remote://ssh/home/y' });
      await until(() => host.of('dropUris').length === 1);
      assert.deepEqual(host.of('dropUris'), [
        { uris: ['file:///home/a/x.ts', 'vscode-remote://ssh/home/y'] },
      ]);
      await drop(page, { uris: 'https://evil.example/x\r\njavascript:alert(1)' });
      await page.locator('textarea').fill('x');
      await page.keyboard.press('Enter');
      await until(() => host.sent.length === 1);
      assert.equal(host.of('dropUris').length, 1);
    });
  });

  it('shows transfers with what can be done, and says when one is not here', async () => {
    const host = new ChatPageHost();
    const transferId = 't1';
    host.messages = [
      textMessage('', 'agent', { body: { kind: 'file', transferId } }),
      textMessage('', 'agent', { body: { kind: 'file', transferId: 'elsewhere' } }),
    ];
    const transfer = { transferId, title: 'photos', direction: 'receive', status: '3 MB' } as const;
    host.transfers = [{ ...transfer, state: 'offered', actions: ['accept', 'decline'] }];
    await withChatPage(browser(), host, async ({ page }) => {
      await page.getByText('This transfer is not here').waitFor();
      await page.getByRole('button', { name: 'Accept' }).click();
      await until(() => host.of('transferAction').length === 1);
      assert.deepEqual(host.of('transferAction'), [{ transferId, action: 'accept' }]);
      const running = { ...transfer, state: 'running', progress: 0.42, actions: ['cancel'] };
      await host.tell('transfers', [running]);
      await page.locator('[role="progressbar"][aria-valuenow="42"]').waitFor();
      await page.getByRole('button', { name: 'Cancel' }).waitFor();
    });
  });

  it('opens a code reference by its message', async () => {
    const host = new ChatPageHost();
    const range = { startLine: 3, startCharacter: 1, endLine: 5, endCharacter: 2 };
    const body = { kind: 'code', path: 'app/src/x.ts', range, text: 'let x;' } as const;
    host.messages = [textMessage('', 'agent', { body })];
    await withChatPage(browser(), host, async ({ page }) => {
      await page.getByRole('button', { name: 'app/src/x.ts:3-5' }).click();
      await until(() => host.of('openCode').length === 1);
      assert.deepEqual(host.of('openCode'), [{ messageId: host.messages[0]?.messageId }]);
    });
  });
});

/** A drop from outside with files of bytes 0 to 250 over and over, or from the editor with URIs. */
async function drop(
  page: Page,
  what: { readonly files?: Record<string, number>; readonly uris?: string },
): Promise<void> {
  await page.evaluate(({ files = {}, uris }) => {
    const data = new DataTransfer();
    for (const [name, size] of Object.entries(files)) {
      const bytes = Uint8Array.from({ length: size }, (_, index) => index % 251);
      data.items.add(new File([bytes], name));
    }
    if (uris !== undefined) data.setData('text/uri-list', uris);
    const init = { dataTransfer: data, bubbles: true, cancelable: true };
    document.body.dispatchEvent(new DragEvent('dragover', init));
    document.body.dispatchEvent(new DragEvent('drop', init));
  }, what);
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('It did not come about within 10 s.');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

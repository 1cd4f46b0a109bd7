import assert from 'node:assert/strict';
import * as v from 'valibot';
import type { ToPage } from '../../../src/bridge/envelope';
import { errors } from '../../../src/core/errors';
import { chatShapes } from '../../../src/host/panel/chatShapes';
import { PageBridge, type Desk, type PagePort } from '../../../src/host/panel/pageBridge';
import { refusals } from '../../../src/host/panel/refusals';

interface Requests {
  double: { readonly params: { readonly value: number }; readonly result: number };
  fail: { readonly params: Record<string, never>; readonly result: null };
}

/** A page whose messages are handed over by the test. */
class Page implements PagePort {
  readonly told: ToPage[] = [];
  private listener: (message: unknown) => void = () => undefined;

  postMessage(message: ToPage): Promise<boolean> {
    this.told.push(message);
    return Promise.resolve(true);
  }

  onDidReceiveMessage(listener: (message: unknown) => void): { dispose(): void } {
    this.listener = listener;
    return {
      dispose: () => {
        this.listener = () => undefined;
      },
    };
  }

  async says(...messages: unknown[]): Promise<readonly ToPage[]> {
    this.told.length = 0;
    for (const message of messages) this.listener(message);
    await new Promise((resolve) => setImmediate(resolve));
    return [...this.told];
  }
}

const request = (method: string, params: unknown, id = 1) => ({
  kind: 'request',
  id,
  method,
  params,
});

describe('a page that asks', () => {
  let page: Page;
  let warned: string[];
  let asked: number[];
  let failure: unknown;
  let bridge: PageBridge<Requests, { news: string }>;
  let desk: Desk | undefined;

  beforeEach(() => {
    page = new Page();
    warned = [];
    asked = [];
    desk = undefined;
    bridge = new PageBridge<Requests, { news: string }>({
      port: page,
      shapes: { double: v.object({ value: v.number() }), fail: v.object({}) },
      answers: {
        double: ({ value }) => {
          asked.push(value);
          return 2 * value;
        },
        fail: () => {
          throw failure;
        },
      },
      desk: () => desk,
      warn: (line) => {
        warned.push(line);
      },
    });
  });

  it('is answered once, by the number of its request', async () => {
    assert.deepEqual(await page.says(request('double', { value: 4 }, 7)), [
      { kind: 'answer', id: 7, result: 8 },
    ]);
  });

  it('with a wrong shape is refused, nothing is done, and the next request works', async () => {
    for (const params of [undefined, null, 7, 'x', [], {}, { value: '4' }, { value: null }]) {
      const [answer] = await page.says(request('double', params));
      assert.ok(answer?.kind === 'refusal', JSON.stringify(params));
      assert.equal(answer.error.code, 'BAD_REQUEST');
    }
    assert.deepEqual(asked, []);
    const [answer] = await page.says(request('double', { value: 1 }));
    assert.equal(answer?.kind, 'answer');
  });

  it('for something that does not exist, or that every object has, is refused', async () => {
    for (const method of ['', 'triple', 'constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const [answer] = await page.says(request(method, { value: 1 }));
      assert.ok(answer?.kind === 'refusal', method);
    }
  });

  it('with what is no request at all gets no answer, and none of it is logged', async () => {
    const secret = 'do not log this';
    const messages = [
      ...[undefined, null, 1, secret, [], {}, { kind: 'request' }],
      { kind: 'request', id: 'x', method: 'double', params: secret },
      { kind: 'answer', id: 1, result: secret },
      { kind: 'request', id: 1.5, method: 'double', params: {} },
      { kind: 'request', id: 1, method: 'x'.repeat(65), params: {} },
    ];
    assert.deepEqual(await page.says(...messages), []);
    assert.equal(warned.length, messages.length);
    assert.ok(!warned.join().includes(secret));
  });

  it('hears the sentence of what went wrong, of ours or of the engine, and no stack', async () => {
    failure = refusals.outside();
    const [own] = await page.says(request('fail', {}));
    assert.ok(own?.kind === 'refusal');
    assert.equal(own.error.code, 'OUTSIDE_WORKSPACE');
    failure = errors.chatFull('agent-b');
    const [engine] = await page.says(request('fail', {}));
    assert.ok(engine?.kind === 'refusal');
    assert.deepEqual(Object.keys(engine.error).toSorted(), ['code', 'message']);
    assert.equal(engine.error.code, 'CHAT_FULL');
  });

  it('is passed on where another desk answers, and only there', async () => {
    desk = {
      handles: (method) => method === 'hangUp',
      answer: (method) => Promise.resolve(method),
    };
    assert.deepEqual(
      await page.says(request('hangUp', {}), request('double', { value: 2 }, 2)),
      [
        { kind: 'answer', id: 2, result: 4 },
        { kind: 'answer', id: 1, result: 'hangUp' },
      ].toSorted((a, b) => a.id - b.id),
    );
  });

  it('hears nothing more once its panel is closed', async () => {
    bridge.dispose();
    bridge.emit('news', 'x');
    assert.deepEqual(await page.says(request('double', { value: 1 })), []);
  });
});

describe('what a chat panel may ask', () => {
  const id = 'a'.repeat(32);
  const good: Readonly<Record<string, unknown>> = {
    messages: { limit: 100, before: id },
    send: { messageId: id, text: 'Hello.' },
    read: { messageId: id },
    uploadBegin: { uploadId: id, files: [{ path: 'a/b.txt', size: 0 }] },
    uploadChunk: { uploadId: id, file: 0, offset: 0, bytes: 'QUJD' },
    transferAction: { transferId: id, action: 'accept' },
    openAsFile: { text: 'x', language: 'c++' },
  };
  const bad: Readonly<Record<string, readonly unknown[]>> = {
    messages: [{ limit: 0 }, { limit: 201 }, { limit: 1.5 }, { limit: 10, before: 'x' }],
    send: [
      { messageId: 'A'.repeat(32), text: 'x' },
      { messageId: id, text: '' },
      { messageId: id },
    ],
    read: [{ messageId: `${id}0` }],
    uploadBegin: [
      { uploadId: id, files: [] },
      { uploadId: id, files: [{ path: 'a', size: -1 }] },
      { uploadId: id, files: [{ path: 'a', size: 2 ** 60 }] },
      { uploadId: id, files: [{ path: '', size: 0 }] },
    ],
    uploadChunk: [
      { uploadId: id, file: 0, offset: 0, bytes: '%%%' },
      { uploadId: id, file: -1, offset: 0, bytes: 'QUJD' },
      { uploadId: id, file: 0, offset: 0, bytes: 'A'.repeat(1024 * 1024) },
    ],
    transferAction: [
      { transferId: id, action: 'delete' },
      { transferId: 7, action: 'accept' },
    ],
    openAsFile: [{ text: 'x', language: '../evil' }],
  };

  it('has the shape that the contract gives it, and nothing else', () => {
    const isGood = (method: string, params: unknown) =>
      v.is(chatShapes[method as keyof typeof chatShapes], params);
    for (const [method, params] of Object.entries(good)) assert.ok(isGood(method, params), method);
    for (const [method, all] of Object.entries(bad)) {
      for (const params of all) assert.ok(!isGood(method, params), JSON.stringify(params));
    }
  });
});

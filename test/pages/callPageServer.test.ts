import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { withEngines } from '../support/withEngines';
import { withHub } from '../support/withHub';
import { withPages } from './support/buildPages';
import { launchCallBrowser } from './support/callBrowser';
import { get, HandPage } from './support/pageClient';
import { callOf, withCalls } from './support/withCalls';

/**
 * Whoever gets past this server hears and sees the person at the computer, so everything that is
 * not the one browser that was handed the link has to be refused.
 */
describe('the server of a call page', function () {
  this.timeout(60_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const pages = withPages({ call: 'webview/call/main.tsx' });
  const calls = withCalls(engines, pages);

  it('lets one in with the token, once, and never with another one', async () => {
    const { port, token } = await serve();
    for (const wrong of [
      '',
      randomBytes(32).toString('base64url'),
      token.slice(0, -1),
      `${token}A`,
    ]) {
      const stranger = new HandPage(port);
      assert.equal(await stranger.redeem(wrong), 'closed');
      assert.match((await stranger.closed).reason, /used up/);
    }
    const page = new HandPage(port);
    const next = await page.redeem(token);
    assert.match(next, /^[\w-]{43}$/);
    assert.notEqual(next, token);
    await page.ask(1, 'callReady', { camera: true, microphone: true, screen: true });
    const ready = (await page.answer(1)) as { result: { call: { state: { kind: string } } } };
    assert.equal(ready.result.call.state.kind, 'ringing');
    page.close();
  });

  it('lets in who has the token, however many others connect and say nothing', async () => {
    const { port, token } = await serve();
    const silent = Array.from({ length: 20 }, () => new HandPage(port));
    let gone = 0;
    await new Promise<void>((resolve) => {
      // Eight may wait, whichever those are.
      for (const { closed } of silent) {
        void closed.then(() => {
          gone += 1;
          if (gone === 12) resolve();
        });
      }
    });
    const page = new HandPage(port);
    assert.match(await page.redeem(token), /^[\w-]{43}$/);
    page.close();
  });

  it('ends everything and warns when a link was used a second time', async () => {
    const warned: string[] = [];
    const { port, token, server } = await serve({ onWarning: (sentence) => warned.push(sentence) });
    const page = new HandPage(port);
    await page.redeem(token);
    const thief = new HandPage(port);
    assert.equal(await thief.redeem(token), 'closed');
    assert.match((await page.closed).reason, /second time/, 'the first one is told why');
    await server.closed;
    await assert.rejects(get(port, '/'), 'nobody listens any more');
    assert.equal(warned.length, 1);
  });

  it('is gone when nobody opened the link in its time', async () => {
    const { port, server } = await serve({ limits: { tokenMs: 50 } });
    await server.closed;
    await assert.rejects(get(port, '/'));
  });

  it('lets a reloaded tab in again with the token of its first socket, and no second tab beside it', async () => {
    const { port, token } = await serve();
    const page = new HandPage(port);
    const next = await page.redeem(token);
    const beside = new HandPage(port);
    assert.equal(await beside.redeem(next), 'closed');
    assert.match((await beside.closed).reason, /another tab/);
    page.close();
    await page.closed;
    const reloaded = new HandPage(port);
    assert.match(await reloaded.redeem(next), /^[\w-]{43}$/);
    reloaded.close();
  });

  it('answers nobody who came by another name or from another page', async () => {
    const { port, token } = await serve();
    const own = `127.0.0.1:${String(port)}`;
    for (const host of [
      'evil.example',
      `evil.example:${String(port)}`,
      '127.0.0.1',
      `localhost:${String(port)}`,
      `${own}.evil.example`,
    ]) {
      assert.equal((await get(port, '/', { host })).status, 403, `Host: ${host}`);
      assert.equal((await new HandPage(port, { host }).closed).code, 403, `Host: ${host}`);
    }
    for (const origin of [
      'http://evil.example',
      'null',
      'https://127.0.0.1',
      `https://${own}`,
      `http://localhost:${String(port)}`,
      'http://127.0.0.1:1',
    ]) {
      const page = new HandPage(port, { Origin: origin });
      assert.equal((await page.closed).code, 403, `Origin: ${origin}`);
      assert.equal((await get(port, '/call.js', { host: own, origin })).status, 403);
    }
    const page = new HandPage(port);
    assert.notEqual(await page.redeem(token), 'closed', 'none of them used up the token');
    page.close();
  });

  it('takes the name and origin that the editor gives it, and its own, and no third one', async () => {
    const external = 'https://me-8080.tunnel.example/proxy/8080/?tkn=1';
    const { port, token, url } = await serve({ asExternal: () => Promise.resolve(external) });
    assert.equal(url.slice(0, url.indexOf('#')), external);
    const host = 'me-8080.tunnel.example';
    const shown = await get(port, '/', { host });
    assert.equal(shown.status, 200);
    assert.match(
      String(shown.headers['content-security-policy']),
      /connect-src [^;]*wss:\/\/me-8080\.tunnel\.example/,
    );
    assert.equal((await get(port, '/', { host: 'other.tunnel.example' })).status, 403);
    const page = new HandPage(port, { host, Origin: `https://${host}` });
    assert.notEqual(await page.redeem(token), 'closed');
    page.close();
  });

  it('serves its own files only, with a policy that lets nothing else in', async () => {
    const { port, token } = await serve();
    const shown = await get(port, '/');
    assert.equal(shown.status, 200);
    const policy = String(shown.headers['content-security-policy']);
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.match(policy, new RegExp(`connect-src ws://127\\.0\\.0\\.1:${String(port)};`));
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(shown.headers['cache-control'], 'no-store');
    assert.equal(shown.headers['set-cookie'], undefined);
    assert.doesNotMatch(shown.body, /(src|href)="(\/|http)/, 'addresses are relative');
    assert.ok(!shown.body.includes(token));
    assert.equal((await get(port, '/call.js')).status, 200);
    for (const path of [
      '/../package.json',
      '/..%2fpackage.json',
      '/%2e%2e/package.json',
      '/call.js/../../package.json',
      '/.//call.js%00.css',
      '//etc/passwd',
      '/..\\..\\package.json',
      '/call.js.map',
      '/constructor',
    ]) {
      const { status, body } = await get(port, path);
      assert.ok(status === 404 || status === 400, `${path}: ${String(status)}`);
      assert.doesNotMatch(body, /dependencies|root:/);
    }
  });

  it('closes on everything that is no request of the page', async () => {
    const { ben, callId, port } = await serve();
    const words: (string | Buffer)[] = [
      'no JSON',
      '[]',
      'null',
      '{}',
      Buffer.from([1, 2, 3]),
      JSON.stringify({ kind: 'request', id: -1, method: 'redeem', params: {} }),
      JSON.stringify({ kind: 'request', id: 1, method: 'hangUp', params: {} }),
      JSON.stringify({ kind: 'request', id: 0, method: 'redeem', params: { token: 7 } }),
      JSON.stringify({
        kind: 'request',
        id: 0,
        method: 'redeem',
        params: { token: 'x'.repeat(300) },
      }),
      'x'.repeat(200 * 1024),
    ];
    for (const word of words) {
      const stranger = new HandPage(port);
      await stranger.send(word);
      const { code } = await stranger.closed;
      assert.ok(code === 1008 || code === 1009, `${String(word).slice(0, 40)}: ${String(code)}`);
      assert.deepEqual(stranger.said, []);
    }
    assert.equal(callOf(ben, callId)?.state.kind, 'ringing', 'nobody hung up');
  });

  it('refuses requests of the wrong shape and for peers of others, and goes on', async () => {
    const { ben, callId, port, token } = await serve();
    const page = new HandPage(port);
    await page.redeem(token);
    await page.ask(1, 'callReady', { camera: true, microphone: true, screen: true });
    await page.answer(1);
    const other = '1'.repeat(32);
    const wrong: [string, unknown][] = [
      ['callReady', null],
      ['acceptCall', { video: 'yes' }],
      ['tellMedia', {}],
      ['attachPeer', { peerId: 'x', to: 'call' }],
      ['attachPeer', { peerId: other, to: 'chat' }],
      ['peerFrame', { peerId: other, frame: 'AAAA' }],
      ['peerFrame', { peerId: other, frame: 'not base64!' }],
      [
        'peerSignal',
        { peerId: other, to: other, signal: { kind: 'description', type: 'pranswer', sdp: 'v=0' } },
      ],
      ['mirrorSignal', { signal: { kind: 'want' } }],
      ['send', { messageId: other, text: 'hello' }],
      ['constructor', {}],
      ['__proto__', {}],
    ];
    for (const [index, [method, params]] of wrong.entries()) {
      await page.ask(100 + index, method, params);
      const answered = (await page.answer(100 + index)) as { kind: string };
      assert.equal(answered.kind, 'refusal', method);
    }
    assert.equal(callOf(ben, callId)?.state.kind, 'ringing');
    await page.ask(2, 'declineCall', {});
    assert.deepEqual(await page.answer(2), { kind: 'answer', id: 2, result: null });
    await ben.until('the end', () => callOf(ben, callId)?.state.kind === 'ended');
  });

  it('closes when the page was gone for a while', async () => {
    const { port, token, server } = await serve({ limits: { goneMs: 50 } });
    const page = new HandPage(port);
    await page.redeem(token);
    page.close();
    await server.closed;
    await assert.rejects(get(port, '/'));
  });

  it('is not shown inside of another page, nor in a second browser', async () => {
    const { url } = await serve();
    const evil = http.createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(
        `<iframe src="${url}"></iframe><script src="${url.split('#')[0] ?? ''}call.js"></script>`,
      );
    });
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
    const browser = await launchCallBrowser();
    try {
      const page = await browser.newPage();
      const refused: string[] = [];
      page.on('response', (response) => {
        if (response.url().startsWith(url.split('#')[0] ?? '') && response.status() === 403) {
          refused.push(new URL(response.url()).pathname);
        }
      });
      await page.goto(`http://127.0.0.1:${String((evil.address() as AddressInfo).port)}/`);
      const frame = page.frames()[1];
      assert.equal(
        await frame
          ?.locator('#root')
          .count()
          .catch(() => 0),
        0,
      );
      assert.ok(refused.includes('/'), 'the frame was refused by the server');

      const first = await (await browser.newContext()).newPage();
      await first.goto(url);
      await first.getByText('amy is calling').waitFor();
      assert.equal(new URL(first.url()).hash, '', 'the token is not left in the address');
      const second = await (await browser.newContext()).newPage();
      await second.goto(first.url());
      await second.getByText('used up').waitFor();
      await first.getByText('amy is calling').waitFor();
    } finally {
      await browser.close();
      evil.closeAllConnections();
      evil.close();
    }
  });

  async function serve(options: Parameters<typeof calls.serve>[2] = {}) {
    const { ben, callId } = await calls.ring();
    const local: string[] = [];
    const { asExternal } = options;
    const server = await calls.serve(ben, callId, {
      ...options,
      asExternal: (url) => {
        local.push(url);
        return asExternal?.(url) ?? Promise.resolve(url);
      },
    });
    const { url } = server;
    const port = Number(new URL(local[0] ?? '').port);
    return { ben, callId, server, url, port, token: new URL(url).hash.slice(1) };
  }
});

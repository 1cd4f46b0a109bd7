import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { errorCodes } from '../../src/core/errors';
import { bindAddress } from '../../src/hub/hostNames';
import { Guard } from '../../src/hub/http/guard';
import { withHub } from '../support/withHub';
import { ask, Listener } from './support';

const PATHS = [
  '/health',
  '/.well-known/beeline',
  '/tasks',
  '/orgs',
  '/nothing-here',
  '/tasks/stats',
];

describe('a hub with a token', () => {
  const hub = withHub({ token: 'correct-horse' });
  const bearer = (token: string): Record<string, string> => ({ authorization: token });

  for (const path of PATHS) {
    it(`asks for it at ${path}`, async () => {
      for (const wrong of [
        '',
        'Bearer',
        'Bearer ',
        'Bearer correct-hors',
        'Bearer correct-horse2',
        'correct-horse',
        'Basic correct-horse',
      ]) {
        const { status, body } = await ask(hub, 'GET', path, undefined, 'a', bearer(wrong));
        assert.equal(status, 401, wrong);
        assert.match(body.error, /token/);
      }
      const { status } = await ask(
        hub,
        'GET',
        path,
        undefined,
        'a',
        bearer('Bearer correct-horse'),
      );
      assert.equal(status, path === '/nothing-here' ? 404 : 200);
    });
  }

  it('does not wait for refused and half-made connections when it stops', async () => {
    const { hostname, port } = new URL(hub.url);
    const socket = net.connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n');
    await assert.rejects(Listener.open(hub), /refused with 401/);
    const started = performance.now();
    await hub.restart();
    assert.ok(performance.now() - started < 15_000);
    socket.destroy();
  });

  it('asks for it before it reads a body, and at the WebSocket', async () => {
    const { status } = await ask(hub, 'POST', '/tasks', 'not json');
    assert.equal(status, 401);
    await assert.rejects(Listener.open(hub), /refused with 401/);
    await assert.rejects(Listener.open(hub, {}, bearer('Bearer wrong')), /refused with 401/);
    const listener = await Listener.open(hub, {}, bearer('bearer correct-horse'));
    await listener.close();
  });
});

describe('a hub on loopback', () => {
  const hub = withHub();

  for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1', 'http://localhost:1']) {
    it(`refuses what a page of ${origin} asks, also as a WebSocket and as a preflight`, async () => {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const body = method === 'POST' ? { title: 'x' } : undefined;
        const { status, body: answer } = await ask(hub, method, '/tasks', body, 'a', { origin });
        assert.equal(status, 403);
        assert.match(answer.error, /origin/);
      }
      await assert.rejects(Listener.open(hub, {}, { origin }), /refused with 403/);
    });
  }

  it('answers a client that names the hub itself as its origin', async () => {
    const { status } = await ask(hub, 'GET', '/tasks', undefined, 'a', { origin: hub.url });
    assert.equal(status, 200);
    await (await Listener.open(hub, {}, { origin: hub.url })).close();
  });

  // fetch does not let one choose the Host.
  const withHost = (host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      http
        .get(`${hub.url}/tasks`, { headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
        .on('error', reject);
    });

  it('answers only to loopback names, so that no page can rebind its own name to it', async () => {
    const { port } = new URL(hub.url);
    for (const host of [
      'localhost',
      `localhost:${port}`,
      `127.0.0.1:${port}`,
      `[::1]:${port}`,
      'LOCALHOST',
    ]) {
      assert.equal(await withHost(host), 200, host);
    }
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '10.0.0.1',
      'a b',
      '@localhost',
      'x@evil',
    ]) {
      assert.equal(await withHost(host), 403, host);
    }
  });
});

describe('the guard of a hub on all addresses', () => {
  it('answers to any name, and still not to pages of other origins', async () => {
    const guard = new Guard(await bindAddress('0.0.0.0'), undefined);
    guard.check({ host: 'hub.example:8080' });
    guard.check({ host: 'hub.example:8080', origin: 'http://hub.example:8080' });
    assert.throws(() => {
      guard.check({ host: 'hub.example:8080', origin: 'http://other.example' });
    }, /origin/);
  });

  it('gives errors of the closed list for what cannot be bound', async () => {
    await assert.rejects(bindAddress('no-such-host.invalid'), (error: { code?: string }) =>
      (errorCodes as readonly string[]).includes(error.code ?? ''),
    );
  });
});

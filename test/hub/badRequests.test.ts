import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { ask, newTask, onBothDatabases } from './support';

const LIMITS = { bodyBytes: 10_000 };
const parts = (...list: unknown[]): unknown => ({ parts: list });

/** Method, path, body, status, and what the sentence must name. */
const TABLE: readonly (readonly [string, string, unknown, number, RegExp])[] = [
  ['POST', '/tasks', undefined, 400, /title/],
  ['POST', '/tasks', {}, 400, /title/],
  ['POST', '/tasks', '{"title":', 400, /JSON/],
  ['POST', '/tasks', '"text"', 400, /object/],
  ['POST', '/tasks', '[]', 400, /object/],
  ['POST', '/tasks', 'null', 400, /title|object/],
  ['POST', '/tasks', '{"title":"x","__proto__":{"a":1}}', 400, /.\./],
  ['POST', '/tasks', { title: '' }, 400, /title/],
  ['POST', '/tasks', { title: '   ' }, 400, /title/],
  ['POST', '/tasks', { title: 'x'.repeat(501) }, 400, /title/],
  ['POST', '/tasks', { title: 'x\0y' }, 400, /stored/],
  ['POST', '/tasks', { title: 'x', payload: { a: '\0' } }, 400, /stored/],
  ['POST', '/tasks', { title: 'x', payload: [] }, 400, /payload/],
  ['POST', '/tasks', { title: 'x', payload: 'text' }, 400, /payload/],
  ['POST', '/tasks', { title: 'x', priority: 0 }, 400, /priority/],
  ['POST', '/tasks', { title: 'x', priority: 11 }, 400, /priority/],
  ['POST', '/tasks', { title: 'x', priority: 'high' }, 400, /priority/],
  ['POST', '/tasks', { title: 'x', channel: '' }, 400, /channel/],
  ['POST', '/tasks', { title: 'x', payload: { a: 'x'.repeat(10_000) } }, 413, /too large/],
  ['GET', '/tasks?status=done', undefined, 400, /status.*pending/],
  ['GET', '/tasks?limit=0', undefined, 400, /limit/],
  ['GET', '/tasks?limit=1001', undefined, 400, /limit/],
  ['GET', '/tasks?limit=1&limit=2', undefined, 400, /limit/],
  ['GET', '/tasks?offset=-1', undefined, 400, /offset/],
  ['GET', '/tasks?sort_by=id;drop', undefined, 400, /sort_by.*updated_at/],
  ['GET', '/tasks?sort_dir=up', undefined, 400, /sort_dir/],
  ['GET', '/tasks?updated_after=yesterday', undefined, 400, /updated_after/],
  ['GET', '/tasks?created_after=2026-13-01', undefined, 400, /created_after/],
  ['GET', '/tasks?created_after=2026-02-30T00:00:00Z', undefined, 400, /./],
  ['GET', '/tasks?search=%00', undefined, 400, /stored/],
  ['GET', '/tasks/0', undefined, 400, /id/],
  ['GET', '/tasks/abc', undefined, 400, /id/],
  ['GET', '/tasks/1.5', undefined, 400, /id/],
  ['GET', '/tasks/99999999999', undefined, 400, /id/],
  ['GET', '/tasks/2147483647', undefined, 404, /2147483647/],
  ['GET', '/tasks/2147483647/messages', undefined, 404, /2147483647/],
  ['POST', '/tasks/2147483647/claim', {}, 404, /2147483647/],
  ['PATCH', '/tasks/2147483647', {}, 404, /2147483647/],
  ['PATCH', '/tasks/ID', { status: 'done' }, 400, /status/],
  ['PATCH', '/tasks/ID', { title: null }, 400, /title/],
  ['POST', '/tasks/ID/claim', { lease_duration: 0 }, 400, /lease_duration/],
  ['POST', '/tasks/ID/claim', { lease_duration: -5 }, 400, /lease_duration/],
  ['POST', '/tasks/ID/claim', { lease_duration: 1e15 }, 400, /lease_duration/],
  ['POST', '/tasks/ID/claim', { lease_duration: 'soon' }, 400, /lease_duration/],
  ['POST', '/tasks/ID/complete', { outputs: {} }, 400, /outputs/],
  ['POST', '/tasks/ID/reject', { reason: ['x'] }, 400, /reason/],
  ['POST', '/tasks/ID/messages', undefined, 400, /parts/],
  ['POST', '/tasks/ID/messages', parts(), 400, /parts/],
  ['POST', '/tasks/ID/messages', parts('text'), 400, /parts/],
  ['POST', '/tasks/ID/messages', parts({ type: 'text' }), 400, /content/],
  ['POST', '/tasks/ID/messages', parts({ content: 'x' }), 400, /type/],
  ['POST', '/tasks/ID/explode', {}, 404, /explode/],
  ['DELETE', '/tasks/ID', undefined, 404, /DELETE/],
  ['PUT', '/tasks', {}, 404, /PUT/],
  ['GET', '/', undefined, 404, /nothing/],
  ['GET', '/tasks/%zz', undefined, 400, /%zz/],
  ['GET', '/ws', undefined, 426, /WebSocket/],
  ['GET', '/ws?actor_type=robot', undefined, 400, /robot/],
  ['POST', '/orgs', {}, 400, /slug/],
  ['POST', '/orgs', { slug: 'a b' }, 400, /slug/],
  ['POST', '/orgs', { slug: '../x' }, 400, /slug/],
  ['GET', '/orgs/nowhere', undefined, 404, /nowhere/],
  ['GET', '/orgs/nowhere/projects', undefined, 404, /nowhere/],
  ['GET', '/orgs/default/projects/nothing', undefined, 404, /nothing/],
  ['POST', '/orgs/default/projects/nothing/tasks', { title: 'x' }, 404, /nothing/],
];

describe('what bad requests are answered with', () => {
  onBothDatabases(
    (hub) => {
      for (const [method, path, body, expected, sentence] of TABLE) {
        const shown = body === undefined ? 'nothing' : JSON.stringify(body).slice(0, 60);
        it(`${method} ${path} with ${shown}: ${String(expected)}`, async () => {
          const id = await newTask(hub);
          const answer = await ask(hub, method, path.replace('ID', String(id)), body);
          assert.equal(answer.status, expected, JSON.stringify(answer.body));
          assert.deepEqual(Object.keys(answer.body), ['error']);
          assert.match(answer.body.error, sentence);
          assert.match(answer.body.error, /^\S.*[.!?]$/, 'a sentence on one line');
        });
      }

      it('refuses bodies that are not JSON by their type', async () => {
        for (const type of [
          'text/plain',
          'application/x-www-form-urlencoded',
          'multipart/form-data',
        ]) {
          const headers = { 'Content-Type': type };
          const { status, body } = await ask(hub, 'POST', '/tasks', '{"title":"x"}', 'a', headers);
          assert.equal(status, 415);
          assert.match(body.error, /application\/json/);
        }
      });

      it('refuses actors of no known type or without end', async () => {
        const wrong = { 'X-Actor-Type': 'robot' };
        const { status, body } = await ask(hub, 'POST', '/tasks', { title: 'x' }, 'a', wrong);
        assert.equal(status, 400);
        assert.match(body.error, /robot/);
        const long = await ask(hub, 'POST', '/tasks', { title: 'x' }, 'a'.repeat(300));
        assert.equal(long.status, 400);
      });

      it('answers requests without any of the ATS headers', async () => {
        const bare = await new Promise<number | undefined>((resolve, reject) => {
          const request = http.request(
            `${hub.url}/tasks/1/cancel`,
            { method: 'POST' },
            (response) => {
              response.resume();
              resolve(response.statusCode);
            },
          );
          request.on('error', reject).end();
        });
        assert.ok(bare === 200 || bare === 409, String(bare));
      });

      it('outlives what is not HTTP', async () => {
        const { hostname, port } = new URL(hub.url);
        for (const bytes of ['\0\x01\x02', 'GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n']) {
          await new Promise<void>((resolve) => {
            const socket = net.connect(Number(port), hostname, () => socket.write(bytes));
            socket
              .on('error', () => undefined)
              .on('close', () => {
                resolve();
              });
            socket.resume();
          });
        }
        assert.equal((await ask(hub, 'GET', '/health')).status, 200);
      });
    },
    { limits: LIMITS },
  );
});

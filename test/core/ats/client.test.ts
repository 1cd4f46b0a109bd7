import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { ServerResponse } from 'node:http';
import { createAtsClient } from '../../../src/core/ats/client';
import type { AtsClientOptions } from '../../../src/core/ats/client';
import type { AtsClient } from '../../../src/core/ats/types';
import type { ErrorCode } from '../../../src/core/errors';
import { BeelineError } from '../../../src/core/errors';
import { bob } from './support/actors';
import { ScriptedAts } from './support/scriptedAts';
import type { Seen } from './support/scriptedAts';

describe('core/ats client', () => {
  let ats: ScriptedAts;

  beforeEach(async () => {
    ats = new ScriptedAts();
    await ats.start();
  });
  afterEach(() => ats.stop());

  const client = (options: Partial<AtsClientOptions> = {}): AtsClient =>
    createAtsClient({ url: ats.url, actor: bob, ...options });

  const answer = (status: number, body: string, headers: Record<string, string> = {}): void => {
    ats.reply = (_request, response) => {
      response.writeHead(status, headers).end(body);
      return true;
    };
  };

  const last = (): Seen => {
    const seen = ats.requests.at(-1);
    assert.ok(seen);
    return seen;
  };

  describe('requests', () => {
    it('speak the paths, methods, headers and bodies of the service', async () => {
      ats.create();
      const task = JSON.stringify({ task: [...ats.tasks.values()][0] });
      const message = JSON.stringify({ message: { id: 1, parts: [], created_at: '' } });
      answer(200, task);
      const c = client();
      const expect = async (call: () => Promise<unknown>, line: string, body?: unknown) => {
        await call();
        const seen = last();
        assert.equal(`${seen.method} ${seen.url.pathname}${seen.url.search}`, line);
        assert.deepEqual(seen.body === '' ? undefined : JSON.parse(seen.body), body);
        assert.equal(seen.headers['x-actor-type'], 'agent');
        assert.equal(seen.headers['x-actor-id'], 'bob');
        assert.equal(seen.headers['x-actor-name'], 'Bob');
        assert.equal(seen.headers['content-type'], 'application/json');
        assert.equal(seen.headers.authorization, undefined);
      };
      const offer = { title: 'T', type: 'file_offer', channel: 'c', payload: { a: 1 } };
      await expect(() => c.createTask(offer), 'POST /tasks', offer);
      await expect(() => c.getTask(7), 'GET /tasks/7');
      await expect(() => c.claim(7, 5000), 'POST /tasks/7/claim', { lease_duration: 5000 });
      await expect(() => c.complete(7, [{ a: 1 }]), 'POST /tasks/7/complete', {
        outputs: [{ a: 1 }],
      });
      await expect(() => c.cancel(7), 'POST /tasks/7/cancel');
      await expect(() => c.fail(7, 'why'), 'POST /tasks/7/fail', { reason: 'why' });
      await expect(() => c.reject(7, 'why'), 'POST /tasks/7/reject', { reason: 'why' });
      answer(200, message);
      const parts = [{ type: 'text', content: 'hello' }];
      await expect(() => c.addMessage(7, parts), 'POST /tasks/7/messages', { parts });
      answer(200, '{"messages":[]}');
      await expect(() => c.listMessages(7), 'GET /tasks/7/messages');
      answer(200, '{"tasks":[]}');
      await expect(
        () =>
          c.listTasks({
            status: 'pending',
            assigneeId: 'a b',
            updatedAfter: '2024-01-01T00:00:00.000001Z',
            sortBy: 'updated_at',
            sortDir: 'asc',
            limit: 5,
            offset: 10,
          }),
        'GET /tasks?status=pending&assignee_id=a+b&updated_after=2024-01-01T00%3A00%3A00.000001Z' +
          '&sort_by=updated_at&sort_dir=asc&limit=5&offset=10',
      );
    });

    it('go to the project when an organisation or a project is configured', async () => {
      answer(200, '{"tasks":[]}');
      const path = async (options: Partial<AtsClientOptions>): Promise<string> => {
        await client(options).listTasks({});
        return last().url.pathname;
      };
      assert.equal(await path({ organization: '', project: '' }), '/tasks');
      assert.equal(await path({ organization: 'acme' }), '/orgs/acme/projects/main/tasks');
      assert.equal(await path({ project: 'a/b' }), '/orgs/default/projects/a%2Fb/tasks');
      assert.equal(await path({ url: `${ats.url}/hub/` }), '/hub/tasks');
    });

    it('survive any actor name, and send ids as they are', async () => {
      answer(200, '{"tasks":[]}');
      const name = 'Zoë 李\r\nX-Evil: 1 \ud800';
      await client({ actor: { type: 'human', id: 'a%b', name } }).listTasks({});
      assert.equal(last().headers['x-evil'], undefined);
      assert.equal(last().headers['x-actor-id'], 'a%b');
      const sent = last().headers['x-actor-name'];
      assert.equal(sent, 'Zo%C3%AB %E6%9D%8E%0D%0AX-Evil: 1 %EF%BF%BD');
      await client({ actor: { ...bob, name: '字'.repeat(5000) } }).listTasks({});
      assert.equal(last().headers['x-actor-name'], '%E5%AD%97'.repeat(14));
    });
  });

  describe('what the service sends', () => {
    it('is read leniently where nothing depends on it', async () => {
      const task = {
        id: 3,
        status: 'pending',
        updated_at: '2024-01-01T00:00:00.123456+00:00',
        title: null,
        payload: ['not', 'an', 'object'],
        outputs: null,
        type: 7,
        extra: { deep: [1] },
        messages: [{ id: 'm', parts: [{ type: 'text', content: 1 }, 7], created_at: 'x' }, null],
      };
      answer(200, JSON.stringify({ task }));
      const read = await client().getTask(3);
      assert.deepEqual(read.payload, {});
      assert.deepEqual(read.outputs, []);
      assert.equal(read.title, '');
      assert.equal(read.type, undefined);
      assert.equal(read.updatedAt, task.updated_at);
      assert.deepEqual(
        read.messages?.map((message) => message.parts),
        [[{ type: 'text', content: 1 }]],
      );
    });

    it('one bad task in a list does not hide the others', async () => {
      const good = { id: 1, status: 'pending', updated_at: '2024-01-01T00:00:00Z' };
      const bad = [
        null,
        [],
        {},
        { ...good, id: '1' },
        { ...good, id: 1.5 },
        { ...good, status: 'sleeping' },
        { ...good, updated_at: 'yesterday' },
        { ...good, updated_at: '2024-13-45T99:00:00Z' },
      ];
      answer(200, JSON.stringify({ tasks: [...bad, good, ...bad], count: 'many' }));
      assert.deepEqual(
        (await client().listTasks({})).map((task) => task.id),
        [1],
      );
      answer(200, '{"tasks":null}');
      assert.deepEqual(await client().listTasks({}), []);
    });

    it('is refused as ATS_BAD_ANSWER when it makes no sense', async () => {
      const nonsense = ['', 'null', '[]', '7', '{"task":', '<html>hello</html>', '{}'];
      for (const body of [...nonsense, '{"task":null,"tasks":7,"message":{}}']) {
        answer(200, body);
        await fails('ATS_BAD_ANSWER', () => client().getTask(1), body);
        await fails('ATS_BAD_ANSWER', () => client().addMessage(1, []), body);
        await fails('ATS_BAD_ANSWER', () => client().listTasks({}), body);
      }
      answer(200, '['.repeat(1_000_000));
      await fails('ATS_BAD_ANSWER', () => client().getTask(1));
    });

    it('is cut off when it does not end', async () => {
      let written = 0;
      ats.reply = (_request, response) => {
        response.writeHead(200);
        pour(response, (bytes) => (written += bytes));
        return true;
      };
      await fails('ATS_BAD_ANSWER', () => client().listTasks({}));
      assert.ok(written < 64 * 1024 * 1024, `read ${String(written)} bytes`);
    });
  });

  describe('failures', () => {
    const mapping: [number, string, ErrorCode, RegExp][] = [
      [401, '{"error":"no"}', 'ATS_UNAUTHORIZED', /API key/],
      [403, '{"error":"no"}', 'ATS_UNAUTHORIZED', /API key/],
      [404, '{"error":"no"}', 'ATS_NOT_FOUND', /task 5/],
      [409, '{"error":"held by carol"}', 'ATS_CONFLICT', /held by carol/],
      [400, '{"error":"task is already in_progress"}', 'ATS_CONFLICT', /in_progress/],
      [422, '{"message":"cannot complete a Pending task"}', 'ATS_CONFLICT', /Pending/],
      [400, '{"error":"task already failed"}', 'ATS_CONFLICT', /failed/],
      [400, '{"error":"validation failed"}', 'ATS_REFUSED', /HTTP 400.*validation failed/],
      [400, '{"error":7,"message":"second"}', 'ATS_REFUSED', /second/],
      [429, '', 'ATS_REFUSED', /429/],
      [500, '{"error":"completed in flames"}', 'ATS_REFUSED', /HTTP 500/],
      [503, '<html><script>x</script></html>', 'ATS_REFUSED', /^[^<]*$/],
      [418, 'null', 'ATS_REFUSED', /418/],
    ];
    for (const [status, body, code, sentence] of mapping) {
      it(`${String(status)} ${body} is ${code}`, async () => {
        answer(status, body);
        const error = await fails(code, () => client().claim(5, 1000));
        assert.match(error.message, sentence);
      });
    }

    it('a list is never in conflict with a status', async () => {
      answer(400, '{"error":"status must be one of pending, completed"}');
      await fails('ATS_REFUSED', () => client().listTasks({}));
    });

    it('the sentence is bounded and cannot move a terminal', async () => {
      const nasty = `\u001b[2J\u0007\u202e${'a\n'.repeat(5000)}`;
      answer(500, JSON.stringify({ error: nasty }));
      const { message } = await fails('ATS_REFUSED', () => client().claim(5, 1000));
      assert.ok(message.length < 600, String(message.length));
      assert.doesNotMatch(message, /[\p{Cc}\u202e]/u);
    });

    it('nobody listening is ATS_UNREACHABLE and keeps its cause', async () => {
      await ats.stop();
      const error = await fails('ATS_UNREACHABLE', () => client().getTask(1));
      assert.ok(error.cause instanceof Error);
      assert.match(error.message, new RegExp(ats.url));
    });

    it('a service that does not speak HTTP is ATS_UNREACHABLE', async () => {
      const server = createServer((socket) => socket.end('220 hello\r\n'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      try {
        const url = `http://127.0.0.1:${String(port)}`;
        await fails('ATS_UNREACHABLE', () => client({ url }).getTask(1));
      } finally {
        server.close();
      }
    });

    for (const [what, begin] of [
      ['says nothing', () => undefined],
      ['stops in the middle', (response: ServerResponse) => response.write('{"task":')],
    ] as const) {
      it(`a service that ${what} is ATS_UNREACHABLE after the time limit`, async () => {
        ats.reply = (_request, response) => {
          begin(response);
          return true;
        };
        await fails('ATS_UNREACHABLE', () => client({ requestTimeoutMs: 100 }).getTask(1));
      });

      it(`a service that ${what} can be left at any time`, async () => {
        const controller = new AbortController();
        ats.reply = (_request, response) => {
          begin(response);
          setImmediate(() => {
            controller.abort();
          });
          return true;
        };
        await fails('CANCELLED', () => client().getTask(1, controller.signal));
        await fails('CANCELLED', () => client().getTask(1, controller.signal));
      });
    }
  });

  describe('the API key', () => {
    it('goes to the service, in one header', async () => {
      answer(200, '{"tasks":[]}');
      await client({ apiKey: 'secret' }).listTasks({});
      assert.equal(last().headers.authorization, 'Bearer secret');
      await client({ apiKey: '' }).listTasks({});
      assert.equal(last().headers.authorization, undefined);
    });

    for (const status of [301, 302, 303, 307, 308]) {
      it(`does not follow a ${String(status)} to another origin`, async () => {
        const other = new ScriptedAts();
        await other.start();
        try {
          answer(status, '', { Location: `${other.url}/tasks` });
          const c = client({ apiKey: 'secret' });
          const error = await fails('ATS_BAD_ANSWER', () => c.listTasks({}));
          assert.match(error.message, new RegExp(`redirects to ${other.url}`));
          await fails('ATS_BAD_ANSWER', () => c.claim(1, 1000));
          assert.equal(await c.discover(), undefined);
          assert.equal(other.requests.length, 0);
        } finally {
          await other.stop();
        }
      });
    }

    it('does not travel unencrypted, and must be one', () => {
      for (const url of ['http://ats.example', 'http://127.0.0.1.example:80']) {
        assert.throws(() => client({ url, apiKey: 'secret' }), { code: 'CONFIG_INVALID' });
        client({ url });
      }
      client({ url: 'https://ats.example', apiKey: 'secret' });
      for (const url of ['ftp://a', 'nonsense', '', 'http://user:pass@127.0.0.1/']) {
        assert.throws(() => client({ url }), { code: 'CONFIG_INVALID' });
      }
      for (const apiKey of ['a b', 'a\r\nX: y', 'ключ']) {
        assert.throws(() => client({ apiKey }), { code: 'CONFIG_INVALID' });
      }
    });
  });

  describe('discover', () => {
    it('reads what a hub says', async () => {
      for (const ats_ of ['', '/', ats.url, `${ats.url}/`]) {
        const bootstrap = ['127.0.0.1:4977', 7, 'no port', 'user@host:1'];
        answer(200, JSON.stringify({ ats: ats_, bootstrap, later: true }));
        const hub = { ats: ats.url, bootstrap: ['127.0.0.1:4977'] };
        assert.deepEqual(await client().discover(), hub);
      }
      answer(200, '{"ats":"/api/"}');
      assert.deepEqual(await client().discover(), { ats: `${ats.url}/api`, bootstrap: [] });
      assert.equal(last().url.pathname, '/.well-known/beeline');
    });

    it('is undefined for a service that is no hub', async () => {
      for (const [status, body] of [
        [404, '{"error":"not found"}'],
        [405, ''],
        [200, '<html>welcome</html>'],
        [200, '[]'],
        [200, '{"status":"ok"}'],
        [204, ''],
      ] as const) {
        answer(status, body);
        assert.equal(await client().discover(), undefined);
      }
    });

    it('refuses a task service of another origin', async () => {
      const elsewhere = ['http://evil.example/', '//evil.example', 'https://127.0.0.1/', 'data:x'];
      for (const ats_ of elsewhere) {
        answer(200, JSON.stringify({ ats: ats_ }));
        await fails('ATS_BAD_ANSWER', () => client().discover(), ats_);
      }
      answer(200, '{"ats":7}');
      await fails('ATS_BAD_ANSWER', () => client().discover());
    });

    it('fails when the hub cannot be asked, rather than guessing', async () => {
      answer(401, '{}');
      await fails('ATS_UNAUTHORIZED', () => client().discover());
      answer(503, '{}');
      await fails('ATS_REFUSED', () => client().discover());
      await ats.stop();
      await fails('ATS_UNREACHABLE', () => client().discover());
    });
  });
});

async function fails(
  code: ErrorCode,
  call: () => Promise<unknown>,
  message?: string,
): Promise<BeelineError> {
  try {
    await call();
  } catch (thrown) {
    assert.ok(thrown instanceof BeelineError, String(thrown));
    assert.equal(thrown.code, code, message ?? thrown.message);
    return thrown;
  }
  assert.fail(`nothing was thrown${message === undefined ? '' : ` for ${message}`}`);
}

/** Writes as long as somebody reads. */
function pour(response: ServerResponse, count: (bytes: number) => void): void {
  const chunk = Buffer.alloc(256 * 1024, 0x20);
  const more = (): void => {
    while (!response.destroyed) {
      count(chunk.length);
      if (!response.write(chunk)) return void response.once('drain', more);
    }
  };
  response.on('error', () => undefined);
  more();
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { ask, Listener, newTask, onBothDatabases } from './support';

const LIMITS = { socketMessageBytes: 4096, subscriptionsPerSocket: 3, socketBacklogBytes: 100_000 };

describe('events', () => {
  onBothDatabases(
    (hub) => {
      it('tells every change in order, with the task as it was then', async () => {
        const listener = await Listener.open(hub, { channels: ['story'] });
        const id = await newTask(hub, { channel: 'story', payload: { a: 1 } });
        const at = `/tasks/${String(id)}`;
        const story: [string, string, unknown, string, string][] = [
          ['POST', `${at}/claim`, {}, 'task.claimed', 'in_progress'],
          [
            'POST',
            `${at}/messages`,
            { parts: [{ type: 'text', content: 'hi' }] },
            'task.message',
            'in_progress',
          ],
          ['PATCH', at, { title: 'Other' }, 'task.updated', 'in_progress'],
          ['POST', `${at}/complete`, { outputs: [1] }, 'task.completed', 'completed'],
          ['POST', `${at}/reopen`, { reason: 'again' }, 'task.reopened', 'pending'],
          ['POST', `${at}/claim`, {}, 'task.claimed', 'in_progress'],
          ['POST', `${at}/fail`, { reason: 'no' }, 'task.failed', 'failed'],
          ['POST', `${at}/reopen`, {}, 'task.reopened', 'pending'],
          ['POST', `${at}/reject`, { reason: 'no' }, 'task.rejected', 'rejected'],
          ['POST', `${at}/reopen`, {}, 'task.reopened', 'pending'],
          ['POST', `${at}/cancel`, undefined, 'task.cancelled', 'cancelled'],
        ];
        for (const [method, path, body] of story) await ask(hub, method, path, body, 'b');
        await listener.waitFor('task.cancelled');
        const events = await listener.events();
        assert.deepEqual(
          events.map(({ type, data }) => [type, data.task.status]),
          [['task.created', 'pending'], ...story.map(([, , , type, status]) => [type, status])],
        );
        assert.ok(events.every(({ data }) => data.task.id === id && data.task.channel === 'story'));
        const [created, claimed, message] = events;
        assert.ok(created && claimed && message);
        assert.equal(created.actor_id, 'agent-a');
        assert.deepEqual(created.data.task.payload, { a: 1 });
        assert.equal(claimed.actor_id, 'b');
        assert.equal(claimed.actor_type, 'agent');
        assert.equal(claimed.actor_name, 'Name of b');
        assert.equal(claimed.timestamp, claimed.data.task.updated_at);
        assert.deepEqual(message.data.message.parts, [{ type: 'text', content: 'hi' }]);
        await listener.close();
      });

      it('tells nothing before a subscription, and nothing after it was taken back', async () => {
        const listener = await Listener.open(hub);
        const other = await Listener.open(hub, {});
        await newTask(hub, { title: 'unheard' });
        await other.waitFor('task.created', (event) => event.data.task.title === 'unheard');
        assert.deepEqual(await listener.events(), []);
        listener.send({ type: 'subscribe', id: 'x' });
        await listener.waitFor('subscribed', (message) => message.id === 'x');
        listener.send({ type: 'unsubscribe', id: 'x' });
        await listener.waitFor('unsubscribed');
        await newTask(hub, { title: 'unheard too' });
        await other.waitFor('task.created', (event) => event.data.task.title === 'unheard too');
        assert.deepEqual(await listener.events(), []);
        await Promise.all([listener.close(), other.close()]);
      });

      for (const [filter, expected] of [
        [{ channels: ['one'] }, ['created one a', 'cancelled one a']],
        [{ task_types: ['b'] }, ['created two b']],
        [{ event_types: ['task.cancelled'] }, ['cancelled one a']],
        [{ channels: ['one', 'two'], task_types: ['b', 'c'] }, ['created two b']],
        [{ channels: ['nowhere'] }, []],
        [{ channels: [] }, ['created one a', 'created two b', 'cancelled one a']],
      ] as const) {
        it(`filters by ${JSON.stringify(filter)}`, async () => {
          const marker = randomBytes(4).toString('hex');
          const listener = await Listener.open(hub, filter);
          const all = await Listener.open(hub, {});
          const id = await newTask(hub, { title: marker, channel: 'one', type: 'a' });
          await newTask(hub, { title: marker, channel: 'two', type: 'b' });
          await ask(hub, 'POST', `/tasks/${String(id)}/cancel`);
          await all.waitFor('task.cancelled', (event) => event.data.task.id === id);
          const heard = (await listener.events())
            .filter(({ data }) => data.task.title === marker)
            .map(({ type, data }) => `${type.slice(5)} ${data.task.channel} ${data.task.type}`);
          assert.deepEqual(heard, expected);
          await Promise.all([listener.close(), all.close()]);
        });
      }

      it('tells an event once however many subscriptions match', async () => {
        const listener = await Listener.open(hub, { channels: ['once'] });
        listener.send({ type: 'subscribe', id: 2, channels: ['once'] });
        const subscribed = await listener.waitFor('subscribed', ({ id }) => id === 2);
        assert.equal(subscribed.id, 2, 'the id comes back as it was');
        await newTask(hub, { channel: 'once' });
        await listener.waitFor('task.created');
        assert.equal((await listener.events()).length, 1);
        await listener.close();
      });

      it('answers what it does not understand with a sentence and goes on', async () => {
        const listener = await Listener.open(hub);
        const nonsense = [
          'not json',
          '[]',
          'null',
          '{}',
          { type: 'shout' },
          { type: 'subscribe', channels: 'all' },
          { type: 'subscribe', channels: [1] },
          { type: 'subscribe', event_types: Array(257).fill('x') },
          { type: 'subscribe', id: {} },
          { type: 'unsubscribe', id: ['x'] },
        ];
        for (const message of nonsense) listener.send(message);
        listener.socket.send(Buffer.from([1, 2, 3]));
        await listener.events();
        const errors = listener.heard.filter(({ type }) => type === 'error');
        assert.equal(errors.length, nonsense.length + 1);
        assert.ok(errors.every(({ error }) => /^[^\n]{10,}\.$/.test(error)));
        for (const id of ['1', '2', '3', '4']) listener.send({ type: 'subscribe', id });
        const { error } = await listener.waitFor('error', ({ error: e }) =>
          e.includes('at most 3'),
        );
        assert.ok(error);
        assert.equal(listener.heard.filter(({ type }) => type === 'subscribed').length, 3);
        await listener.close();
      });

      it('cuts a client that sends too much at once', async () => {
        const listener = await Listener.open(hub);
        listener.send({ type: 'ping', padding: 'x'.repeat(LIMITS.socketMessageBytes) });
        assert.equal(await listener.closed(), 1009);
      });

      it('drops a socket that does not read, and only that one', async () => {
        const deaf = await Listener.open(hub, { channels: ['flood'] });
        const listener = await Listener.open(hub, { channels: ['flood'] });
        deaf.socket.pause();
        const payload = { filler: 'x'.repeat(900_000) };
        // Kernels buffer some megabytes for a loopback socket before it shows.
        for (let i = 0; i < 14; i++) await newTask(hub, { channel: 'flood', payload, priority: 3 });
        await newTask(hub, { channel: 'flood', title: 'last' });
        await listener.waitFor('task.created', (event) => event.data.task.title === 'last');
        assert.equal((await listener.events()).length, 15);
        deaf.socket.resume();
        assert.equal(await deaf.closed(), 1006);
        await listener.close();
      });
    },
    { limits: LIMITS },
  );
});

describe('a hub with a quick heartbeat', () => {
  onBothDatabases(
    (hub) => {
      it('keeps who answers pings and drops who does not', async () => {
        const alive = await Listener.open(hub, {});
        const dead = await Listener.open(hub, {});
        // A paused socket receives the ping and never answers, like a machine that was unplugged.
        dead.socket.pause();
        const pings = new Promise<void>((resolve) => {
          let count = 0;
          alive.socket.on('ping', () => {
            count += 1;
            if (count === 6) resolve();
          });
        });
        await pings;
        dead.socket.resume();
        assert.equal(await dead.closed(), 1006);
        await newTask(hub, {});
        await alive.waitFor('task.created');
        await alive.close();
      });
    },
    { limits: { heartbeatMs: 60 } },
  );
});

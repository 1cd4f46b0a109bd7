import assert from 'node:assert/strict';
import { startHub, type Hub } from '../../src/hub/hub';
import { withHub } from '../support/withHub';
import { withPostgres } from '../support/withPostgres';
import { ask, Listener, newTask, until } from './support';

/** Only notifications can be the way then, not the look that happens anyway now and then. */
const NEVER = 3_600_000;

describe('two hubs on one PostgreSQL', () => {
  const postgres = withPostgres();
  let databaseUrl = '';
  before(async () => {
    databaseUrl = await postgres.freshDatabase();
  });
  const options = { limits: { sweepMs: NEVER } };
  const one = withHub(() => Promise.resolve({ ...options, databaseUrl }));
  const two = withHub(() => Promise.resolve({ ...options, databaseUrl }));

  it('show the same tasks, and a change at one is heard at the other', async () => {
    const listeners = [await Listener.open(one, {}), await Listener.open(two, {})];
    // Larger than a notification may be.
    const id = await newTask(one, { payload: { filler: 'x'.repeat(100_000) } });
    await ask(two, 'POST', `/tasks/${String(id)}/claim`, {}, 'b');
    await ask(one, 'POST', `/tasks/${String(id)}/complete`, {}, 'b');
    for (const listener of listeners) {
      await listener.waitFor('task.completed');
      const events = await listener.events();
      assert.deepEqual(
        events.map(({ type }) => type),
        ['task.created', 'task.claimed', 'task.completed'],
      );
      await listener.close();
    }
  });

  it('let exactly one of twenty claim, wherever they ask', async () => {
    const id = await newTask(one);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        ask(i % 2 === 0 ? one : two, 'POST', `/tasks/${String(id)}/claim`, {}, `a${String(i)}`),
      ),
    );
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  });

  it('tell everybody everything in the same order', async () => {
    const listeners = [
      await Listener.open(one, { channels: ['order'] }),
      await Listener.open(two, { channels: ['order'] }),
    ];
    await Promise.all(
      Array.from({ length: 30 }, (_, i) => newTask(i % 2 === 0 ? one : two, { channel: 'order' })),
    );
    const orders = await Promise.all(
      listeners.map(async (listener) => {
        const events = await until(
          () => listener.events(),
          (heard) => heard.length === 30,
        );
        await listener.close();
        return events.map(({ data }) => data.task.id);
      }),
    );
    assert.deepEqual(orders[0], orders[1]);
  });
});

describe('hubs that look for ended leases at the same time', () => {
  const postgres = withPostgres();

  it('end each lease once', async () => {
    const databaseUrl = await postgres.freshDatabase();
    // Started at once on an empty database: the first one prepares it, the others wait for it.
    const hubs: Hub[] = await Promise.all(
      Array.from({ length: 3 }, () => startHub({ databaseUrl, limits: { sweepMs: 5 } })),
    );
    try {
      const [hub] = hubs;
      assert.ok(hub);
      const listener = await Listener.open(hub, {});
      const ids = await Promise.all(Array.from({ length: 10 }, () => newTask(hub)));
      for (const id of ids) {
        await ask(hub, 'POST', `/tasks/${String(id)}/claim`, { lease_duration: 30 }, 'b');
      }
      for (const id of ids) {
        await listener.waitFor('task.lease_expired', (event) => event.data.task.id === id);
      }
      // One more change through every hub: what they had under way came before it.
      for (const other of hubs) await newTask(other, { title: 'after' });
      await until(
        () => listener.events(),
        (events) => events.filter(({ data }) => data.task.title === 'after').length === 3,
      );
      const expired = (await listener.events()).filter(({ type }) => type === 'task.lease_expired');
      assert.equal(expired.length, ids.length);
      await listener.close();
    } finally {
      await Promise.all(hubs.map((hub) => hub.stop()));
    }
  });
});

describe('a hub whose PostgreSQL restarts', () => {
  const postgres = withPostgres();
  const hub = withHub(async () => ({
    databaseUrl: await postgres.freshDatabase(),
    limits: { sweepMs: NEVER },
  }));

  it('says so with 503, and goes on by itself, sockets included', async function () {
    this.timeout(60_000);
    const listener = await Listener.open(hub, {});
    const before = await newTask(hub, { title: 'before' });
    await postgres.stop();
    const away = await ask(hub, 'GET', '/health');
    assert.equal(away.status, 503);
    assert.match(away.body.error, /database/);
    await postgres.start();
    await until(
      () => ask(hub, 'GET', `/tasks/${String(before)}`),
      ({ status }) => status === 200,
    );
    await newTask(hub, { title: 'after' });
    await listener.waitFor('task.created', (event) => event.data.task.title === 'after');
    await listener.close();
  });
});

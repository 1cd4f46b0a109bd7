import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ScriptedAts } from './support/scriptedAts';
import { withWatching } from './support/watching';

/**
 * An offer that gets lost never arrives; one that is told twice is asked twice. Both are what a
 * person notices first, so the watcher is attacked here with gaps, refusals and hostile frames.
 */
describe('core/ats watcher', () => {
  let ats: ScriptedAts;

  beforeEach(async () => {
    ats = new ScriptedAts();
    await ats.start();
  });
  afterEach(() => ats.stop());

  it('begins with all open tasks of its channel and type, oldest change first', async () => {
    ats.create({ status: 'completed' });
    ats.create({ status: 'in_progress' });
    ats.create({ channel: 'other' });
    ats.create({ type: 'p2p_session' });
    ats.create();
    await withWatching(ats.url, async ({ online, lines }) => {
      await online('socket');
      assert.deepEqual(lines(), ['seen 2 in_progress', 'seen 5 pending']);
    });
  });

  it('subscribes as the service wants it, with its actor and key', async () => {
    await withWatching(
      ats.url,
      async ({ online }) => {
        await online('socket');
        assert.deepEqual(ats.subscriptions, [
          {
            type: 'subscribe',
            id: 'beeline',
            channels: ['p2p-transfer'],
            task_types: ['file_offer'],
          },
        ]);
        const upgrade = ats.requests.find(({ url }) => url.pathname === '/ws');
        assert.equal(upgrade?.url.search, '?actor_type=human&actor_id=bob&actor_name=Zo%C3%AB+%26');
        assert.equal(upgrade.headers.authorization, 'Bearer secret');
      },
      { apiKey: 'secret', actor: { type: 'human', id: 'bob', name: 'Zoë &' } },
    );
  });

  it('tells events in order, whole, and only of its channels and types', async () => {
    await withWatching(ats.url, async ({ online, until, lines, events }) => {
      await online('socket');
      const { id } = ats.create();
      ats.create({ channel: 'other' });
      ats.create({ type: 'file_audit' });
      ats.change(id, 'in_progress', 'task.claimed');
      ats.change(id, 'pending', 'task.lease_expired');
      ats.change(id, 'cancelled', 'task.cancelled');
      await until('4 events', () => events.length >= 4);
      assert.deepEqual(lines(), [
        'task.created 1 pending',
        'task.claimed 1 in_progress',
        'task.lease_expired 1 pending',
        'task.cancelled 1 cancelled',
      ]);
      assert.equal(events[0]?.actorId, 'alice');
    });
  });

  it('tells every message of a task, though its updated_at stands still', async () => {
    await withWatching(ats.url, async ({ online, until, events }) => {
      await online('socket');
      const task = ats.create();
      const parts = [{ type: 'text', content: '25 %' }];
      for (const id of [1, 2, 3, 3]) {
        ats.emit('task.message', task, { message: { id, parts, created_at: '' } });
      }
      ats.create();
      await until('5 events', () => events.length >= 5);
      assert.deepEqual(
        events.map(({ message }) => message?.id),
        [undefined, 1, 2, 3, undefined],
      );
      assert.deepEqual(events[1]?.message?.parts, parts);
    });
  });

  it('fetches the task when an event carries only its id, and keeps the order', async () => {
    await withWatching(ats.url, async ({ online, until, lines, events }) => {
      await online('socket');
      const task = ats.create();
      const message = { id: 1, parts: [], created_at: '' };
      ats.send({ type: 'task.message', data: { task: { id: task.id }, message } });
      ats.send({
        type: 'task.message',
        data: { task_id: task.id, message: { ...message, id: 2 } },
      });
      ats.send({ type: 'task.message', data: { task_id: 404, message } });
      ats.change(task.id, 'in_progress', 'task.claimed');
      await until('4 events', () => events.length >= 4);
      assert.deepEqual(
        lines().map((line) => line.split(' ')[0]),
        ['task.created', 'task.message', 'task.message', 'task.claimed'],
      );
    });
  });

  it('passes over frames that make no sense', async () => {
    await withWatching(ats.url, async ({ online, until, lines }) => {
      await online('socket');
      const nonsense = [null, 7, [], 'x', {}, { type: 7 }, { type: 'task.created' }];
      const halves = [{ data: null }, { data: {} }, { data: { task: [] } }, { data: { task: {} } }];
      for (const frame of nonsense) ats.send(frame);
      for (const half of halves) ats.send({ type: 'task.created', ...half });
      ats.send({ type: 'task.created', data: { task: { id: 1.5, status: 'pending' } } });
      for (const socket of ats.sockets) {
        socket.send('{"type":');
        socket.send(Buffer.from([0xff, 0xfe]), { binary: true });
      }
      ats.create();
      await until('the event', () => lines().length > 0);
      assert.deepEqual(lines(), ['task.created 1 pending']);
    });
  });

  it('finds after a gap what was missed, once, with changes a microsecond apart', async () => {
    await withWatching(ats.url, async ({ online, until, lines, states }) => {
      const first = ats.create();
      await online('socket');
      await ats.stop();
      await until('unreachable', () => states.some(({ kind }) => kind === 'unreachable'));
      const a = ats.create();
      const b = ats.create();
      const c = ats.create({ updated_at: b.updated_at });
      ats.change(first.id, 'cancelled', 'task.cancelled');
      assert.equal(a.updated_at.slice(0, 23), b.updated_at.slice(0, 23));
      await ats.start();
      await online('socket');
      const expected = [a, b, c].map(({ id }) => `seen ${String(id)} pending`);
      assert.deepEqual(lines(), ['seen 1 pending', ...expected, 'seen 1 cancelled']);
      const unreachable = states.find(({ kind }) => kind === 'unreachable');
      assert.ok(unreachable?.kind === 'unreachable');
      assert.equal((unreachable.error as { code?: string }).code, 'ATS_UNREACHABLE');
    });
  });

  it('finds what was created before and ended in the gap, on an empty channel too', async () => {
    await withWatching(ats.url, async ({ online, lines, until, watcher }) => {
      await online('socket');
      await ats.stop();
      await until('the loss is noticed', () => watcher.state.kind !== 'online');
      const { id } = ats.create();
      ats.change(id, 'cancelled', 'task.cancelled');
      await ats.start();
      await online('socket');
      assert.deepEqual(lines(), ['seen 1 cancelled']);
    });
  });

  it('reads through pages though one statement changed more tasks than fit on one', async () => {
    ats.pageCap = 25;
    ats.tick = 0;
    for (let count = 0; count < 130; count += 1) ats.create();
    ats.tick = 1;
    for (let count = 0; count < 130; count += 1) ats.create();
    await withWatching(ats.url, async ({ online, events }) => {
      await online('socket');
      assert.equal(events.length, 260);
      assert.equal(new Set(events.map(({ task }) => task.id)).size, 260);
    });
  });

  it('gives up on a service whose pages do not end', async () => {
    const task = ats.create();
    ats.reply = (request, response) => {
      if (request.method !== 'GET') return false;
      response.end(JSON.stringify({ tasks: Array.from({ length: 30 }, () => task) }));
      return true;
    };
    await withWatching(ats.url, async ({ until, states }) => {
      await until('unreachable', () => states.some(({ kind }) => kind === 'unreachable'));
      const state = states.find(({ kind }) => kind === 'unreachable');
      assert.ok(state?.kind === 'unreachable');
      assert.match(state.error.message, /does not end/);
    });
  });

  it('does not let a lagging event turn the picture back', async () => {
    await withWatching(ats.url, async ({ online, until, lines, watcher }) => {
      const task = ats.create();
      await online('socket');
      await ats.stop();
      await until('the loss is noticed', () => watcher.state.kind !== 'online');
      const claimed = ats.change(task.id, 'in_progress', 'task.claimed');
      const done = ats.change(task.id, 'completed', 'task.completed');
      await ats.start();
      await online('socket');
      ats.emit('task.claimed', claimed);
      ats.emit('task.completed', done);
      ats.create();
      await until('the last', () => lines().at(-1) === 'task.created 2 pending');
      assert.deepEqual(lines(), ['seen 1 pending', 'seen 1 completed', 'task.created 2 pending']);
    });
  });

  for (const status of [403, 404, 426, 502]) {
    it(`polls where the upgrade is refused with ${String(status)}, and comes back`, async () => {
      ats.refuseUpgrade = status;
      ats.create();
      await withWatching(ats.url, async ({ online, until, lines, states }) => {
        await online('polling');
        const { id } = ats.create();
        await until('the new one', () => lines().includes('seen 2 pending'));
        ats.change(id, 'cancelled', 'task.cancelled');
        await until('the change', () => lines().includes('seen 2 cancelled'));
        const attempts = (): number =>
          ats.requests.filter(({ url }) => url.pathname === '/ws').length;
        await until('more attempts at a socket', () => attempts() > 3);
        ats.refuseUpgrade = undefined;
        await online('socket');
        ats.create();
        await until('the event', () => lines().includes('task.created 3 pending'));
        assert.equal(new Set(lines()).size, lines().length, lines().join('\n'));
        assert.ok(states.every(({ kind }) => kind !== 'unreachable'));
      });
    });
  }

  it('says that the key is wrong, and recovers when it is right', async () => {
    ats.refuseUpgrade = 401;
    ats.reply = (_request, response) => {
      response.writeHead(401).end('{"error":"who are you?"}');
      return true;
    };
    await withWatching(ats.url, async ({ online, until, watcher }) => {
      await until('unreachable', () => watcher.state.kind === 'unreachable');
      assert.ok(watcher.state.kind === 'unreachable');
      assert.equal((watcher.state.error as { code?: string }).code, 'ATS_UNAUTHORIZED');
      ats.refuseUpgrade = undefined;
      ats.reply = () => undefined;
      await online('socket');
    });
  });

  it('takes silence for death: a socket that answers nothing is replaced', async () => {
    await withWatching(
      ats.url,
      async ({ online, until, lines, states }) => {
        await online('socket');
        const before = [...ats.sockets];
        ats.deaf = true;
        await until('the loss is noticed', () => states.some(({ kind }) => kind === 'connecting'));
        // Not even a subscription is confirmed now, so it polls.
        await online('polling');
        ats.create();
        await until('polled', () => lines().includes('seen 1 pending'));
        ats.deaf = false;
        await online('socket');
        assert.ok(before.every((socket) => !ats.sockets.has(socket)));
      },
      { connectTimeoutMs: 60 },
    );
  });

  it('stays connected as long as pongs come', async () => {
    await withWatching(ats.url, async ({ online, until, states }) => {
      await online('socket');
      let pings = 0;
      for (const socket of ats.sockets) socket.on('message', () => (pings += 1));
      await until('pings', () => pings >= 4);
      assert.deepEqual(states, [{ kind: 'online', via: 'socket' }]);
    });
  });

  it('catches up a channel that is added later, and forgets one that is taken away', async () => {
    ats.create({ channel: 'two' });
    await withWatching(ats.url, async ({ watcher, online, until, lines }) => {
      await online('socket');
      watcher.setChannels(['p2p-transfer', 'two']);
      await until('caught up', () => lines().includes('seen 1 pending'));
      ats.create({ channel: 'two' });
      // Whether the event or the asking is first does not matter.
      await until('live', () => lines().some((line) => line.endsWith(' 2 pending')));
      watcher.setChannels(['two']);
      ats.create();
      ats.create({ channel: 'two' });
      await until('live', () => lines().some((line) => line.endsWith(' 4 pending')));
      assert.ok(!lines().some((line) => line.endsWith(' 3 pending')));
      watcher.setChannels([]);
      ats.create({ channel: 'two' });
      watcher.setChannels(['p2p-transfer']);
      await until('the other', () => lines().includes('seen 3 pending'));
    });
  });

  it('tells nothing after it stopped, at whatever moment that is', async () => {
    for (let round = 0; round < 20; round += 1) {
      await withWatching(ats.url, async ({ watcher, events, states, until }) => {
        if (round % 2 === 0) await until('something', () => states.length > 0);
        const stopping = watcher.stop();
        ats.create();
        const told = events.length + states.length;
        await stopping;
        await watcher.stop();
        watcher.start();
        assert.equal(events.length + states.length, told);
      });
    }
  });

  it('a listener that throws does not stop it', async () => {
    const warned: unknown[] = [];
    const note = (warning: unknown): void => void warned.push(warning);
    process.on('warning', note);
    try {
      await withWatching(ats.url, async ({ online, events, until, lines }) => {
        await online('socket');
        const { push } = events;
        events.push = () => {
          events.push = push;
          throw new Error('a bug in a listener');
        };
        ats.create();
        ats.create();
        await until('the second', () => lines().length > 0);
        assert.deepEqual(lines(), ['task.created 2 pending']);
        await until('the warning', () => warned.length > 0);
      });
    } finally {
      process.off('warning', note);
    }
  });

  it('no decision looks at the clock of this machine', () => {
    const room = path.join(__dirname, '../../../src/core/ats');
    for (const file of readdirSync(room)) {
      const source = readFileSync(path.join(room, file), 'utf8');
      assert.doesNotMatch(source, /Date\.now\(|new Date\(\)|process\.hrtime/, file);
    }
  });
});

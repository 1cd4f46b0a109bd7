import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createAtsClient } from '../../../src/core/ats/client';
import type { AtsClient, Task } from '../../../src/core/ats/types';
import { startHub } from '../../../src/hub/hub';
import type { Hub } from '../../../src/hub/hub';
import { bob } from './support/actors';
import { withWatching } from './support/watching';

const alice = { type: 'human', id: 'alice', name: 'Zoë 李' } as const;
const offer = {
  title: 'Offer',
  type: 'file_offer',
  channel: 'p2p-transfer',
  payload: { transfer_id: 'a' },
} as const;

/** What the scripted service only plays, against the service that people run. */
describe('core/ats against the hub', function () {
  // The embedded database takes some seconds to open on a small machine.
  this.timeout(60_000);
  let hub: Hub;
  let folder: string;
  let asAlice: AtsClient;
  let asBob: AtsClient;

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-ats-hub-'));
    hub = await startHub({ dataDir: folder, token: 'secret' });
    asAlice = createAtsClient({ url: hub.url, actor: alice, apiKey: 'secret' });
    asBob = createAtsClient({ url: hub.url, actor: bob, apiKey: 'secret' });
  });
  after(async () => {
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('finds what the hub says about itself', async () => {
    const found = await asBob.discover();
    assert.equal(found?.ats, hub.url);
    assert.deepEqual(found.bootstrap, hub.bootstrap);
  });

  it('takes a task through its life, and names what a status does not allow', async () => {
    const { id, status, payload } = await asAlice.createTask(offer);
    assert.equal(status, 'pending');
    assert.deepEqual(payload, offer.payload);
    const claimed = await asBob.claim(id, 60_000);
    assert.equal(claimed.assigneeId, 'bob');
    assert.ok(claimed.leaseExpires);
    await assert.rejects(asAlice.claim(id, 60_000), { code: 'ATS_CONFLICT' });
    const parts = [{ type: 'text', content: '25 %' }];
    const message = await asBob.addMessage(id, parts);
    assert.deepEqual(await asAlice.listMessages(id), [message]);
    assert.deepEqual(message.parts, parts);
    assert.equal(message.actorId, 'bob');
    const done = await asBob.complete(id, [{ sha256: 'x' }]);
    assert.deepEqual([done.status, done.outputs], ['completed', [{ sha256: 'x' }]]);
    for (const again of [
      () => asBob.complete(id, []),
      () => asBob.claim(id, 1),
      () => asBob.fail(id, 'x'),
    ])
      await assert.rejects(again(), { code: 'ATS_CONFLICT' });
    assert.equal((await asAlice.getTask(id)).messages?.length, 1);

    const other = await asAlice.createTask(offer);
    assert.equal((await asBob.reject(other.id, 'no')).status, 'rejected');
    const third = await asAlice.createTask(offer);
    assert.equal((await asAlice.cancel(third.id)).status, 'cancelled');
    await assert.rejects(asAlice.getTask(1_000_000), { code: 'ATS_NOT_FOUND' });
    await assert.rejects(asAlice.createTask({ ...offer, title: '' }), { code: 'ATS_REFUSED' });
    const url = hub.url;
    const stranger = createAtsClient({ url, actor: bob, apiKey: 'wrong' });
    await assert.rejects(stranger.listTasks({}), { code: 'ATS_UNAUTHORIZED' });
  });

  it('works inside a project', async () => {
    const projects = { organization: 'default', project: 'main', apiKey: 'secret' };
    const inside = createAtsClient({ url: hub.url, actor: alice, ...projects });
    const { id } = await inside.createTask(offer);
    assert.equal((await inside.getTask(id)).id, id);
    assert.equal((await inside.cancel(id)).status, 'cancelled');
  });

  it('follows tasks, and finds what happened while the hub was away', async () => {
    const known = await asAlice.createTask(offer);
    const client = createAtsClient({ url: hub.url, actor: bob, apiKey: 'secret' });
    await withWatching(
      hub.url,
      async ({ online, until, events, lines, watcher }) => {
        await online('socket');
        assert.deepEqual(lines(), [`seen ${String(known.id)} pending`]);
        const { id } = await asAlice.createTask(offer);
        await asBob.claim(id, 60_000);
        await asBob.addMessage(id, [{ type: 'text', content: 'half' }]);
        await asBob.complete(id, []);
        await until('the events', () => events.length === 5);
        assert.deepEqual(
          events.slice(1).map(({ type }) => type),
          ['task.created', 'task.claimed', 'task.message', 'task.completed'],
        );
        assert.deepEqual(
          events.slice(1).map(({ actorId }) => actorId),
          ['alice', 'bob', 'bob', 'bob'],
        );

        const port = Number(new URL(hub.url).port);
        await hub.stop();
        await until('the loss is noticed', () => watcher.state.kind === 'unreachable');
        hub = await startHub({ dataDir: folder, token: 'secret', port });
        // Posted at once, so that it is found by asking or heard as an event, but only once.
        const late: Task[] = [];
        for (let count = 0; count < 5; count += 1) late.push(await asAlice.createTask(offer));
        await asAlice.cancel(known.id);
        await online('socket');
        const last = await asAlice.createTask(offer);
        const expected = [...late, last].map((task) => `${String(task.id)} pending`);
        await until('the last', () => events.at(-1)?.task.id === last.id);
        const told = lines()
          .slice(5)
          .map((line) => line.slice(line.indexOf(' ') + 1));
        assert.deepEqual(
          told.filter((line) => !line.endsWith('cancelled')),
          expected,
        );
        assert.ok(told.includes(`${String(known.id)} cancelled`));
      },
      { client, apiKey: 'secret' },
    );
  });

  it('hears when a lease runs out', async () => {
    const client = createAtsClient({ url: hub.url, actor: bob, apiKey: 'secret' });
    await withWatching(
      hub.url,
      async ({ online, until, lines }) => {
        await online('socket');
        const { id } = await asAlice.createTask(offer);
        await asBob.claim(id, 1000);
        await until('the end of the lease', () =>
          lines().includes(`task.lease_expired ${String(id)} pending`),
        );
        await asAlice.cancel(id);
      },
      { client, apiKey: 'secret' },
    );
  });
});

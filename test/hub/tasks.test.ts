import assert from 'node:assert/strict';
import type { TaskRow } from '../../src/hub/tasks/taskRow';
import { ask, newTask, onBothDatabases } from './support';

/** Milliseconds. */
const leaseOf = (task: TaskRow): number =>
  Date.parse(task.lease_expires ?? '') - Date.parse(task.updated_at);

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

describe('the requests of the ATS command line client', () => {
  onBothDatabases((hub) => {
    it('creates with nothing but a title', async () => {
      const { status, body } = await ask(hub, 'POST', '/tasks', { title: 'Only a title' });
      assert.equal(status, 201);
      const { task } = body;
      assert.equal(typeof task.id, 'number');
      assert.match(task.created_at, TIME);
      assert.equal(task.created_at, task.updated_at);
      const { id: _, created_at: _c, updated_at: _u, ...rest } = task;
      assert.deepEqual(rest, {
        title: 'Only a title',
        description: null,
        status: 'pending',
        priority: 5,
        type: 'task',
        channel: 'default',
        payload: {},
        outputs: [],
        reason: null,
        source_type: 'agent',
        source_id: 'agent-a',
        source_name: 'Name of agent-a',
        assignee_type: null,
        assignee_id: null,
        assignee_name: null,
        updated_by_type: 'agent',
        updated_by_id: 'agent-a',
        updated_by_name: 'Name of agent-a',
        project_id: 1,
        organization: 'default',
        project: 'main',
        lease_expires: null,
        completed_at: null,
      });
    });

    it('keeps every field as it was given, in any script', async () => {
      const given = {
        title: "Robert'); drop table tasks; -- 文件 📦",
        type: 'file_offer',
        channel: 'p2p-transfer',
        priority: '7',
        description: 'two\nlines "quoted" \\ %s $1',
        payload: { nested: { list: [1, 2.5, null, true, 'ü'] }, 'key with space': {} },
      };
      const id = await newTask(hub, given);
      const { task } = (await ask(hub, 'GET', `/tasks/${String(id)}`)).body;
      assert.deepEqual({ ...task, ...given, priority: 7 }, { ...task, messages: [] });
    });

    it('claims, completes and keeps the outputs', async () => {
      const id = await newTask(hub);
      const claim = await ask(
        hub,
        'POST',
        `/tasks/${String(id)}/claim`,
        { lease_duration: '5000' },
        'b',
      );
      assert.equal(claim.status, 200);
      assert.equal(claim.body.task.status, 'in_progress');
      assert.equal(claim.body.task.assignee_id, 'b');
      assert.equal(claim.body.task.assignee_type, 'agent');
      const lease = leaseOf(claim.body.task);
      assert.ok(lease >= 4900 && lease <= 5100, `a lease of ${String(lease)} ms`);
      const outputs = [{ transfer_id: 'x', bytes: 3 }];
      const done = await ask(hub, 'POST', `/tasks/${String(id)}/complete`, { outputs }, 'c');
      assert.equal(done.body.task.status, 'completed');
      assert.deepEqual(done.body.task.outputs, outputs);
      assert.equal(done.body.task.assignee_id, 'b', 'who claimed stays visible');
      assert.equal(done.body.task.updated_by_id, 'c', 'and so does who completed');
      assert.equal(done.body.task.lease_expires, null);
    });

    it('leases for a minute unless told otherwise', async () => {
      const id = await newTask(hub);
      const { task } = (await ask(hub, 'POST', `/tasks/${String(id)}/claim`)).body;
      const lease = leaseOf(task);
      assert.ok(lease >= 59_900 && lease <= 60_100, `a lease of ${String(lease)} ms`);
    });

    it('cancels with a content type and no body at all', async () => {
      const id = await newTask(hub);
      const { status, body } = await ask(hub, 'POST', `/tasks/${String(id)}/cancel`);
      assert.equal(status, 200);
      assert.equal(body.task.status, 'cancelled');
    });

    it('keeps the reasons of reject, fail and reopen, on the task and in its thread', async () => {
      const id = await newTask(hub);
      const at = `/tasks/${String(id)}`;
      const rejected = await ask(hub, 'POST', `${at}/reject`, { reason: 'not now' });
      assert.equal(rejected.body.task.status, 'rejected');
      assert.equal(rejected.body.task.reason, 'not now');
      const reopened = await ask(hub, 'POST', `${at}/reopen`, { reason: 'now' });
      assert.equal(reopened.body.task.status, 'pending');
      await ask(hub, 'POST', `${at}/claim`, {});
      const failed = await ask(hub, 'POST', `${at}/fail`, { reason: 'broke' });
      assert.equal(failed.body.task.status, 'failed');
      const { messages } = (await ask(hub, 'GET', `${at}/messages`)).body;
      assert.deepEqual(
        messages.map(({ parts }) => (parts[0] as { content: unknown }).content),
        ['not now', 'now', 'broke'],
      );
    });

    it('reopens a completed task as if nothing had been done', async () => {
      const id = await newTask(hub);
      const at = `/tasks/${String(id)}`;
      await ask(hub, 'POST', `${at}/claim`, {}, 'b');
      await ask(hub, 'POST', `${at}/complete`, { outputs: [1] }, 'b');
      const { task } = (await ask(hub, 'POST', `${at}/reopen`)).body;
      assert.equal(task.assignee_id, null);
      assert.deepEqual(task.outputs, []);
      assert.equal(task.completed_at, null);
    });

    it('changes fields and judges a change of status like the action', async () => {
      const id = await newTask(hub, { channel: 'a' });
      const at = `/tasks/${String(id)}`;
      const changed = await ask(hub, 'PATCH', at, {
        title: 'Other',
        description: null,
        priority: 1,
        type: 't',
        channel: 'b',
        payload: { x: 1 },
      });
      const { title, priority, type, channel, payload, status } = changed.body.task;
      assert.deepEqual(
        { title, priority, type, channel, payload, status },
        {
          title: 'Other',
          priority: 1,
          type: 't',
          channel: 'b',
          payload: { x: 1 },
          status: 'pending',
        },
      );
      const refused = await ask(hub, 'PATCH', at, { title: 'No', status: 'completed' });
      assert.equal(refused.status, 409);
      assert.match(refused.body.error, /pending/);
      assert.equal((await ask(hub, 'GET', at)).body.task.title, 'Other', 'all or nothing');
      const claimed = await ask(hub, 'PATCH', at, { status: 'in_progress' }, 'b');
      assert.equal(claimed.body.task.assignee_id, 'b');
      const released = await ask(hub, 'PATCH', at, { status: 'pending' });
      assert.equal(released.body.task.assignee_id, null);
    });

    it('keeps a thread', async () => {
      const id = await newTask(hub);
      const parts = [
        { type: 'text', content: 'half way' },
        { type: 'data', content: { percent: 50 } },
      ];
      const sent = await ask(hub, 'POST', `/tasks/${String(id)}/messages`, { parts }, 'b');
      assert.equal(sent.status, 201);
      assert.deepEqual(sent.body.message.parts, parts);
      assert.equal(sent.body.message.actor_id, 'b');
      assert.match(sent.body.message.created_at, TIME);
      const { messages } = (await ask(hub, 'GET', `/tasks/${String(id)}/messages`)).body;
      assert.deepEqual(messages, [sent.body.message]);
      const { task } = (await ask(hub, 'GET', `/tasks/${String(id)}`)).body;
      assert.deepEqual(task.messages, messages);
    });

    it('counts', async () => {
      const { stats } = (await ask(hub, 'GET', '/tasks/stats')).body;
      const sum = (counts: Record<string, number>): number =>
        Object.values(counts).reduce((a, b) => a + b, 0);
      assert.ok(stats.total > 0);
      assert.equal(sum(stats.by_status), stats.total);
      assert.equal(sum(stats.by_channel), stats.total);
      assert.equal(stats.completed_count, stats.by_status['completed']);
      assert.equal(typeof stats.avg_completion_seconds, 'number');
      assert.equal(stats.recent.created_24h, stats.total);
      assert.equal(stats.recent.completed_7d, stats.completed_count);
    });

    it('is healthy', async () => {
      const { status, body } = await ask(hub, 'GET', '/health');
      assert.equal(status, 200);
      assert.equal(body.status, 'ok');
      assert.match(body.timestamp, TIME);
    });

    it('reads names in UTF-8, which HTTP libraries write as such', async () => {
      const name = Buffer.from('Zoë 文', 'utf8').toString('latin1');
      const { body } = await ask(hub, 'POST', '/tasks', { title: 'x' }, 'z', {
        'X-Actor-Name': name,
      });
      assert.equal(body.task.source_name, 'Zoë 文');
    });
  });
});

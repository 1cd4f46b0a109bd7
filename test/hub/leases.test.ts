import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startHub } from '../../src/hub/hub';
import { ask, Listener, newTask, onBothDatabases } from './support';

describe('leases', () => {
  onBothDatabases((hub) => {
    it('end: the task is pending again, nobody holds it, and it is told once', async () => {
      const listener = await Listener.open(hub, { channels: ['lease'] });
      const id = await newTask(hub, { channel: 'lease' });
      await ask(hub, 'POST', `/tasks/${String(id)}/claim`, { lease_duration: 50 }, 'b');
      const expired = await listener.waitFor('task.lease_expired');
      assert.equal(expired.data.task.id, id);
      assert.equal(expired.data.task.status, 'pending');
      assert.equal(expired.data.task.assignee_id, null);
      assert.equal(expired.data.task.lease_expires, null);
      assert.equal(expired.actor_type, 'system');
      await ask(hub, 'POST', `/tasks/${String(id)}/claim`, {}, 'c');
      await listener.waitFor('task.claimed', (event) => event.actor_id === 'c');
      const types = (await listener.events()).map(({ type }) => type);
      assert.deepEqual(types, [
        'task.created',
        'task.claimed',
        'task.lease_expired',
        'task.claimed',
      ]);
      await listener.close();
    });

    it('do not end while they are renewed', async () => {
      const listener = await Listener.open(hub, { channels: ['renewed'] });
      const id = await newTask(hub, { channel: 'renewed' });
      const brief = await newTask(hub, { channel: 'renewed' });
      await ask(hub, 'POST', `/tasks/${String(id)}/claim`, { lease_duration: 300 }, 'b');
      await ask(hub, 'POST', `/tasks/${String(id)}/claim`, { lease_duration: 60_000 }, 'b');
      await ask(hub, 'POST', `/tasks/${String(brief)}/claim`, { lease_duration: 400 }, 'b');
      const expired = await listener.waitFor('task.lease_expired');
      assert.equal(expired.data.task.id, brief);
      await listener.close();
    });

    it('end while the hub is away', async () => {
      const id = await newTask(hub);
      const kept = await newTask(hub);
      await ask(hub, 'POST', `/tasks/${String(id)}/claim`, { lease_duration: 20 }, 'b');
      await ask(hub, 'POST', `/tasks/${String(kept)}/claim`, { lease_duration: 60_000 }, 'b');
      await hub.restart();
      const listener = await Listener.open(hub, {});
      // Who claims now finds it free, whether or not the hub has looked through its leases yet.
      const { status } = await ask(hub, 'POST', `/tasks/${String(id)}/claim`, {}, 'c');
      assert.equal(status, 200);
      const refused = await ask(hub, 'POST', `/tasks/${String(kept)}/claim`, {}, 'c');
      assert.equal(refused.status, 409);
      await listener.close();
    });
  });
});

describe('leases on a hub that hardly ever looks', () => {
  onBothDatabases(
    (hub) => {
      it('are over when they are over, for whoever acts next', async () => {
        const listener = await Listener.open(hub, { channels: ['late'] });
        const id = await newTask(hub, { channel: 'late' });
        const at = `/tasks/${String(id)}`;
        const { task } = (await ask(hub, 'POST', `${at}/claim`, { lease_duration: 1 }, 'b')).body;
        const now = async (): Promise<string> => (await ask(hub, 'GET', '/health')).body.timestamp;
        const expires = task.lease_expires ?? '';
        while ((await now()) <= expires);
        const late = await ask(hub, 'POST', `${at}/complete`, {}, 'b');
        assert.equal(late.status, 409);
        assert.match(late.body.error, /pending/);
        const taken = await ask(hub, 'POST', `${at}/claim`, {}, 'c');
        assert.equal(taken.status, 200);
        await listener.waitFor('task.claimed', (event) => event.actor_id === 'c');
        const types = (await listener.events()).map(({ type }) => type);
        assert.deepEqual(types, [
          'task.created',
          'task.claimed',
          'task.lease_expired',
          'task.claimed',
        ]);
        await listener.close();
      });
    },
    { limits: { sweepMs: 3_600_000 } },
  );
});

describe('a hub that is killed', () => {
  it('finds its tasks, threads and leases again in its folder', async function () {
    this.timeout(60_000);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-hub-'));
    const dataDir = path.join(folder, 'data');
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '-e', HUB_PROCESS, path.resolve('src/hub/hub.ts'), dataDir],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const exited = new Promise((resolve) => child.once('exit', resolve));
    try {
      const url = await new Promise<string>((resolve, reject) => {
        child.stdout.once('data', (data: Buffer) => {
          resolve(data.toString('utf8').trim());
        });
        child.once('exit', () => {
          reject(new Error('the hub ended early'));
        });
      });
      const id = await newTask({ url }, { title: 'Survives' });
      await ask({ url }, 'POST', `/tasks/${String(id)}/claim`, { lease_duration: 300 }, 'b');
      const parts = [{ type: 'text', content: 'so far' }];
      await ask({ url }, 'POST', `/tasks/${String(id)}/messages`, { parts }, 'b');
      child.kill('SIGKILL');
      await exited;
      const hub = await startHub({ dataDir });
      try {
        const found = await ask(hub, 'GET', `/tasks/${String(id)}`);
        assert.equal(found.body.task.title, 'Survives');
        assert.deepEqual(found.body.task.messages[0]?.parts, parts);
        const claimed = await ask(hub, 'POST', `/tasks/${String(id)}/claim`, {}, 'c');
        assert.equal(claimed.status, 200, 'the old lease ended while the hub was away');
      } finally {
        await hub.stop();
      }
    } finally {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    }
  });
});

const HUB_PROCESS = `
  const [hub, dataDir] = process.argv.slice(-2);
  require(hub).startHub({ dataDir }).then(({ url }) => console.log(url));
`;

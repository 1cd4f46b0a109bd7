import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openFileHome } from '../../../../src/core/home/fileHome';
import { pairingId, pairUp, online } from '../../../support/pairUp';
import { tcpGate, type TcpGate } from '../../../support/tcpGate';
import { withEngines } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** If this fails, paired agents need the task service after all. */
describe('paired agents without a task service', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  let gate: TcpGate;
  beforeEach(async () => {
    gate = await tcpGate(hub.url);
  });
  afterEach(() => gate.shut());

  it('find each other after a restart of both, send, and the record catches up after another', async () => {
    const options = { atsUrl: gate.url };
    const [alice, bob] = await Promise.all([
      engines.start('alice', options),
      engines.start('bob', options),
    ]);
    await pairUp(alice, bob);
    await gate.shut();
    await Promise.all([engines.stop(alice), engines.stop(bob)]);
    const [again, back] = await Promise.all([
      engines.start('alice', { ...options, home: alice.home }),
      engines.start('bob', { ...options, home: bob.home }),
    ]);
    await Promise.all([online(again, 'bob'), online(back, 'alice')]);
    const id = await again.send(await engines.file('f', 'without anybody'), 'bob');
    await back.accept(id);
    await Promise.all([again.completed(id), back.completed(id)]);
    await engines.stop(again);
    await gate.open();
    const third = await engines.start('alice', { ...options, home: alice.home });
    const taskId = await third.until('the record', () => third.transfer(id)?.taskId);
    const task = await third.taskById(taskId, 'completed');
    assert.equal(task.type, 'file_audit');
  });
});

/** If this fails, a home that cannot be trusted with keys is trusted, or is of no use at all. */
describe('a home whose identity cannot be used', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-home-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const spoil: Record<string, (home: string) => Promise<void>> = {
    IDENTITY_EXPOSED: (home) => chmod(path.join(home, 'identity.json'), 0o644),
    IDENTITY_DAMAGED: (home) => writeFile(path.join(home, 'identity.json'), '{"version":1'),
    IDENTITY_MISSING: (home) => rm(path.join(home, 'identity.json')),
    BOOK_NEWER: async (home) => {
      const file = path.join(home, 'book.json');
      const book = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
      await writeFile(file, JSON.stringify({ ...book, version: 99 }));
    },
  };
  for (const [code, act] of Object.entries(spoil)) {
    it(`says ${code}, still sends and receives in the open, and changes nothing`, async () => {
      const home = path.join(folder, 'alice');
      const alice = await engines.start('alice', { home: await openFileHome(home) });
      const bob = await engines.start('bob');
      await pairUp(alice, bob);
      await engines.stop(alice);
      await act(home);
      const filesOf = () =>
        Promise.all(
          ['identity.json', 'book.json'].map((name) =>
            readFile(path.join(home, name), 'utf8').catch(() => 'missing'),
          ),
        );
      const before = await filesOf();
      const again = await engines.start('alice', { home: await openFileHome(home) });
      const { self, agents } = await again.engine.snapshot();
      assert.ok(self.kind === 'unavailable');
      assert.equal(self.error.code, code);
      assert.deepEqual(agents, []);
      await assert.rejects(again.engine.invite(pairingId()), { code });
      const carol = await engines.start('carol');
      const id = await again.send(await engines.file('open', 'open'), carol);
      assert.equal((await carol.asked(id)).trust, 'unverified');
      await carol.accept(id);
      await Promise.all([again.completed(id), carol.completed(id)]);
      assert.deepEqual(await filesOf(), before);
    });
  }

  it('tells of a damaged book, sets it aside, and begins a new one', async () => {
    const home = path.join(folder, 'alice');
    const alice = await engines.start('alice', { home: await openFileHome(home) });
    const bob = await engines.start('bob');
    await pairUp(alice, bob);
    await engines.stop(alice);
    await writeFile(path.join(home, 'book.json'), '{"version":1,"agents":[{"kid"');
    const again = await engines.start('alice', { home: await openFileHome(home) });
    assert.deepEqual((await again.engine.snapshot()).agents, []);
    await again.until('the notice', () =>
      again.events.some((event) => event.type === 'notice' && event.error.code === 'BOOK_DAMAGED'),
    );
    await pairUp(again, bob);
  });
});

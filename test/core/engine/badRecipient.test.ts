import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { FrameType } from '../../../src/core/wire/v1';
import { meet, type HandChannel } from '../../support/handPeer';
import { withEngines, type Agent } from '../../support/withEngines';
import { withHub } from '../../support/withHub';

/** The sender must never believe that a file arrived which did not, or leave an offer lying about. */
describe('a sender', function () {
  this.timeout(40_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const bytes = randomBytes(300_000);

  /** Alice offers; somebody who speaks only ats-p2p claims over HTTP and plays by hand. */
  const play = async (
    act: (hand: HandChannel) => Promise<unknown>,
    { timeoutMs = 5000 } = {},
  ): Promise<{ alice: Agent; id: string }> => {
    const alice = await engines.start('alice', { timeoutMs });
    const id = await alice.send(await engines.file('a.bin', bytes), 'bob');
    await alice.until('the task', () => alice.transfer(id)?.taskId !== undefined);
    await engines.client('bob').claim(alice.taskId(id), 60_000);
    meet(await engines.swarm(), id, act);
    return { alice, id };
  };

  it('serves a recipient that knows only ats-p2p, and says that its key was not announced', async () => {
    let got: Buffer | undefined;
    const { alice, id } = await play(async (hand) => {
      got = await hand.receiveFile();
      await engines.client('bob').complete(alice.taskId(id), [{ hash: '', note: 'thanks' }]);
    });
    const { peerKey, audit } = await alice.completed(id);
    assert.deepEqual([peerKey, audit], ['unannounced', 'confirmed']);
    assert.ok(got?.equals(bytes));
  });

  it('hears a NACK', async () => {
    const { alice, id } = await play((hand) => hand.say(FrameType.nack, 'HASH_MISMATCH'));
    await alice.failed(id, 'HASH_MISMATCH');
    assert.match((await alice.task(id, 'failed')).said, /HASH_MISMATCH/);
  });

  it('hears an ACK before the end, or nonsense: not the recipient, and nothing counts as sent', async () => {
    const { alice, id } = await play(async (hand) => {
      await hand.hear();
      await hand.say(FrameType.ack);
    });
    await alice.failed(id, 'PROTOCOL');
    await alice.task(id, 'failed');
  });

  it('hears nothing any more', async () => {
    const { alice, id } = await play(() => Promise.resolve());
    await alice.failed(id, 'PEER_SILENT');
    await alice.task(id, 'failed');
  });

  it('waits for a recipient that claimed and never comes', async () => {
    const alice = await engines.start('alice', { timeoutMs: 1000 });
    const id = await alice.send(await engines.file('a.bin', bytes), 'bob');
    await alice.until('the task', () => alice.transfer(id)?.taskId !== undefined);
    await engines.client('bob').claim(alice.taskId(id), 60_000);
    await alice.failed(id, 'CONNECT_TIMEOUT', /hub/);
    assert.match((await alice.task(id, 'failed')).said, /CONNECT_TIMEOUT/);
  });

  it('sends nothing to a third actor who took the offer', async () => {
    const alice = await engines.start('alice', { timeoutMs: 2000 });
    const id = await alice.send(await engines.file('a.bin', bytes), 'bob');
    await alice.until('the task', () => alice.transfer(id)?.taskId !== undefined);
    await engines.client('mallory').claim(alice.taskId(id), 60_000);
    const thief = meet(await engines.swarm(), id, () => Promise.resolve());
    await alice.failed(id, 'OFFER_TAKEN', /mallory/);
    assert.equal(thief.turns(), 0);
    assert.match((await alice.task(id, 'failed')).said, /OFFER_TAKEN/);
  });

  it('believes no completion of what it never sent', async () => {
    const alice = await engines.start('alice', { timeoutMs: 2000 });
    const id = await alice.send(await engines.file('a.bin', bytes), 'bob');
    await alice.state(id, 'waiting');
    await alice.until('the task', () => alice.transfer(id)?.taskId !== undefined);
    const bob = engines.client('bob');
    // Both within one gap of the socket would look the same: only the end is seen.
    await bob.claim(alice.taskId(id), 60_000);
    await bob.complete(alice.taskId(id), [{ transfer_id: id }]);
    const { state } = await alice.ended(id);
    assert.equal(state.kind, 'failed', JSON.stringify(state));
  });

  it('takes a completion by another actor, or with another hash, for a failure', async () => {
    for (const forge of [
      (task: number) => engines.client('mallory').complete(task, []),
      (task: number) => engines.client('bob').complete(task, [{ file_hash: 'ab'.repeat(32) }]),
    ]) {
      const { alice, id } = await play(
        async (hand) => {
          await hand.receiveFile();
          await forge(alice.taskId(id));
        },
        { timeoutMs: 4000 },
      );
      await alice.failed(id, 'AUDIT_MISMATCH');
      await engines.stop(alice);
    }
  });

  it('goes on to the next connection when one of an unknown key is lost', async () => {
    let turn = 0;
    const { alice, id } = await play(
      async (hand) => {
        turn += 1;
        if (turn > 1) {
          await hand.receiveFile();
          await engines.client('bob').complete(alice.taskId(id), []);
          return;
        }
        await hand.hear();
        await hand.hear();
        hand.channel.destroy();
      },
      { timeoutMs: 8000 },
    );
    assert.equal((await alice.completed(id)).audit, 'confirmed');
    assert.ok(turn > 1);
  });

  it('counts a completion when the ACK was lost with the connection', async () => {
    const { alice, id } = await play(
      async (hand) => {
        for (;;) if ((await hand.hear())?.type === FrameType.done) break;
        hand.channel.destroy();
        await engines.client('bob').complete(alice.taskId(id), [{ transfer_id: id }]);
      },
      { timeoutMs: 6000 },
    );
    assert.equal((await alice.completed(id)).audit, 'confirmed');
  });

  it('refuses strangers on the topic once the recipient has announced its key', async () => {
    const [alice, bob] = await Promise.all([
      engines.start('alice'),
      engines.start('bob', { bootstrap: ['127.0.0.1:9'] }),
    ]);
    // Bob announces and claims, and finds nobody for now, because its DHT node does not exist.
    const id = await alice.send(await engines.file('a.bin', bytes), bob);
    await bob.accept(id);
    let stolen = 0;
    meet(await engines.swarm(), id, async (hand) => {
      if ((await hand.hear()) !== undefined) stolen += 1;
    });
    await alice.until('a thief', () => alice.log.some((line) => line.includes('foreign key')));
    assert.equal(stolen, 0, 'not even META');
  });

  it('refuses what cannot be sent before anything is posted', async () => {
    const alice = await engines.start('alice');
    const refused = async (file: string, code: string, to = 'bob'): Promise<void> => {
      await assert.rejects(alice.send(file, to), { code });
    };
    await refused(engines.path('nowhere.txt'), 'PATH_NOT_FOUND');
    await refused(engines.path(), 'NOT_A_FILE');
    await refused('relative.txt', 'CONFIG_INVALID');
    const file = await engines.file('a', 'a');
    await refused(file, 'CONFIG_INVALID', 'alice');
    await refused(file, 'CONFIG_INVALID', 'two words');
    await assert.rejects(alice.send(file, 'bob', { offerLifetimeMs: Number.NaN }), {
      code: 'CONFIG_INVALID',
    });
    assert.deepEqual((await alice.engine.snapshot()).transfers, []);
    const [newest] = await alice.client.listTasks({ sortBy: 'created_at', sortDir: 'desc' });
    assert.notEqual(newest?.payload['file_name'], 'a');
  });

  const changes: Record<string, (file: string) => Promise<void>> = {
    changed: (file) => writeFile(file, randomBytes(bytes.length)),
    grew: (file) => appendFile(file, '!'),
    'went away': (file) => rm(file),
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`has a file that ${what} after it was offered: both sides hear SOURCE_CHANGED`, async () => {
      const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
      const file = await engines.file('a.bin', bytes);
      const id = await alice.send(file, bob);
      await bob.asked(id);
      await change(file);
      await bob.accept(id);
      await Promise.all([alice.failed(id, 'SOURCE_CHANGED'), bob.failed(id, 'SOURCE_CHANGED')]);
      const task = await alice.task(id, 'failed');
      assert.match(task.said, /SOURCE_CHANGED/);
      assert.ok(!task.said.includes(file), 'our path is nobody else’s business');
      assert.deepEqual(await engines.saved(bob), []);
    });
  }

  it('has a file that changes while it is sent: both sides hear SOURCE_CHANGED', async () => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    const file = await engines.file('large.bin', Buffer.alloc(30_000_000, 7));
    const id = await alice.send(file, bob);
    await bob.accept(id);
    await bob.state(id, 'transferring');
    await appendFile(file, 'more');
    await Promise.all([alice.failed(id, 'SOURCE_CHANGED'), bob.failed(id, 'SOURCE_CHANGED')]);
    await alice.task(id, 'failed');
    assert.deepEqual(await engines.saved(bob), []);
  });
});

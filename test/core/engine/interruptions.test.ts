import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { openFileHome } from '../../../src/core/home/fileHome';
import { FrameType } from '../../../src/core/wire/v1';
import { encodeMeta } from '../../../src/core/wire/v1Meta';
import { meet, offeredFile, postByHand } from '../../support/handPeer';
import { withEngines, type Agent } from '../../support/withEngines';
import { withHub } from '../../support/withHub';

/** What is interrupted goes on or ends on both sides, and nothing is asked or delivered twice. */
describe('a transfer that is interrupted', function () {
  this.timeout(60_000);
  const hub = withHub();
  const engines = withEngines(hub);

  const pair = (): Promise<[Agent, Agent]> =>
    Promise.all([engines.start('alice'), engines.start('bob')]);

  /** A file of zeros that takes no room on the disk and a while on the way. */
  const large = async (bytes = 100_000_000): Promise<string> => {
    const file = await engines.file('large.bin', '');
    await truncate(file, bytes);
    return file;
  };

  it('by a cancel while it is hashed leaves nothing behind', async () => {
    const alice = await engines.start('alice');
    const id = await alice.send(await large(2_000_000_000), 'bob');
    await alice.state(id, 'hashing');
    await alice.engine.cancel(id);
    await alice.failed(id, 'CANCELLED');
    assert.deepEqual(await alice.client.listTasks({ search: id }), []);
    assert.deepEqual(await alice.home.readAll('outgoing'), []);
  });

  for (const [who, at] of [
    ['sender', 'connecting'],
    ['receiver', 'connecting'],
    ['sender', 'transferring'],
    ['receiver', 'transferring'],
  ] as const) {
    it(`by the ${who}'s cancel while ${at} ends truthfully on both sides`, async () => {
      const nowhere = at === 'connecting' ? { bootstrap: ['127.0.0.1:9'] } : {};
      const [alice, bob] = await Promise.all([
        engines.start('alice'),
        engines.start('bob', nowhere),
      ]);
      const id = await alice.send(await large(), bob);
      await bob.accept(id);
      await Promise.all([alice.state(id, at), bob.state(id, at)]);
      const [one, other] = who === 'sender' ? [alice, bob] : [bob, alice];
      await one.engine.cancel(id);
      await one.failed(id, 'CANCELLED');
      await other.failed(id, 'CANCELLED_BY_PEER', new RegExp(`^${one.id} cancelled`));
      const task = await alice.task(id, who === 'sender' ? 'cancelled' : 'failed');
      assert.match(task.said, /"code":"CANCELLED"/);
      assert.deepEqual(await engines.saved(bob), []);
      await one.engine.cancel(id);
    });
  }

  it('by a cancel of somebody on the task service ends on both sides', async () => {
    const [alice, bob] = await pair();
    const id = await alice.send(await large(), bob);
    await bob.accept(id);
    await bob.state(id, 'transferring');
    await engines.client('operator').cancel(alice.taskId(id));
    await alice.failed(id, 'CANCELLED_BY_PEER');
    await bob.failed(id, 'CANCELLED_BY_PEER');
    assert.deepEqual(await engines.saved(bob), []);
  });

  it('by a restart of the hub flows on, and the audit catches up', async () => {
    const [alice, bob] = await pair();
    const id = await alice.send(await large(150_000_000), bob);
    await bob.accept(id);
    await bob.state(id, 'transferring');
    await hub.restart();
    const [sent, received] = await Promise.all([alice.completed(id), bob.completed(id)]);
    assert.equal(sent.sha256, received.sha256);
    await bob.until('the audit', () => {
      const state = bob.transfer(id)?.state;
      return state?.kind === 'completed' && state.result.audit === 'confirmed';
    });
    const task = await alice.task(id, 'completed');
    assert.match(task.said, /"percent":/);
    const again = bob.events.filter(
      (event) => event.type === 'transfer' && event.transfer.state.kind === 'connecting',
    );
    assert.equal(again.length, 1, 'the bytes did not stop');
  });

  it('by a lease that runs out goes on, claimed again', async () => {
    const [alice, bob] = await pair();
    const id = await alice.send(await large(60_000_000), bob);
    await bob.accept(id);
    await bob.state(id, 'transferring');
    await engines.client('bob').claim(alice.taskId(id), 1);
    await Promise.all([alice.completed(id), bob.completed(id)]);
    const task = await alice.task(id, 'completed');
    assert.equal(task.assigneeId, 'bob');
  });

  it('by a sender that dies begins again when it is back', async () => {
    const bob = await engines.start('bob');
    const file = offeredFile(Buffer.alloc(400_000, 3));
    await postByHand(engines.client('mallory'), 'bob', file, true);
    await bob.accept(file.transferId);
    const first = await engines.swarm();
    meet(
      first,
      file.transferId,
      async (hand) => {
        await hand.say(FrameType.meta, encodeMeta(file.meta));
        await hand.say(FrameType.data, file.bytes.subarray(0, 65_536));
        await bob.state(file.transferId, 'transferring');
        hand.channel.destroy();
      },
      file.seed,
    );
    await bob.until('the loss', () => {
      const state = bob.transfer(file.transferId)?.state;
      return state?.kind === 'connecting' && state.again;
    });
    await first.destroy();
    meet(await engines.swarm(), file.transferId, (hand) => hand.sendFile(file), file.seed);
    await bob.completed(file.transferId);
    assert.deepEqual(await engines.saved(bob), ['by hand.bin']);
  });

  it('by a restart of the sender’s engine is offered once and still served', async () => {
    const folder = engines.path('home-alice');
    const bob = await engines.start('bob');
    const first = await engines.start('alice', { home: await openFileHome(folder) });
    const id = await first.send(await engines.file('a', 'still here'), bob);
    await bob.asked(id);
    const task = await first.until('the task', () => first.transfer(id)?.taskId);
    await engines.stop(first);
    assert.equal((await bob.client.getTask(task)).status, 'pending');
    const second = await engines.start('alice', { home: await openFileHome(folder) });
    await second.state(id, 'waiting');
    await bob.accept(id);
    assert.equal((await second.completed(id)).audit, 'confirmed');
    assert.equal(second.taskId(id), task);
    assert.equal(bob.events.filter(({ type }) => type === 'offer').length, 1);
    await second.until('a journal that is done', () => second.transfer(id));
    await engines.stop(second);
    assert.deepEqual(await readdir(engines.path('home-alice', 'outgoing')), []);
    const third = await engines.start('alice', { home: await openFileHome(folder) });
    const [told] = (await third.engine.snapshot()).transfers;
    assert.deepEqual([told?.transferId, told?.state.kind], [id, 'completed']);
  });

  it('by a restart of the receiver’s engine begins again, and asks nothing twice', async () => {
    const folder = engines.path('home-bob');
    const alice = await engines.start('alice', { timeoutMs: 15_000 });
    const first = await engines.start('bob', { home: await openFileHome(folder) });
    const id = await alice.send(await large(), first);
    await first.accept(id);
    await first.state(id, 'transferring');
    await engines.stop(first);
    assert.deepEqual(await engines.saved(first), []);
    const second = await engines.start('bob', { home: await openFileHome(folder) });
    const [sent, received] = await Promise.all([alice.completed(id), second.completed(id)]);
    assert.equal(received.sha256, sent.sha256);
    assert.ok(!second.events.some((one) => one.type === 'offer' && one.offer.transferId === id));
    assert.deepEqual(await engines.saved(second), ['large.bin']);
    await alice.task(id, 'completed');
  });

  it('by an engine that stops without keeping is withdrawn', async () => {
    const [alice, bob] = await pair();
    const id = await alice.send(await engines.file('a', 'a'), bob);
    await bob.asked(id);
    const task = await alice.until('the task', () => alice.transfer(id)?.taskId);
    await engines.stop(alice, {});
    assert.equal((await bob.taskById(task, 'cancelled')).status, 'cancelled');
    await bob.until('the end of the question', () => bob.closings(id)[0] === 'withdrawn');
  });

  it('while the hub is away fails at once for the person, and for the task when it is back', async () => {
    const folder = engines.path('home-alice');
    const first = await engines.start('alice', { home: await openFileHome(folder) });
    const id = await first.send(await engines.file('a', 'a'), 'bob');
    await first.state(id, 'waiting');
    await first.until('the task', () => first.transfer(id)?.taskId);
    const task = first.taskId(id);
    await hub.stop();
    const cancelling = first.engine.cancel(id);
    await first.failed(id, 'CANCELLED');
    await engines.stop(first);
    await cancelling;
    assert.equal((await readdir(engines.path('home-alice', 'outgoing'))).length, 1);
    await hub.start();
    const second = await engines.start('alice', { home: await openFileHome(folder) });
    assert.match((await second.taskById(task, 'cancelled')).said, /CANCELLED/);
    await second.failed(id, 'CANCELLED');
  });

  it('leaves journals alone that are damaged or of a newer version', async () => {
    const folder = engines.path('home-alice');
    const first = await engines.start('alice', { home: await openFileHome(folder) });
    const id = await first.send(await engines.file('a', 'a'), 'bob');
    await first.state(id, 'waiting');
    await engines.stop(first);
    const journal = engines.path('home-alice', 'outgoing', `${id}.json`);
    const record = JSON.parse(await readFile(journal, 'utf8')) as object;
    const newer = JSON.stringify({ ...record, version: 2 });
    await writeFile(journal, newer);
    const damaged = createHash('sha256').update(id).digest('hex').slice(0, 32);
    await writeFile(engines.path('home-alice', 'outgoing', `${damaged}.json`), '{"version":1,');
    const second = await engines.start('alice', { home: await openFileHome(folder) });
    assert.deepEqual((await second.engine.snapshot()).transfers, []);
    assert.equal(await readFile(journal, 'utf8'), newer);
    assert.deepEqual((await readdir(engines.path('home-alice', 'outgoing'))).sort(), [
      ...[`${damaged}.json.damaged`, `${id}.json`].sort(),
    ]);
  });
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { Engine } from '../../../src/core/engine';
import type { EngineConfig } from '../../../src/core/engineConfig';
import { offeredFile, postByHand } from '../../support/handPeer';
import { withEngines, type Agent } from '../../support/withEngines';
import { withHub } from '../../support/withHub';

/** An offer is asked once, answered once, and its life follows the task's. */
describe('an offer as a question', function () {
  this.timeout(30_000);
  const hub = withHub();
  const engines = withEngines(hub);

  const pair = (): Promise<[Agent, Agent]> =>
    Promise.all([engines.start('alice'), engines.start('bob')]);

  it('is declined with a reason that the sender reads', async () => {
    const [alice, bob] = await pair();
    const id = await alice.send(await engines.file('a', 'a'), bob);
    await bob.asked(id);
    await bob.engine.answer(id, { kind: 'decline', reason: 'not \u001b[2Jtoday' });
    await alice.failed(id, 'DECLINED', /^bob declined: not +\[2Jtoday\.$/);
    assert.match((await alice.task(id, 'rejected')).said, /today/);
    assert.deepEqual(bob.closings(id), ['declined']);
    await assert.rejects(bob.engine.answer(id, { kind: 'accept' }), { code: 'OFFER_ANSWERED' });
    await assert.rejects(bob.engine.answer('f'.repeat(32), { kind: 'accept' }), {
      code: 'OFFER_UNKNOWN',
    });
    const asked = bob.events.filter(({ type }) => type === 'offer');
    assert.equal(asked.length, 1, 'the news of the answer does not ask again');
  });

  it('is answered once, whoever answers at the same time', async () => {
    const [alice, bob] = await pair();
    const id = await alice.send(await engines.file('a', 'a'), bob);
    await bob.asked(id);
    const answers = await Promise.allSettled(
      Array.from({ length: 4 }, () => bob.engine.answer(id, { kind: 'accept' })),
    );
    const refused = answers.flatMap((one) =>
      one.status === 'rejected' ? [(one.reason as { code: string }).code] : [],
    );
    assert.deepEqual(refused, ['OFFER_ANSWERED', 'OFFER_ANSWERED', 'OFFER_ANSWERED']);
    await bob.completed(id);
    await assert.rejects(bob.engine.answer(id, { kind: 'accept' }), { code: 'OFFER_ANSWERED' });
    assert.deepEqual(await engines.saved(bob), ['a']);
  });

  it('is one offer however often it is offered with the same id', async () => {
    const [alice, bob] = await pair();
    const [file, transferId] = [await engines.file('a', 'a'), randomBytes(16).toString('hex')];
    const request = { transferId, paths: [file], recipientId: 'bob' };
    await Promise.all([1, 2, 3].map(() => alice.engine.offer(request)));
    await bob.accept(transferId);
    await alice.completed(transferId);
    await alice.engine.offer(request);
    const tasks = await alice.client.listTasks({ search: transferId });
    assert.equal(tasks.length, 1);
  });

  it('is withdrawn before the answer, and leaves the screen', async () => {
    const [alice, bob] = await pair();
    const id = await alice.send(await engines.file('a', 'a'), bob);
    await bob.asked(id);
    await alice.engine.cancel(id);
    await alice.failed(id, 'CANCELLED');
    assert.match((await alice.task(id, 'cancelled')).said, /"code":"CANCELLED"/);
    await bob.until('the end of the question', () => bob.closings(id).length > 0);
    assert.deepEqual(bob.closings(id), ['withdrawn']);
    assert.deepEqual((await bob.engine.snapshot()).offers, []);
    await assert.rejects(bob.engine.answer(id, { kind: 'accept' }), { code: 'OFFER_UNKNOWN' });
  });

  it('expires when nobody answers', async () => {
    const [alice, bob] = await pair();
    const file = await engines.file('a', 'a');
    const id = await alice.send(file, bob, { offerLifetimeMs: 700 });
    await bob.asked(id);
    await alice.failed(id, 'OFFER_EXPIRED', /^bob did not answer in time/);
    assert.match((await alice.task(id, 'cancelled')).said, /OFFER_EXPIRED/);
    await bob.until('the end of the question', () => bob.closings(id).length > 0);
  });

  it('is taken elsewhere, and leaves the screen', async () => {
    const [alice, bob] = await pair();
    const id = await alice.send(await engines.file('a', 'a'), bob);
    await bob.asked(id);
    await alice.until('the task', () => alice.transfer(id)?.taskId);
    await engines.client('bob').claim(alice.taskId(id), 60_000);
    await bob.until('the end of the question', () => bob.closings(id).length > 0);
    assert.deepEqual(bob.closings(id), ['taken']);
    await alice.engine.cancel(id);
  });

  it('is no question when it is for somebody else, in another’s name, or makes no sense', async () => {
    const bob = await engines.start('bob');
    const mallory = engines.client('mallory');
    const file = offeredFile(Buffer.from('x'));
    await postByHand(mallory, 'carol', file, true);
    for (const change of [
      { sender_id: 'alice' },
      { file_size: -1 },
      { file_size: '5' },
      { file_hash: 'short' },
      { file_name: '' },
      { transfer_id: { toString: 'evil' } },
      { recipient_id: ['bob'] },
    ]) {
      const payload = {
        transfer_id: randomBytes(16).toString('hex'),
        sender_id: 'mallory',
        recipient_id: 'bob',
        file_name: 'x',
        file_size: 1,
        file_hash: 'a'.repeat(64),
        ...change,
      };
      const task = { title: 'x', type: 'file_offer', channel: 'p2p-transfer', payload };
      await mallory.createTask(task);
    }
    const good = offeredFile(Buffer.from('y'));
    await postByHand(mallory, 'bob', good, true);
    await bob.asked(good.transferId);
    assert.equal(bob.events.filter(({ type }) => type === 'offer').length, 1);
    const { id } = await postByHand(mallory, 'bob', offeredFile(Buffer.from('z'), 'a/..'), true);
    assert.match((await bob.taskById(id, 'rejected')).said, /NAME_REFUSED/);
  });

  it('is declined by rule: not allowed, or too large; both sides’ tasks say so', async () => {
    const [alice, mallory, bob] = await Promise.all([
      engines.start('alice'),
      engines.start('mallory'),
      engines.start('bob', { allowedPeers: ['alice'], maxFileSize: 10 }),
    ]);
    const small = await engines.file('small', 'small');
    const large = await engines.file('large', 'more than ten bytes');
    const [foreign, heavy, good] = [
      await mallory.send(small, bob),
      await alice.send(large, bob),
      await alice.send(small, bob),
    ];
    await mallory.failed(foreign, 'NOT_ALLOWED', /mallory is not on the list/);
    await alice.failed(heavy, 'TOO_LARGE', /at most 10/);
    assert.match((await mallory.task(foreign, 'rejected')).said, /NOT_ALLOWED/);
    assert.match((await alice.task(heavy, 'rejected')).said, /TOO_LARGE/);
    assert.equal((await bob.asked(good)).stranger, false);
    assert.equal((await bob.engine.snapshot()).offers.length, 1);
  });

  it('of somebody blocked is not shown, and shown when they are let in again', async () => {
    const [alice, bob] = await pair();
    const file = await engines.file('a', 'a');
    const before = await alice.send(file, bob);
    await bob.asked(before);
    await bob.engine.block('alice', true);
    assert.equal(bob.closings(before).length, 1);
    const during = await alice.send(file, bob);
    await alice.until('the task', () => alice.transfer(during)?.taskId);
    const carol = offeredFile(Buffer.from('c'));
    await postByHand(engines.client('carol'), 'bob', carol, true);
    await bob.asked(carol.transferId);
    assert.deepEqual((await bob.engine.snapshot()).blocked, ['alice']);
    assert.equal((await bob.engine.snapshot()).offers.length, 1);
    await bob.engine.block('alice', false);
    await bob.asked(during);
    await bob.accept(during);
    await alice.completed(during);
  });

  it('follows the rules in force: taken away, and asked again once they let it in', async () => {
    const [alice, mallory, bob] = await Promise.all([
      engines.start('alice'),
      engines.start('mallory'),
      engines.start('bob'),
    ]);
    const [small, large] = [await engines.file('a', 'a'), await engines.file('b', 'b'.repeat(99))];
    const ids = [
      await alice.send(small, bob),
      await alice.send(large, bob),
      await mallory.send(small, bob),
    ] as const;
    await Promise.all(ids.map((id) => bob.asked(id)));
    const asks = (id: string): number =>
      bob.events.filter((event) => event.type === 'offer' && event.offer.transferId === id).length;
    // Tasks of the tests before are asked about as well.
    const open = async (which: readonly string[] = ids): Promise<string[]> => {
      const { offers } = await bob.engine.snapshot();
      return which.filter((id) => offers.some(({ transferId }) => transferId === id));
    };
    const rule = (more: Partial<EngineConfig>): Promise<void> =>
      bob.engine.configure({ ...bob.config, ...more });

    await rule({ allowedPeers: ['alice'], maxFileSize: 10 });
    assert.deepEqual(await open(), [ids[0]]);
    // It is on the list now, and no stranger any more.
    assert.deepEqual([asks(ids[0]), asks(ids[1]), asks(ids[2])], [2, 1, 1]);
    assert.deepEqual(bob.closings(ids[1]), ['withdrawn']);
    await assert.rejects(bob.engine.answer(ids[2], { kind: 'accept' }), { code: 'OFFER_UNKNOWN' });
    // The same again, and another word from the service, ask and close nothing.
    await rule({ allowedPeers: ['alice'], maxFileSize: 10 });
    await alice.client.addMessage(alice.taskId(ids[1]), [{ type: 'text', content: 'hello?' }]);
    await mallory.engine.cancel(ids[2]);
    await mallory.task(ids[2], 'cancelled');
    const fence = await alice.send(small, bob);
    await bob.asked(fence);
    assert.deepEqual(bob.closings(ids[2]), ['withdrawn'], 'not closed a second time');
    assert.deepEqual(await open([...ids, fence]), [ids[0], fence]);

    await rule({});
    // Neither declined nor forgotten; what was cancelled meanwhile does not come back.
    assert.deepEqual(await open([...ids, fence]), [ids[0], ids[1], fence]);
    assert.deepEqual([asks(ids[1]), asks(ids[2])], [2, 1]);
    await bob.engine.answer(ids[1], { kind: 'accept' });
    await Promise.all([alice.completed(ids[1]), bob.completed(ids[1])]);
    await Promise.all([ids[0], fence].map((id) => alice.engine.cancel(id)));
  });

  it('is answered as it was asked, though the rules change while that is under way', async () => {
    const [alice, bob] = await pair();
    const id = await alice.send(await engines.file('a', 'a'), bob);
    await bob.asked(id);
    const answer = bob.engine.answer(id, { kind: 'accept' });
    await bob.engine.configure({ ...bob.config, allowedPeers: ['nobody'] });
    await answer;
    await Promise.all([alice.completed(id), bob.completed(id)]);
    assert.deepEqual(bob.closings(id), ['accepted']);
  });

  it('of a stranger who asks too fast is counted, not announced', async () => {
    const bob = await engines.start('bob');
    const held: boolean[] = [];
    for (let count = 0; count < 5; count++) {
      const file = offeredFile(randomBytes(4));
      await postByHand(engines.client('mallory'), 'bob', file, true);
      held.push((await bob.asked(file.transferId)).held);
    }
    assert.deepEqual(held, [false, false, false, true, true]);
  });

  it('fails with ATS_UNREACHABLE when the service is away, at once and on both answers', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const alice = await engines.start('alice', { atsUrl: `http://127.0.0.1:${String(port)}` });
    const id = await alice.send(await engines.file('a', 'a'), 'bob');
    await alice.failed(id, 'ATS_UNREACHABLE', /cannot be reached/);
    assert.deepEqual(await alice.home.readAll('outgoing'), []);
    await alice.until('the state', () =>
      alice.events.some(
        (event) => event.type === 'service' && event.service.kind === 'unreachable',
      ),
    );
  });

  it('goes over to another service, while a transfer ends on the one where it began', async () => {
    const [alice, bob] = await pair();
    const id = await alice.send(await engines.file('large', Buffer.alloc(40_000_000, 1)), bob);
    await bob.accept(id);
    await bob.state(id, 'transferring');
    const elsewhere = { ...bob.config, channel: 'other', organization: 'default' };
    await bob.engine.configure(elsewhere);
    assert.equal((await bob.engine.config()).channel, 'other');
    await Promise.all([alice.completed(id), bob.completed(id)]);
    assert.equal((await alice.task(id, 'completed')).assigneeId, 'bob');
    const next = await alice.send(await engines.file('b', 'b'), bob, { channel: 'other' });
    await bob.accept(next);
    await alice.completed(next);
  });

  it('is refused by an engine that was let go', async () => {
    const alice = await engines.start('alice');
    await engines.stop(alice);
    const file = await engines.file('a', 'a');
    await assert.rejects(alice.send(file, 'bob'), { code: 'SERVICE_LOST' });
    const answer: Engine['answer'] = (...args) => alice.engine.answer(...args);
    await assert.rejects(answer('f'.repeat(32), { kind: 'accept' }), { code: 'SERVICE_LOST' });
  });
});

for (const holderMayRenew of [true, false]) {
  describe(`two homes of one actor, at a service that ${
    holderMayRenew ? 'lets the holder claim again' : 'refuses the holder too'
  }`, function () {
    this.timeout(30_000);
    const hub = withHub({ holderMayRenew });
    const engines = withEngines(hub);

    it('accept one offer at the same moment, and exactly one file arrives', async () => {
      const alice = await engines.start('alice');
      const bobs = await Promise.all(
        ['one', 'two'].map((name) =>
          engines.start('bob', { saveDirectory: engines.path('saved', name) }),
        ),
      );
      const id = await alice.send(await engines.file('a', 'a'), 'bob');
      const answers = await Promise.allSettled(bobs.map((bob) => bob.accept(id)));
      const codes = answers.map((one) =>
        one.status === 'rejected' ? (one.reason as { code: string }).code : 'accepted',
      );
      assert.deepEqual(codes.toSorted(), ['OFFER_TAKEN', 'accepted']);
      assert.equal((await alice.completed(id)).audit, 'confirmed');
      const saved = await Promise.all(bobs.map((bob) => engines.saved(bob)));
      assert.deepEqual(saved.flat(), ['a']);
      for (const bob of bobs) {
        await bob.until('the end of the question', () => bob.closings(id).length > 0);
        assert.equal(bob.closings(id).length, 1);
      }
    });
  });
}

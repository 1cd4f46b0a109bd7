import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { entryOf, online, pairUp, presence } from '../../../support/pairUp';
import { withEngines } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** If this fails, paired agents cannot rely on what they send each other. */
describe('two paired agents', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);

  it('send verified files both ways over their link, and the task learns no name', async () => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    for (const [from, to] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const bytes = randomBytes(3_000_000);
      const name = `secret plan of ${from.id}.pdf`;
      const id = await from.send(await engines.file(name, bytes), to);
      const offer = await to.asked(id);
      assert.deepEqual(
        [offer.senderId, offer.fileName, offer.fileSize, offer.trust, offer.allowed],
        [from.id, name, bytes.length, 'verified', false],
      );
      assert.equal(offer.agent?.fingerprint, entryOf(to, from.id)?.fingerprint);
      await to.accept(id);
      const [sent, received] = await Promise.all([from.completed(id), to.completed(id)]);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      assert.deepEqual([sent.sha256, sent.peerKey, sent.via], [sha256, 'paired', 'direct']);
      assert.deepEqual([received.sha256, received.receipt], [sha256, sent.receipt]);
      assert.ok((await readFile(received.path ?? '')).equals(bytes));
      const task = await from.task(id, 'completed');
      assert.equal(task.assigneeId, to.id);
      const whole = JSON.stringify(task);
      assert.doesNotMatch(whole, /secret plan/, 'the service reads no name');
      assert.ok(!whole.includes(sha256), 'nor a hash by which it could know the file');
      assert.ok(whole.includes(sent.receipt ?? 'a receipt'), 'but the receipt is there');
      assert.deepEqual(to.closings(id), ['accepted']);
    }
  });

  it('show the list of files before anything is accepted', async () => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    const id = await alice.send(await engines.file('list me', 'four'), bob);
    await bob.asked(id);
    assert.deepEqual(await bob.engine.preview(id), [{ path: 'list me', kind: 'file', size: 4 }]);
    assert.equal(alice.transfer(id)?.state.kind, 'waiting', 'looking accepts nothing');
    assert.deepEqual(await engines.saved(bob), []);
    await bob.accept(id);
    await Promise.all([alice.completed(id), bob.completed(id)]);
  });

  it('decline with a reason, withdraw, and cancel in the middle, on both sides', async () => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    const declined = await alice.send(await engines.file('a', 'a'), bob);
    await bob.asked(declined);
    await bob.engine.answer(declined, { kind: 'decline', reason: 'not now' });
    await alice.failed(declined, 'DECLINED', /not now/);
    await alice.task(declined, 'rejected');

    const withdrawn = await alice.send(await engines.file('b', 'b'), bob);
    await bob.asked(withdrawn);
    await alice.engine.cancel(withdrawn);
    await alice.failed(withdrawn, 'CANCELLED');
    await bob.until('the question to go', () => bob.closings(withdrawn)[0] === 'withdrawn');
    await assert.rejects(bob.engine.answer(withdrawn, { kind: 'accept' }), {
      code: 'OFFER_UNKNOWN',
    });

    for (const canceller of [alice, bob]) {
      const id = await alice.send(await engines.file('big', Buffer.alloc(64_000_000, 7)), bob);
      await bob.accept(id);
      await canceller.state(id, 'transferring');
      await canceller.engine.cancel(id);
      const other = canceller === alice ? bob : alice;
      await canceller.failed(id, 'CANCELLED');
      await other.failed(id, 'CANCELLED_BY_PEER');
    }
    assert.deepEqual(await engines.saved(bob), [], 'nothing of it stays');
  });

  it('go on after either engine went away in the middle', async () => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    const bytes = randomBytes(96_000_000);
    for (const [name, who] of [
      ['sender', alice],
      ['recipient', bob],
    ] as const) {
      const id = await alice.send(await engines.file(name, bytes), bob);
      await bob.accept(id);
      await alice.state(id, 'transferring');
      await bob.state(id, 'transferring');
      await engines.stop(who);
      const other = who === alice ? bob : alice;
      await other.state(id, 'interrupted');
      const again = await engines.start(who.id, { home: who.home });
      const { path = '', sha256 } = await (who === bob ? again : bob).completed(id);
      assert.equal(sha256, createHash('sha256').update(bytes).digest('hex'));
      assert.ok((await readFile(path)).equals(bytes));
      await (who === alice ? again : alice).completed(id);
      await engines.stop(again);
      if (who === alice) {
        const back = await engines.start('alice', { home: alice.home });
        Object.assign(alice, { engine: back.engine, events: back.events });
        await online(alice, 'bob');
      }
    }
  });

  it('send while the task service is down, and its record catches up', async () => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    await hub.stop();
    let id = '';
    try {
      id = await alice.send(await engines.file('offline', 'nobody in between'), bob);
      await bob.accept(id);
      await Promise.all([alice.completed(id), bob.completed(id)]);
    } finally {
      await hub.start();
    }
    const found = await alice.until('the record', () => alice.transfer(id)?.taskId);
    const task = await alice.taskById(found, 'completed');
    assert.equal(task.type, 'file_audit');
    assert.equal(task.payload['transfer_id'], id);
    assert.doesNotMatch(JSON.stringify(task), /offline"/);
  });

  it('come online by themselves after a restart, and tell what was offered meanwhile', async () => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    await engines.stop(bob);
    await presence(alice, 'bob', 'offline');
    const id = await alice.send(await engines.file('later', 'for later'), bob);
    const again = await engines.start('bob', { home: bob.home });
    await online(again, 'alice');
    await again.accept(id);
    await Promise.all([alice.completed(id), again.completed(id)]);
  });
});

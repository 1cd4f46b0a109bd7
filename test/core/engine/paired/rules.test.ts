import assert from 'node:assert/strict';
import type { EngineConfig } from '../../../../src/core/engineConfig';
import { pairUp } from '../../../support/pairUp';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** If this fails, somebody taken off a list keeps asking, or is asked about twice. */
describe('an offer of a paired agent and the rules', function () {
  this.timeout(60_000);
  const hub = withHub();
  const engines = withEngines(hub);

  const pair = async (): Promise<[Agent, Agent]> => {
    const both = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(...both);
    return both;
  };
  const asks = (agent: Agent, id: string): number =>
    agent.events.filter((event) => event.type === 'offer' && event.offer.transferId === id).length;
  const open = async (agent: Agent): Promise<string[]> =>
    (await agent.engine.snapshot()).offers.map(({ transferId }) => transferId).toSorted();
  const rule = (agent: Agent, more: Partial<EngineConfig>): Promise<void> =>
    agent.engine.configure({ ...agent.config, ...more });

  it('is taken away when they exclude it, and asked again once they let it in', async () => {
    const [alice, bob] = await pair();
    const small = await engines.file('a', 'a');
    const ids = [
      await alice.send(small, bob),
      await alice.send(await engines.file('b', 'b'.repeat(99)), bob),
    ] as const;
    await Promise.all(ids.map((id) => bob.asked(id)));

    await rule(bob, { maxFileSize: 10 });
    assert.deepEqual(await open(bob), [ids[0]]);
    assert.deepEqual(bob.closings(ids[1]), ['withdrawn']);
    await rule(bob, { allowedPeers: ['carol'] });
    assert.deepEqual(await open(bob), []);
    await assert.rejects(bob.engine.answer(ids[0], { kind: 'accept' }), { code: 'OFFER_UNKNOWN' });
    await assert.rejects(bob.engine.preview(ids[0]), { code: 'OFFER_UNKNOWN' });
    // Its sender says it again on a new link; that neither asks nor declines.
    await engines.stop(alice, { keepOffers: true });
    const back = await engines.start('alice', { home: alice.home });
    // Only what comes now is declined, as one that nobody was ever asked about.
    const late = await back.send(small, bob);
    await back.failed(late, 'DECLINED', /not on the list/);
    assert.deepEqual([asks(bob, ids[0]), asks(bob, ids[1]), asks(bob, late)], [1, 1, 0]);

    await rule(bob, { allowedPeers: ['alice'] });
    assert.deepEqual(await open(bob), [...ids].toSorted());
    assert.deepEqual([asks(bob, ids[0]), asks(bob, ids[1])], [2, 2]);
    await rule(bob, {});
    assert.deepEqual([asks(bob, ids[0]), asks(bob, ids[1])], [2, 2], 'nothing changed for them');
    await bob.engine.answer(ids[1], { kind: 'accept' });
    await Promise.all([back.completed(ids[1]), bob.completed(ids[1])]);
    // One that waits aside and is withdrawn does not come back.
    await rule(bob, { allowedPeers: ['carol'] });
    await back.engine.cancel(ids[0]);
    await back.task(ids[0], 'cancelled');
    const fence = await back.send(small, bob);
    await back.failed(fence, 'DECLINED');
    await rule(bob, {});
    assert.deepEqual(await open(bob), []);
  });

  it('knows at once that its agent is allowed to send without asking, or not any more', async () => {
    const [alice, bob] = await pair();
    const id = await alice.send(await engines.file('a', 'a'), bob);
    const { agent, allowed } = await bob.asked(id);
    assert.equal(allowed, false);
    const kid = agent?.kid ?? '';
    for (const allow of [true, true, false]) {
      await bob.engine.changeAgent(kid, { allowed: allow });
      const [offer] = (await bob.engine.snapshot()).offers;
      assert.equal(offer?.allowed, allow);
    }
    assert.equal(asks(bob, id), 3, 'told again when it changes, and only then');
    assert.deepEqual(bob.closings(id), []);
    await bob.engine.answer(id, { kind: 'decline' });
    await alice.failed(id, 'DECLINED');
  });

  it('of one that was blocked is asked about once it is let in again, though it is away', async () => {
    const [alice, bob] = await pair();
    const id = await alice.send(await engines.file('a', 'a'), bob);
    const { agent } = await bob.asked(id);
    await alice.until('the task', () => alice.transfer(id)?.taskId);
    await engines.stop(alice, { keepOffers: true });
    const kid = agent?.kid ?? '';
    await bob.engine.changeAgent(kid, { blocked: true });
    assert.deepEqual(bob.closings(id), ['withdrawn']);
    assert.deepEqual(await open(bob), []);
    await bob.engine.changeAgent(kid, { blocked: false });
    await bob.until('the question again', () => asks(bob, id) === 2);
    assert.deepEqual(await open(bob), [id]);
    const back = await engines.start('alice', { home: alice.home });
    await bob.engine.answer(id, { kind: 'accept' });
    await Promise.all([back.completed(id), bob.completed(id)]);
    assert.equal(asks(bob, id), 2);
  });
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { playAgent } from '../../../support/handAgent';
import { offerBy } from '../../../support/offerByHand';
import { online, pairingId, pairingReaches, pairUp, presence } from '../../../support/pairUp';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';
import { OfferType } from '../../../../src/core/wire/v2Offer';

/** If this fails, who changes a setting or goes away for a while loses a pairing, a link or a word. */
describe('paired agents, while settings change and links are down', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const both = (): Promise<[Agent, Agent]> =>
    Promise.all([engines.start('alice'), engines.start('bob')]);

  it('finish a pairing although the inviter changes settings meanwhile', async () => {
    const [alice, bob] = await both();
    const [inviting, joining] = [pairingId(), pairingId()];
    const { code } = await alice.engine.invite(inviting);
    await alice.engine.configure({ ...alice.config, actorName: 'Alice' });
    await bob.engine.join(joining, code);
    await Promise.all([
      pairingReaches(alice, inviting, 'confirm'),
      pairingReaches(bob, joining, 'confirm'),
    ]);
    await alice.engine.configure({ ...alice.config, actorName: 'Alice again' });
    await alice.engine.answerPairing(inviting, true);
    await bob.engine.answerPairing(joining, true);
    await Promise.all([
      pairingReaches(alice, inviting, 'paired'),
      pairingReaches(bob, joining, 'paired'),
    ]);
    await Promise.all([online(alice, 'bob'), online(bob, 'alice')]);
  });

  it('go on with a transfer when one is set to direct links only, and changed again at once', async () => {
    const [alice, bob] = await both();
    await pairUp(alice, bob);
    const bytes = randomBytes(96_000_000);
    const id = await alice.send(await engines.file('large', bytes), bob);
    await bob.accept(id);
    await bob.state(id, 'transferring');
    await Promise.all([
      bob.engine.configure({ ...bob.config, directOnly: true }),
      bob.engine.configure({ ...bob.config, directOnly: true, actorName: 'Bob' }),
    ]);
    await Promise.all([alice.completed(id), bob.completed(id)]);
    assert.deepEqual(await engines.saved(bob), ['large']);
  });

  it('hear of a cancel when the link is back, whoever cancelled', async () => {
    for (const canceller of ['alice', 'bob'] as const) {
      const agents = await both();
      const [alice, bob] = agents;
      await pairUp(alice, bob);
      const id = await alice.send(await engines.file('big', Buffer.alloc(96_000_000, 7)), bob);
      await bob.accept(id);
      await bob.state(id, 'transferring');
      const [who, away] = canceller === 'alice' ? [alice, bob] : [bob, alice];
      await engines.stop(away);
      await presence(who, away.id, 'offline');
      await who.engine.cancel(id);
      await who.failed(id, 'CANCELLED');
      const back = await engines.start(away.id, { home: away.home });
      await back.failed(id, canceller === 'alice' ? 'OFFER_WITHDRAWN' : 'CANCELLED_BY_PEER');
      assert.deepEqual(await engines.saved(bob), []);
      await engines.stop(back);
      await engines.stop(who);
    }
  });

  it('are asked about although another agent asks more than anybody answers', async () => {
    const [alice, bob] = await both();
    const carol = await engines.start('carol');
    await pairUp(alice, bob);
    await pairUp(alice, carol);
    await engines.stop(bob);
    await presence(alice, 'bob', 'offline');
    const hand = await playAgent(bob, alice, await engines.swarm());
    try {
      const many = await Promise.all(Array.from({ length: 600 }, () => offerBy(bob, alice, 4)));
      for (const { offer } of many) hand.say({ type: OfferType.offer, offer });
      await alice.until('a hundred', () => alice.events.filter(isOffer).length >= 100);
      const id = await carol.send(await engines.file('hers', 'hers'), alice);
      await alice.accept(id);
      await alice.completed(id);
    } finally {
      await hand.leave();
    }
  });

  it('tell of many changes of the book in few events, and of the last one always', async () => {
    const [alice, bob] = await both();
    await pairUp(alice, bob);
    const { kid } = await online(alice, 'bob');
    const before = alice.events.length;
    for (let turn = 0; turn < 200; turn++) {
      await alice.engine.changeAgent(kid, { allowed: turn % 2 === 0 });
    }
    await alice.engine.changeAgent(kid, { allowed: true });
    await alice.until('the last', () => {
      const told = alice.events.findLast(({ type }) => type === 'agents');
      return told?.type === 'agents' && told.agents[0]?.allowed === true;
    });
    const told = alice.events.slice(before).filter(({ type }) => type === 'agents');
    assert.ok(told.length < 100, `${String(told.length)} events`);
  });
});

function isOffer({ type }: { readonly type: string }): boolean {
  return type === 'offer';
}

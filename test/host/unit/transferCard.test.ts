import assert from 'node:assert/strict';
import { pageTransfers } from '../../../src/host/text/transferCard';
import { anOffer, aRef, aTransfer, folderParts, HOSTILE, states } from './samples';

const agent = aRef();
const other = aRef({ kid: 'c'.repeat(64) });
const cards = (
  ...[offers, transfers]: [
    Parameters<typeof pageTransfers>[1],
    Parameters<typeof pageTransfers>[2]?,
  ]
) => pageTransfers(agent.kid, offers, transfers ?? []);

describe('the cards of transfers in a chat', () => {
  it('are those with this very identity: whoever claims its id, or is another, has none', () => {
    const offers = [
      anOffer({ trust: 'verified', agent: other }),
      anOffer({ trust: 'claims', agent }),
      anOffer({ trust: 'unverified' }),
    ];
    const transfers = [aTransfer(), aTransfer({ agent: other })];
    assert.deepEqual(cards(offers, transfers), []);
    assert.equal(cards([anOffer({ trust: 'verified', agent })], [aTransfer({ agent })]).length, 2);
  });

  it('offer what can be done in each state, and nothing else', () => {
    const [offered] = cards([anOffer({ trust: 'verified', agent })]);
    assert.deepEqual(offered?.actions, ['accept', 'acceptTo', 'decline']);
    const actions = (parts: Parameters<typeof aTransfer>[0]) =>
      cards([], [aTransfer({ agent, ...parts })])[0]?.actions;
    assert.deepEqual(actions({ state: states.transferring(1) }), ['cancel']);
    assert.deepEqual(actions({ state: states.interrupted() }), ['resume', 'cancel']);
    assert.deepEqual(actions({ state: states.completed('/save/x') }), ['open', 'reveal']);
    assert.deepEqual(actions({ ...folderParts, state: states.completed('/save/x') }), ['reveal']);
    assert.deepEqual(actions({ state: states.completed() }), []);
    assert.deepEqual(actions({ state: states.failed('PEER_LOST') }), []);
  });

  it('are one for each transfer, also while its offer is not closed yet', () => {
    const offer = anOffer({ trust: 'verified', agent, transferId: '7'.repeat(32) });
    const transfer = aTransfer({ agent, transferId: '7'.repeat(32), direction: 'receive' });
    assert.deepEqual(
      cards([offer], [transfer]).map(({ state }) => state),
      ['running'],
    );
  });

  it('say how far it is between nothing and all, also of nothing at all', () => {
    const progress = (bytes: number, total: number) =>
      cards([], [aTransfer({ agent, state: states.transferring(bytes, total) })])[0]?.progress;
    assert.equal(progress(250, 1000), 0.25);
    assert.equal(progress(0, 0), 1);
    assert.equal(progress(2000, 1000), 1);
  });

  it('show a name on one line, without what reverses or hides it', () => {
    const [card] = cards([anOffer({ trust: 'verified', agent, fileName: HOSTILE })]);
    assert.doesNotMatch(card?.title ?? '\n', /[\n\u202e]/);
  });
});

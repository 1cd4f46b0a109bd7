import assert from 'node:assert/strict';
import {
  attend,
  chatsTo,
  kidOfAgent,
  said,
  say,
  stateOf,
  withoutLinks,
} from '../../../support/talking';
import { withEngines } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** If this fails, somebody who was blocked is shown a way on which nobody listens. */
describe('a chat through the service whose other side blocks', function () {
  this.timeout(90_000);
  const hub = withHub();
  const engines = withEngines(hub);

  it('shows no way any more, and goes on when it is unblocked', async () => {
    const [alice, bob] = await withoutLinks(engines, hub);
    await Promise.all([attend(alice), attend(bob)]);
    const first = await say(alice, bob, 'before');
    await alice.until('delivery', () => stateOf(alice, first) === 'delivered');
    await say(bob, alice, 'the other way');
    await bob.until('the way', () => chatsTo(bob, alice)?.path.kind === 'relayed');
    const kid = await kidOfAgent(alice, bob);
    await alice.engine.changeAgent(kid, { blocked: true });
    await bob.until('no way', () => chatsTo(bob, alice)?.path.kind !== 'relayed');
    const waits = await say(bob, alice, 'nobody hears this yet');
    await alice.engine.changeAgent(kid, { blocked: false });
    await bob.until('delivery', () => stateOf(bob, waits) === 'delivered');
    assert.deepEqual(said(alice), ['the other way', 'nobody hears this yet']);
  });
});

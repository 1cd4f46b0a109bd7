import { online, pairUp, presence } from '../../../support/pairUp';
import { withEngines } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** If this fails, agents do not find each other any more once their hub has moved its DHT. */
describe('paired agents whose hub comes back with another DHT', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);

  it('find each other there, also when one of them was away, and send', async () => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    await engines.stop(bob);
    await presence(alice, 'bob', 'offline');
    await hub.stop();
    // Nobody is there to ask; what the hub last said is all that is known.
    const again = await engines.start('bob', { home: bob.home });
    await hub.start({ dhtPort: 0 });
    await Promise.all([online(alice, 'bob'), online(again, 'alice')]);
    const id = await alice.send(await engines.file('moved', 'moved'), again);
    await again.accept(id);
    await Promise.all([alice.completed(id), again.completed(id)]);
  });
});

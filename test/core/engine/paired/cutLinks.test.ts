import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { online, pairUp, presence } from '../../../support/pairUp';
import { linesOf, makeTree } from '../../../support/treeOnDisk';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

const FILES = 400;
const FILE_BYTES = 400_000;
/** Bytes that may be under way, in buffers on both sides, when a link is cut. */
const UNDER_WAY_BYTES = 16 * 1024 * 1024;

/** If this fails, a link that comes and goes moves the same bytes again and again. */
describe('a folder on its way while its link is cut', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);

  for (const who of ['alice', 'bob'] as const) {
    it(`goes on over the next link with nothing that is there fetched again, when ${who} cuts`, async () => {
      const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
      await pairUp(alice, bob);
      const files = Array.from({ length: FILES }, (_, number) => [
        `${String(number % 7)}/${String(number)}.bin`,
        randomBytes(FILE_BYTES),
      ]);
      const folder = await makeTree(
        engines.path('out', 'many'),
        Object.fromEntries(files) as Record<string, Buffer>,
      );
      const id = await alice.send(folder, bob);
      await bob.accept(id);
      const cutter = who === 'alice' ? alice : bob;
      let least = 0;
      for (let cut = 1; cut <= 2; cut++) {
        const arrived = await reached(bob, id, cut * 30_000_000);
        const before = bob.events.length;
        // Another way of linking: every link is closed, and both engines stay.
        await cutter.engine.configure({ ...cutter.config, directOnly: cut === 1 });
        await bob.until('the cut', () =>
          bob.events
            .slice(before)
            .some(
              (event) => event.type === 'transfer' && event.transfer.state.kind === 'interrupted',
            ),
        );
        least = arrived - UNDER_WAY_BYTES;
      }
      const [sent, received] = await Promise.all([alice.completed(id), bob.completed(id)]);
      assert.ok((received.spared ?? 0) >= least, `${String(received.spared)} of ${String(least)}`);
      assert.equal(sent.spared, received.spared);
      assert.deepEqual(await linesOf(received.path ?? ''), await linesOf(folder));
      assert.deepEqual(await engines.saved(bob), ['many']);
    });
  }

  it('ends when the sender has ended it while no link told of it', async () => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    const folder = await makeTree(engines.path('out', 'many'), {
      'a.bin': randomBytes(96_000_000),
    });
    const id = await alice.send(folder, bob);
    await bob.accept(id);
    await bob.state(id, 'transferring');
    const { kid } = await online(bob, 'alice');
    await engines.stop(alice);
    await presence(bob, 'alice', 'offline');
    const { error } = await bob.state(id, 'interrupted');
    assert.match(error.code, /PEER_LOST|AGENT_OFFLINE/);
    await alice.home.remove('outgoing', id);
    await engines.start('alice', { home: alice.home });
    await bob.failed(id, 'OFFER_WITHDRAWN');
    assert.equal((await online(bob, 'alice')).kid, kid);
    assert.deepEqual(await engines.saved(bob), []);
  });
});

/** The receiver's progress once it is at least this far. */
function reached(agent: Agent, id: string, bytes: number): Promise<number> {
  return agent.until(`${String(bytes)} bytes`, () => {
    const state = agent.transfer(id)?.state;
    return state?.kind === 'transferring' && state.progress.bytes >= bytes && state.progress.bytes;
  });
}

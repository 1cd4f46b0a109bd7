import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startHub, type Hub } from '../../../../src/hub/hub';
import { online, pairUp, presence } from '../../../support/pairUp';
import { withEngines } from '../../../support/withEngines';
import type { RunningHub } from '../../../support/withHub';

/** If this fails, agents do not find each other any more once their hub has moved its DHT. */
describe('paired agents whose hub comes back with another DHT', function () {
  this.timeout(120_000);
  let folder = '';
  let hub: Hub | undefined;
  const get = (): Hub => {
    if (hub === undefined) throw new Error('the hub runs from `before` on');
    return hub;
  };
  const moving: RunningHub = {
    get url() {
      return get().url;
    },
    get bootstrap() {
      return get().bootstrap;
    },
    async restart() {
      await this.stop();
      await this.start();
    },
    async stop() {
      await get().stop();
    },
    async start() {
      const port = Number(/:(\d+)$/.exec(get().url)?.[1]);
      hub = await startHub({ dataDir: path.join(folder, 'data'), port });
    },
  };
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-moving-'));
    hub = await startHub({ dataDir: path.join(folder, 'data') });
  });
  after(async () => {
    await hub?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const engines = withEngines(moving);

  it('find each other there, also when one of them was away, and send', async () => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    await engines.stop(bob);
    await presence(alice, 'bob', 'offline');
    await moving.stop();
    // Nobody is there to ask; what the hub last said is all that is known.
    const again = await engines.start('bob', { home: bob.home });
    await moving.start();
    await Promise.all([online(alice, 'bob'), online(again, 'alice')]);
    const id = await alice.send(await engines.file('moved', 'moved'), again);
    await again.accept(id);
    await Promise.all([alice.completed(id), again.completed(id)]);
  });
});

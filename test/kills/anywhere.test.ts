import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TransferState } from '../../src/core/events';
import { pairUp } from '../support/pairUp';
import { withEngines } from '../support/withEngines';
import { assertSame, plantTree } from './killTree';
import { withPrograms } from './programs';
import { withRandomness } from './randomness';
import { mostBytes, Scene } from './scene';

/** If this fails, a crash loses what has arrived, moves it again, or leaves something else behind. */
describe('a folder whose processes are killed', function () {
  this.timeout(80_000);
  const programs = withPrograms();
  const engines = withEngines(programs.hub);
  const random = withRandomness();

  it('arrives whole wherever sender, receiver and hub are killed, and nobody else is disturbed', async () => {
    const scene = await Scene.open(programs);
    const { sender, receiver } = scene;
    const tree = await plantTree(scene.path('proj'), { files: 2000, largeBytes: 60e6, random });
    const [carol, dave] = await Promise.all([engines.start('carol'), engines.start('dave')]);
    await pairUp(carol, dave);
    const beside = await engines.file('beside.bin', randomBytes(3e6));

    const kills = random.shuffled([[receiver], [sender], [sender, receiver], [receiver]]);
    // It waits its own lock out before it comes back, and is not waited for.
    const hubDiesAt = Math.floor(random.between(0, kills.length));
    let hubIsBack: Promise<void> | undefined;
    const id = await scene.offer(tree.path);
    for (const [number, victims] of kills.entries()) {
      await scene.moved(id, tree.bytes * random.between(0.02, 0.2));
      const others = await carol.send(beside, dave);
      await dave.accept(others);
      if (number === hubDiesAt) {
        await programs.hub.stop();
        hubIsBack = programs.hub.start();
      }
      await Promise.all(victims.map((victim) => victim.kill()));
      await Promise.all(victims.map((victim) => victim.start()));
      await Promise.all([carol.completed(others), dave.completed(others)]);
    }
    const { received } = await scene.completed(id);
    await hubIsBack;
    await assertSame(tree.path, received.path ?? '');
    assert.deepEqual(await scene.saved(), ['proj'], 'nothing is left beside it');
    scene.assertMovedAtMost(mostBytes(tree.bytes, kills.length));
  });

  it('is accepted once and placed once when that is the moment of the kill', async () => {
    const scene = await Scene.open(programs);
    const { sender, receiver } = scene;
    const tree = await plantTree(scene.path('proj'), { files: 500, largeBytes: 2e6, random });
    const rounds = [
      { moment: 'accepting', victims: [receiver], update: false },
      { moment: 'placing', victims: [receiver], update: false },
      { moment: 'placing', victims: [receiver, sender], update: true },
      { moment: 'placing', victims: [random.fraction() < 0.5 ? receiver : sender], update: true },
    ] as const;
    for (const { moment, victims, update } of rounds) {
      // Others than before, so that there is something to move, and to put in the place of the old.
      for (const name of random.shuffled(tree.small).slice(0, 250)) {
        await writeFile(path.join(tree.path, name), randomBytes(3000));
      }
      receiver.decision = { kind: 'accept', update };
      const id = await scene.offer(tree.path);
      if (moment === 'accepting') await receiver.until('the offer', () => receiver.wasAsked(id));
      else await receiver.until('all bytes', () => isThrough(receiver.transfer(id)?.state));
      await delay(random.between(0, 60));
      await Promise.all(victims.map((victim) => victim.kill()));
      await Promise.all(victims.map((victim) => victim.start()));
      const { received } = await scene.completed(id);
      await assertSame(tree.path, received.path ?? '');
    }
    assert.deepEqual(await scene.saved(), ['proj', 'proj (1)'], 'nothing else, and nothing twice');
  });
});

/** Every byte has come, and what is left is to put all in place and to say so. */
function isThrough(state: TransferState | undefined): boolean {
  if (state?.kind === 'completed') return true;
  return state?.kind === 'transferring' && state.progress.bytes === state.progress.total;
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, lstat, rename, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { assertSame, plantTree } from './killTree';
import { withPrograms } from './programs';
import { withRandomness } from './randomness';
import { mostBytes, Scene } from './scene';

/** If this fails, what arrives is neither the old nor the new, or all of it comes again. */
describe('a folder that changes while its sender is down', function () {
  this.timeout(60_000);
  const programs = withPrograms();
  const random = withRandomness();

  it('arrives in its new state, without what is gone, and only what changed is moved again', async () => {
    const scene = await Scene.open(programs);
    const { sender, receiver } = scene;
    const tree = await plantTree(scene.path('proj'), { files: 1000, largeBytes: 40e6, random });
    const at = (name: string): string => path.join(tree.path, name);
    const times = await Promise.all(FOLDERS.map(async (name) => (await lstat(at(name))).mtime));
    const id = await scene.offer(tree.path);
    // Within the large file: the half of the small ones before it has come, the other half has not.
    await scene.moved(id, tree.bytes * random.between(0.3, 0.7));
    await sender.kill();

    const half = tree.small.length / 2;
    const [come, toCome] = [tree.small.slice(0, half), tree.small.slice(half)].map((names) =>
      random.shuffled(names),
    );
    assert.ok(come !== undefined && toCome !== undefined);
    for (const names of [come, toCome]) {
      const [changed = '', grown = '', removed = '', renamed = '', touched = ''] = names;
      // Of the same size, so that only its time tells.
      const { size } = await lstat(at(changed));
      await writeFile(at(changed), randomBytes(size));
      await writeFile(at(grown), randomBytes(1_000_000));
      await rm(at(removed));
      await rename(at(renamed), at(`${renamed}.new`));
      await chmod(at(touched), 0o600);
      await writeFile(at(`${path.dirname(changed)}/added`), 'not in the list');
    }
    const killedToo = random.fraction() < 0.5;
    if (killedToo) await receiver.kill();
    await Promise.all([sender.start(), ...(killedToo ? [receiver.start()] : [])]);

    const { sent, received } = await scene.completed(id);
    for (const result of [sent, received]) {
      assert.deepEqual([result.changed, result.gone], [6, 4], JSON.stringify(result));
    }
    // What was added is of no list, and a folder's own time was told when it was offered.
    for (const names of [come, toCome]) {
      await rm(at(`${path.dirname(names[0] ?? '')}/added`));
      await rm(at(`${names[3] ?? ''}.new`));
    }
    for (const [index, name] of FOLDERS.entries()) {
      await utimes(at(name), times[index] ?? 0, times[index] ?? 0);
    }
    await assertSame(tree.path, received.path ?? '');
    assert.deepEqual(await scene.saved(), ['proj']);
    scene.assertMovedAtMost(mostBytes(tree.bytes + 2_000_000, 1));
  });
});

/** Those whose time the changes touch. */
const FOLDERS = ['a', 'z/deep'];

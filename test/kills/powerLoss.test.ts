import assert from 'node:assert/strict';
import { appendFile, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { assertSame, LARGE, plantTree } from './killTree';
import { withPrograms } from './programs';
import { withRandomness } from './randomness';
import { mostBytes, Scene } from './scene';

/** Bytes of a large file after which the receiver asks its disk to keep them. */
const DURABLE_EVERY = 32 * 1024 * 1024;

/** If this fails, a power failure leaves a tree that is not what was sent, or one that never ends. */
describe('a folder whose receiver loses its power', function () {
  this.timeout(60_000);
  const programs = withPrograms();
  const random = withRandomness();

  it('arrives whole, whichever of data and journal the disk had not yet taken', async () => {
    const scene = await Scene.open(programs);
    const { receiver } = scene;
    const tree = await plantTree(scene.path('proj'), { files: 1000, largeBytes: 60e6, random });
    const id = await scene.offer(tree.path);

    const large = (staging: string): string => path.join(staging, '0', LARGE);
    const someSmall = (count: number): string[] => random.shuffled(tree.small).slice(0, count);
    /** A kill keeps the page cache, so what a disk would not have is taken away by hand. */
    const losses: ((staging: string) => Promise<void>)[] = [
      // The tail of what arrived last is missing, and the journal ends within a line.
      async (staging) => {
        const { size } = await stat(large(staging));
        await truncate(large(staging), Math.floor(size * random.between(0.8, 1)));
        await appendFile(path.join(staging, 'journal'), '{"t":"file","i":7,"si');
      },
      // It has its length, but not its content; so have small files that were never flushed.
      async (staging) => {
        const { size } = await stat(large(staging));
        await zero(large(staging), Math.floor(size * random.between(0.8, 1)));
        for (const name of someSmall(100)) await zero(path.join(staging, '0', name), 0);
      },
      // The journal is older than the data, and ends in what a disk gives for blocks never written.
      async (staging) => {
        const journal = path.join(staging, 'journal');
        const lines = (await readFile(journal, 'utf8')).split('\n');
        const kept = lines.slice(0, Math.ceil(lines.length * random.between(0.1, 0.9)));
        await writeFile(journal, `${kept.join('\n')}\n${'\0'.repeat(4096)}`);
      },
      // The journal is newer than the data: it tells of files that are not there, or not whole.
      async (staging) => {
        const { size } = await stat(large(staging));
        await truncate(large(staging), Math.floor(size * random.between(0.3, 0.8)));
        for (const [number, name] of someSmall(200).entries()) {
          const place = path.join(staging, '0', name);
          if (number % 2 === 0) await rm(place, { force: true });
          else await zero(place, 0, 0);
        }
      },
    ];
    // Three of them for the sake of time; over the runs all, in every order.
    const chosen = random.shuffled(losses).slice(0, 3);
    for (const [number, lose] of chosen.entries()) {
      // The first far into the large file, now and then past what is durable of it.
      const [least, most] = number === 0 ? FIRST : NEXT;
      await scene.moved(id, tree.bytes * random.between(least, most));
      await receiver.kill();
      await lose(await scene.staging());
      await receiver.start();
    }
    const { received } = await scene.completed(id);
    await assertSame(tree.path, received.path ?? '');
    assert.deepEqual(await scene.saved(), ['proj'], 'nothing is left beside it');
    const most = mostBytes(tree.bytes, chosen.length) + chosen.length * DURABLE_EVERY;
    scene.assertMovedAtMost(most);
  });
});

/** Shares of the tree's bytes: together they do not reach its end. */
const FIRST = [0.15, 0.6] as const;
const NEXT = [0.02, 0.1] as const;

/** Makes everything behind this offset zeros, of the same length as before or of another. */
async function zero(file: string, from: number, to?: number): Promise<void> {
  const handle = await open(file, 'r+').catch(() => undefined);
  if (handle === undefined) return;
  try {
    const { size } = await handle.stat();
    await handle.truncate(Math.min(from, size));
    await handle.truncate(to ?? size);
  } finally {
    await handle.close();
  }
}

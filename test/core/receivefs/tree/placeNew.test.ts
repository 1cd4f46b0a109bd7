import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sweepStaging } from '../../../../src/core/receivefs/tree/sweepStaging';
import { SuddenEnd } from './sudden';
import {
  type Model,
  Random,
  assertSame,
  deliver,
  file,
  folder,
  link,
  openTree,
  randomTree,
  receive,
  stagings,
  withFolder,
} from './treeFixture';

/** A tree is under its name when all of it is right, exactly as it was, and never over anything. */
describe('a tree that arrives as a new one', function () {
  this.timeout(60_000);

  for (let seed = 1; seed <= 12; seed++) {
    it(`is entry by entry what was sent (seed ${seed})`, () =>
      withFolder(async (directory) => {
        const model = randomTree(new Random(seed), 60);
        const { placed } = await receive({ kind: 'new', directory }, model);
        assert.equal(placed.roots[0]?.path, path.join(directory, 'root'));
        await assertSame(path.join(directory, 'root'), model);
        assert.deepEqual(await readdir(directory), ['root']);
      }));
  }

  it('takes the next free name for folders, files and several roots, and keeps what was there', () =>
    withFolder(async (directory) => {
      await mkdir(path.join(directory, 'p'));
      await writeFile(path.join(directory, 'P (1)'), 'mine');
      await writeFile(path.join(directory, 'f.txt'), 'mine');
      const model: Model = new Map([
        ['p', folder()],
        ['p/x', file('new')],
        ['f.txt', file('new')],
        ['.git', folder()],
        ['.git/hooks', file('theirs')],
      ]);
      const { placed } = await receive({ kind: 'new', directory }, model);
      assert.deepEqual(
        Object.fromEntries(placed.roots.map(({ name, path: at }) => [name, path.basename(at)])),
        { p: 'p (2)', 'f.txt': 'f (1).txt', '.git': '_.git' },
      );
      assert.deepEqual(await readdir(path.join(directory, 'p')), []);
      assert.equal(await readFile(path.join(directory, 'f.txt'), 'utf8'), 'mine');
      assert.equal(await readFile(path.join(directory, 'f (1).txt'), 'utf8'), 'new');
    }));

  it('goes where the person said, as one file or folder', () =>
    withFolder(async (directory) => {
      const at = path.join(directory, 'deep', 'as I like: it');
      const model: Model = new Map([
        ['p', folder(0o555)],
        ['p/a', folder(0o500)],
        ['p/a/x', file('x', 0o400)],
        ['p/l', link('a/x')],
      ]);
      await receive({ kind: 'new', path: at }, model);
      await assertSame(at, model);
      const single: Model = new Map([['s', file('one')]]);
      const { placed } = await receive({ kind: 'new', path: at }, single);
      assert.equal(placed.roots[0]?.path, `${at} (1)`);
      await assertSame(`${at} (1)`, single);
    }));

  it('leaves out what is gone and has the state that was said last', () =>
    withFolder(async (directory) => {
      const model: Model = new Map([
        ['p', folder()],
        ['p/gone', file('gone')],
        ['p/new', file('old state')],
      ]);
      const tree = await openTree({ kind: 'new', directory });
      await deliver(tree, model);
      await tree.gone(1);
      const large = new Random(7).bytes(100_000);
      const { createHash } = await import('node:crypto');
      const state = { size: large.length, mode: 0o600, mtime: 1_500 };
      for (let tries = 0; tries < 2; tries++) {
        const arriving = await tree.begin(2, { kind: 'whole', state });
        await arriving.write(large.subarray(0, 50_000 * (tries + 1)));
        if (tries === 1) await arriving.finish(createHash('sha256').update(large).digest());
      }
      const placed = await tree.place();
      await tree.close();
      assert.equal(placed.files, 1);
      assert.equal(placed.bytes, 100_000);
      model.delete('p/gone');
      model.set('p/new', file(large, 0o600, 1_500));
      await assertSame(path.join(directory, 'p'), model);
    }));

  it('refuses another hash or size, and keeps nothing of that file', () =>
    withFolder(async (directory) => {
      const model: Model = new Map([['f', file('12345')]]);
      const tree = await openTree({ kind: 'new', directory });
      const { manifestFor, sha256 } = await import('./treeFixture');
      await tree.prepare(manifestFor(model));
      const state = { size: 5, mode: 0o644, mtime: 1 };
      let arriving = await tree.begin(0, { kind: 'whole', state });
      await arriving.write(Buffer.from('1234'));
      await assert.rejects(arriving.finish(sha256(Buffer.from('1234'))), { code: 'PROTOCOL' });
      arriving = await tree.begin(0, { kind: 'whole', state });
      await arriving.write(Buffer.from('12345'));
      await assert.rejects(arriving.finish(sha256(Buffer.from('1'))), { code: 'HASH_MISMATCH' });
      await assert.rejects(tree.place(), { code: 'INTERNAL' });
      await assert.rejects(tree.begin(0, { kind: 'from', state, offset: 1 }), { code: 'PROTOCOL' });
      await assert.rejects(tree.begin(0, { kind: 'blocks', state }), { code: 'PROTOCOL' });
      await assert.rejects(tree.same(0, state), { code: 'PROTOCOL' });
      await tree.discard();
      assert.deepEqual(await readdir(directory), []);
    }));

  it('never lies in a repository of its own accord', () =>
    withFolder(async (directory) => {
      const git = path.join(directory, '.git', 'hooks');
      await mkdir(git, { recursive: true });
      const model: Model = new Map([['pre-commit', file('bad', 0o755)]]);
      await assert.rejects(receive({ kind: 'new', directory: git }, model), {
        code: 'FOLDER_UNUSABLE',
      });
      assert.deepEqual(await readdir(git), []);
    }));

  it('sweeps only what is a staging folder of ours', () =>
    withFolder(async (directory) => {
      const tree = await openTree({ kind: 'new', directory });
      await deliver(tree, new Map([['f', file('12345')]]));
      await tree.close();
      const [ours = ''] = await stagings(directory);
      const like = path.join(directory, '.beeline-0123456789abcdef.part');
      await mkdir(like);
      await writeFile(path.join(like, 'precious'), 'x');
      assert.equal(await sweepStaging(like), false);
      assert.equal(await sweepStaging(directory), false);
      assert.equal(await sweepStaging(path.join(directory, ours)), true);
      assert.deepEqual(await readdir(directory), [path.basename(like)]);
    }));

  it('knows a staging folder as its own until nothing of it is left, wherever a sweep is killed', () =>
    withFolder(async (directory) => {
      for (let after = 0; ; after++) {
        const tree = await openTree({ kind: 'new', directory });
        await deliver(
          tree,
          new Map([
            ['f', file('12345')],
            ['p', folder()],
            ['p/x', file('x')],
          ]),
        );
        await tree.close();
        const [ours = ''] = await stagings(directory);
        const end = await SuddenEnd.begin(after);
        await sweepStaging(path.join(directory, ours)).catch((thrown: unknown) => {
          assert.ok(end.isOver, String(thrown));
        });
        end.stop();
        await sweepStaging(path.join(directory, ours));
        assert.deepEqual(await readdir(directory), [], `after ${String(after)}`);
        if (!end.isOver) break;
        assert.ok(after < 20);
      }
    }));
});

import assert from 'node:assert/strict';
import {
  mkdir,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { type Ledger, packLedger, unpackLedger } from '../../../../src/core/receivefs/tree/ledger';
import { change } from './treeChange';
import { base, received } from './updateFixture';
import {
  type Model,
  Random,
  assertSame,
  deliver,
  file,
  folder,
  link,
  manifestFor,
  openTree,
  randomTree,
  receive,
  withFolder,
} from './treeFixture';

const KIB = 1024;

/** What changed at the sender changes here, and what was changed here is never lost. */
describe('a tree that is brought up to date', function () {
  this.timeout(100_000);

  const update = (
    target: string,
    basis: Ledger,
    model: Model,
    { wantsDelete = false, mayDelete = false } = {},
  ) => receive({ kind: 'update', target, wantsDelete, mayDelete }, model, { basis });

  for (let seed = 1; seed <= 12; seed++) {
    it(`is what the sender has, in any number of rounds (seed ${seed})`, () =>
      withFolder(async (directory) => {
        const random = new Random(seed);
        const model = randomTree(random, 40);
        const first = await received(directory, model);
        const { target } = first;
        let { ledger } = first;
        for (let round = 0; round < 3; round++) {
          change(model, random);
          const outcome = await update(target, await packed(ledger), model, {
            wantsDelete: true,
            mayDelete: true,
          });
          ({ ledger } = outcome);
          assert.deepEqual(outcome.placed.conflicts, []);
          await assertSame(target, model, `round ${round}`);
          assert.deepEqual(await readdir(directory), ['root']);
        }
        const again = await update(target, ledger, model);
        assert.equal(again.bytes, 0, 'what is here came again');
        await assertSame(target, model);
      }));
  }

  it('leaves what was changed here, puts the new one beside, and keeps that up to date', () =>
    withFolder(async (directory) => {
      const model = base();
      const { ledger, target } = await received(directory, model);
      await writeFile(path.join(target, 'changed.txt'), 'mine!!');
      await writeFile(path.join(target, 'sub', 'own'), 'own');
      model.set('p/changed.txt', file('after', 0o644, 5_000));
      const first = await update(target, ledger, model);
      assert.deepEqual(first.placed.conflicts, ['p/changed.txt']);
      assert.equal(await readFile(path.join(target, 'changed.txt'), 'utf8'), 'mine!!');
      assert.equal(await readFile(path.join(target, 'changed (1).txt'), 'utf8'), 'after');
      assert.equal(await readFile(path.join(target, 'sub', 'own'), 'utf8'), 'own');
      const second = await update(target, await packed(first.ledger), model);
      assert.deepEqual([second.bytes, second.placed.conflicts], [0, []]);
      model.set('p/changed.txt', file('later', 0o600, 6_000));
      const third = await update(target, second.ledger, model);
      assert.deepEqual(third.placed.conflicts, []);
      assert.equal(await readFile(path.join(target, 'changed.txt'), 'utf8'), 'mine!!');
      assert.equal(await readFile(path.join(target, 'changed (1).txt'), 'utf8'), 'later');
    }));

  it('is no oracle: a file that was changed here never shows up in a plan', () =>
    withFolder(async (directory) => {
      const model = base();
      const { ledger, target } = await received(directory, model);
      const large = path.join(target, 'large');
      const bytes = await readFile(large);
      bytes[70_000] = (bytes[70_000] ?? 0) ^ 1;
      await writeFile(large, bytes);
      const when = new Date(1_700_000_000_123);
      await utimes(large, when, when);
      await writeFile(path.join(target, 'kept'), 'KEPT');
      await utimes(path.join(target, 'kept'), when, when);
      // A file that never came from there, though the sender names it.
      await writeFile(path.join(target, 'secret'), new Random(2).bytes(100_000));
      for (const mtime of [1_700_000_000_123, 9_000]) {
        const asked = new Map(model);
        asked.set('p/large', file(await readFile(large), 0o644, mtime));
        asked.set('p/kept', file('KEPT', 0o644, mtime));
        asked.set('p/secret', file(await readFile(path.join(target, 'secret')), 0o644, mtime));
        for (const where of [
          { kind: 'update', target, wantsDelete: false, mayDelete: false } as const,
          { kind: 'new', directory } as const,
        ]) {
          const tree = await openTree(where, { basis: ledger });
          const manifest = manifestFor(asked);
          const plan = await tree.prepare(manifest);
          const named = plan.map(({ index }) => manifest.entries[index]?.path);
          assert.deepEqual(named, ['p/changed.txt', 'p/sub/gone']);
          await tree.discard();
        }
      }
    }));

  it('moves one block for one page that changed, and one copy for what did not', () =>
    withFolder(async (directory) => {
      const model = base();
      const { ledger, target } = await received(directory, model);
      const large = Buffer.from(await readFile(path.join(target, 'large')));
      large[300_000] = (large[300_000] ?? 0) ^ 1;
      model.set('p/large', file(Buffer.concat([large, Buffer.from('tail')]), 0o644, 7_000));
      const copy = await receive({ kind: 'new', directory }, model, { basis: ledger });
      assert.equal(copy.placed.roots[0]?.path, path.join(directory, 'p (1)'));
      assert.equal(copy.bytes, 4_096 + 4);
      await assertSame(path.join(directory, 'p (1)'), model);
      const here = await update(target, ledger, model);
      assert.equal(here.bytes, 4_096 + 4);
      await assertSame(target, model);
    }));

  it('goes on by blocks where it stopped, though the file changed all over', () =>
    withFolder(async (directory) => {
      const model = base();
      const { ledger, target } = await received(directory, model);
      const fresh = new Random(77).bytes(4 * 1024 * KIB);
      model.set('p/large', file(fresh, 0o644, 7_000));
      const where = { kind: 'update', target, wantsDelete: false, mayDelete: false } as const;
      const remembered = {};
      let came = 0;
      for (const stop of [400, 3, 700, Number.MAX_SAFE_INTEGER]) {
        const tree = await openTree(where, { basis: ledger, remembered });
        let left = stop;
        const lost = new Error('the link is lost');
        const delivery = deliver(tree, model, () => {
          if (left-- === 0) throw lost;
        });
        if (stop <= 1_000) await assert.rejects(delivery, lost);
        else {
          came = (await delivery).bytes;
          await tree.place();
        }
        await tree.close();
      }
      assert.ok(came < fresh.length / 2, `${came} bytes came in the last run`);
      await assertSame(target, model);
    }));

  it('removes only what it may, and only what is as it came', () =>
    withFolder(async (directory) => {
      const model = base();
      const { ledger, target } = await received(directory, model);
      for (const at of ['p/sub', 'p/sub/gone', 'p/sub/link', 'p/kept']) model.delete(at);
      await writeFile(path.join(target, 'kept'), 'mine');
      const not = await update(target, ledger, model, { mayDelete: true });
      assert.deepEqual([not.placed.deleted, not.placed.undeleted], [0, 0]);
      const asked = await update(target, not.ledger, model, { wantsDelete: true });
      assert.deepEqual([asked.placed.deleted, asked.placed.undeleted], [0, 2]);
      assert.deepEqual((await readdir(path.join(target, 'sub'))).sort(), ['gone', 'link']);
      const done = await update(target, asked.ledger, model, {
        wantsDelete: true,
        mayDelete: true,
      });
      assert.deepEqual([done.placed.deleted, done.placed.undeleted], [2, 0]);
      assert.deepEqual((await readdir(target)).sort(), ['changed.txt', 'kept', 'large']);
      assert.equal(await readFile(path.join(target, 'kept'), 'utf8'), 'mine');
    }));

  it('removes nothing when everything is gone at once, as with a disk that is not mounted', () =>
    withFolder(async (directory) => {
      const model = base();
      const { ledger, target } = await received(directory, model);
      const before = (await readdir(target)).sort();
      const all = { wantsDelete: true, mayDelete: true };
      const empty: Model = new Map([['p', folder()]]);
      const { placed, ledger: after } = await update(target, ledger, empty, all);
      assert.equal(placed.deleted, 0);
      assert.ok(placed.undeleted > 0);
      assert.deepEqual((await readdir(target)).sort(), before);
      // It is back, without one of its files: that one goes.
      model.delete('p/kept');
      const { placed: back } = await update(target, after, model, all);
      assert.deepEqual([back.deleted, back.undeleted], [1, 0]);
    }));

  it('keeps a folder in which something of ours lies', () =>
    withFolder(async (directory) => {
      const model = base();
      const { ledger, target } = await received(directory, model);
      for (const at of ['p/sub', 'p/sub/gone', 'p/sub/link']) model.delete(at);
      await writeFile(path.join(target, 'sub', 'own'), 'own');
      await update(target, ledger, model, { wantsDelete: true, mayDelete: true });
      assert.deepEqual(await readdir(path.join(target, 'sub')), ['own']);
    }));

  it('changes kinds, and never through what was put there instead', () =>
    withFolder(async (directory) => {
      const model = base();
      const { ledger, target } = await received(directory, model);
      const outside = path.join(directory, 'outside');
      await mkdir(outside);
      await writeFile(path.join(outside, 'gone'), 'precious');
      await rename(path.join(target, 'sub'), path.join(directory, 'moved'));
      await symlink(outside, path.join(target, 'sub'));
      model.set('p/sub/gone', file('news', 0o644, 9_000));
      model.set('p/sub/extra', file('extra'));
      model.delete('p/kept');
      model.set('p/kept', folder());
      model.set('p/kept/in', file('in it'));
      model.set('p/changed.txt', link('large'));
      const { placed } = await update(target, ledger, model);
      assert.deepEqual(placed.conflicts, ['p/sub']);
      assert.deepEqual(await readdir(outside), ['gone']);
      assert.equal(await readFile(path.join(outside, 'gone'), 'utf8'), 'precious');
      assert.equal(await readlink(path.join(target, 'sub')), outside);
      assert.equal(await readFile(path.join(target, 'sub (1)', 'gone'), 'utf8'), 'news');
      assert.equal(await readFile(path.join(target, 'kept', 'in'), 'utf8'), 'in it');
      assert.equal(await readlink(path.join(target, 'changed.txt')), 'large');
    }));

  it('sees a folder that becomes a link between looking and placing', () =>
    withFolder(async (directory) => {
      const model = base();
      const { ledger, target } = await received(directory, model);
      const outside = path.join(directory, 'outside');
      await mkdir(outside);
      await writeFile(path.join(outside, 'gone'), 'gone');
      model.set('p/sub/gone', file('news', 0o644, 9_000));
      for (const at of ['p/kept', 'p/sub/link']) model.delete(at);
      const where = { kind: 'update', target, wantsDelete: true, mayDelete: true } as const;
      const tree = await openTree(where, { basis: ledger });
      await deliver(tree, model);
      await rm(path.join(target, 'sub'), { recursive: true });
      await symlink(outside, path.join(target, 'sub'));
      await symlink('gone', path.join(outside, 'link'));
      await tree.place();
      await tree.close();
      assert.deepEqual((await readdir(outside)).sort(), ['gone', 'link']);
      assert.equal(await readFile(path.join(outside, 'gone'), 'utf8'), 'gone');
      assert.equal(await readFile(path.join(target, 'sub (1)', 'gone'), 'utf8'), 'news');
    }));

  it('never touches a .git that exists, and says so once', () =>
    withFolder(async (directory) => {
      const model = base();
      const { ledger, target } = await received(directory, model);
      await mkdir(path.join(target, 'sub', '.git', 'hooks'), { recursive: true });
      await writeFile(path.join(target, 'sub', '.git', 'config'), 'mine');
      model.set('p/sub/.git', folder());
      model.set('p/sub/.git/config', file('theirs'));
      model.set('p/sub/.git/hooks', folder(0o777));
      model.set('p/sub/.git/hooks/pre-commit', file('bad', 0o755));
      model.set('p/kept', file('news', 0o644, 9_000));
      const { placed } = await update(target, ledger, model, {
        wantsDelete: true,
        mayDelete: true,
      });
      assert.deepEqual(placed.conflicts, ['p/sub/.git']);
      assert.equal(await readFile(path.join(target, 'sub', '.git', 'config'), 'utf8'), 'mine');
      assert.deepEqual(await readdir(path.join(target, 'sub', '.git', 'hooks')), []);
      assert.equal(await readFile(path.join(target, 'kept'), 'utf8'), 'news');
    }));

  it('brings a single file up to date, or lies beside one that was changed', () =>
    withFolder(async (directory) => {
      const model: Model = new Map([['f.txt', file('one')]]);
      const first = await received(directory, model);
      const { target } = first;
      let { ledger } = first;
      model.set('f.txt', file('two', 0o600, 2_000));
      ({ ledger } = await update(target, ledger, model));
      await assertSame(target, model);
      assert.deepEqual(await readdir(directory), ['f.txt']);
      await writeFile(target, 'mine');
      model.set('f.txt', file('three', 0o600, 3_000));
      const { placed, ledger: last } = await update(target, ledger, model);
      assert.equal(placed.roots[0]?.path, path.join(directory, 'f (1).txt'));
      assert.equal(await readFile(target, 'utf8'), 'mine');
      const again = await update(path.join(directory, 'f (1).txt'), last, model);
      assert.equal(again.bytes, 0);
    }));

  it('is one at a time for a target, and the next one after that', () =>
    withFolder(async (directory) => {
      const model = base();
      const { ledger, target } = await received(directory, model);
      const where = { kind: 'update', target, wantsDelete: false, mayDelete: false } as const;
      const tree = await openTree(where, { basis: ledger });
      await symlink(target, path.join(directory, 'alias'));
      for (const busy of [target, `${target}/`, path.join(directory, 'alias')]) {
        await assert.rejects(openTree({ ...where, target: busy }), { code: 'TARGET_BUSY' });
      }
      await tree.close();
      await update(target, ledger, model);
      await assertSame(target, model);
    }));

  it('becomes a new one when its target is not there any more', () =>
    withFolder(async (directory) => {
      const model = base();
      const { ledger, target } = await received(directory, model);
      await rm(target, { recursive: true });
      await update(target, ledger, model);
      await assertSame(target, model);
    }));
});

/** As it is after it was kept in a home. */
async function packed(ledger: Ledger): Promise<Ledger> {
  const unpacked = await unpackLedger(await packLedger(ledger));
  assert.deepEqual(unpacked, ledger);
  return unpacked;
}

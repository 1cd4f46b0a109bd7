import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SuddenEnd } from './sudden';
import {
  assertSame,
  deliver,
  file,
  folder,
  link,
  openTree,
  receive,
  stagings,
  withFolder,
} from './treeFixture';
import { base, received } from './updateFixture';

describe('an update that is killed', function () {
  this.timeout(100_000);

  it('ends the same, whichever step of it was the last', () =>
    withFolder(async (above) => {
      const before = base();
      const after = base();
      before.set('p/locked', folder(0o555));
      before.set('p/locked/x', file('x'));
      after.set('p/locked', folder(0o500));
      after.set('p/locked/x', file('xx', 0o400, 9_000));
      after.set('p/changed.txt', file('after', 0o600, 9_000));
      after.set('p/mine', file('theirs', 0o600, 9_000));
      before.set('p/mine', file('before'));
      after.set('p/new', folder());
      after.set('p/new/file', file('new'));
      after.set('p/new/.git', folder());
      after.set('p/new/.git/config', file('new'));
      after.set('p/new/link', link('file'));
      after.delete('p/sub/gone');
      after.set('p/sub/link', link('../kept', 9_000));
      const options = { wantsDelete: true, mayDelete: true };
      const run = async (directory: string, dieAfter: number) => {
        const { ledger, target } = await received(directory, before);
        await writeFile(path.join(target, 'mine'), 'mine');
        const remembered = {};
        const where = { kind: 'update', target, ...options } as const;
        const end = await SuddenEnd.begin(dieAfter);
        const tree = await openTree(where, { basis: ledger, remembered });
        try {
          await deliver(tree, after);
          await tree.place();
          if (!end.isOver) return end.calls;
        } catch (thrown) {
          if (!end.isOver) throw thrown;
        } finally {
          await tree.close().catch(() => undefined);
          end.stop();
        }
        const { placed } = await receive(where, after, { basis: ledger, remembered });
        assert.deepEqual([placed.conflicts, placed.deleted], [['p/mine'], 1]);
        return 0;
      };
      const check = async (directory: string, hint: string) => {
        const target = path.join(directory, 'p');
        const wanted = new Map(after);
        wanted.set('p/mine (1)', after.get('p/mine') ?? file(''));
        wanted.delete('p/mine');
        assert.equal(await readFile(path.join(target, 'mine'), 'utf8'), 'mine', hint);
        await rm(path.join(target, 'mine'));
        const { mtime } = wanted.get('p') ?? folder();
        await utimes(target, new Date(mtime), new Date(mtime));
        await assertSame(target, wanted, hint);
        assert.deepEqual(await stagings(directory), [], hint);
        await chmod(path.join(target, 'locked'), 0o700);
      };
      const whole = path.join(above, 'whole');
      await mkdir(whole);
      const calls = await run(whole, Number.MAX_SAFE_INTEGER);
      await check(whole, 'whole');
      assert.ok(calls > 40, `only ${calls} steps`);
      for (let dieAfter = 0; dieAfter < calls; dieAfter++) {
        const directory = path.join(above, String(dieAfter));
        await mkdir(directory);
        await run(directory, dieAfter);
        await check(directory, `after ${dieAfter}`);
      }
    }));
});

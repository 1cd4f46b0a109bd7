import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkCollisions, checkNames } from '../../../../src/core/receivefs/tree/treeNames';
import { manifestOf } from '../../../../src/core/transfer/manifest';
import type { ManifestEntry } from '../../../../src/core/wire/v2Entry';
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
  receive,
  withFolder,
} from './treeFixture';

const TRAITS = { mode: 0o755, mtime: 1_600_000_000_000 } as const;
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

/** What cannot arrive is refused before anything is accepted, and leaves nothing behind. */
describe('a tree that is refused', function () {
  this.timeout(30_000);

  const refused = async (entries: Model, code: string, directory: string): Promise<void> => {
    await assert.rejects(receive({ kind: 'new', directory }, entries), { code });
    assert.deepEqual(await readdir(directory), []);
  };

  it('takes no longer to be looked at than its size, however deep or wide it is', () => {
    const folders: ManifestEntry[] = [{ kind: 'folder', path: 'r', ...TRAITS, size: 0 }];
    let at = 'r';
    while (at.length < 4_000) {
      at += '/a';
      folders.push({ kind: 'folder', path: at, ...TRAITS, size: 0 });
    }
    const inside = Array.from({ length: 10_000 }, (_, number): ManifestEntry => {
      return { kind: 'file', path: `${at}/${number}`, ...TRAITS, size: 0 };
    });
    const deep = manifestOf([...folders, ...inside]);
    const began = performance.now();
    checkNames(deep, 'linux');
    checkCollisions(deep, { keptMode: 0o777, foldsCase: true, foldsForms: true });
    const ms = performance.now() - began;
    assert.ok(ms < 15_000, `${ms} ms for ${deep.entries.length} entries`);
  });

  it('is not one that has a hundred thousand roots, which are looked at as quickly', () =>
    withFolder(async (directory) => {
      const wide = manifestOf(
        Array.from({ length: 100_000 }, (_, number): ManifestEntry => {
          return { kind: 'file', path: `f${number}`, ...TRAITS, size: 0 };
        }),
      );
      const tree = await openTree({ kind: 'new', directory });
      try {
        const began = performance.now();
        await tree.prepare(wide);
        const ms = performance.now() - began;
        assert.ok(ms < 15_000, `${ms} ms`);
      } finally {
        await tree.discard();
      }
    }));

  it('has names of ours, links that lead out, or paths that are too long', () =>
    withFolder(async (directory) => {
      const partial = '.beeline-0123456789abcdef.part';
      await refused(
        new Map([
          ['p', folder()],
          [`p/${partial}`, file('x')],
        ]),
        'NAME_REFUSED',
        directory,
      );
      await refused(
        new Map([
          ['p', folder()],
          ['p/l', link('../q')],
        ]),
        'LINK_REFUSED',
        directory,
      );
      await refused(
        new Map([
          ['p', folder()],
          [`p/${'n'.repeat(256)}`, file('x')],
        ]),
        'NAME_REFUSED',
        directory,
      );
      const deep: Model = new Map([['p', folder()]]);
      for (let at = 'p'; Buffer.byteLength(at) < 4_060;) {
        at += `/${'d'.repeat(30)}`;
        deep.set(at, folder());
      }
      await refused(deep, 'NAME_REFUSED', directory);
    }));

  it('has names that the system or the disk cannot hold', () => {
    for (const name of ['a:b', 'con.txt', 'end.', 'tab\t', 'LPT¹', 'q?']) {
      const manifest = manifestFor(
        new Map([
          ['p', folder()],
          [`p/${name}`, file('x')],
        ]),
      );
      assert.throws(
        () => {
          checkNames(manifest, 'win32');
        },
        { code: 'NAME_REFUSED' },
      );
      checkNames(manifest, 'linux');
    }
    const traits = { foldsCase: true, foldsForms: true, keptMode: 0o755 };
    for (const [one, other] of [
      ['a', 'A'],
      ['stra\u00dfe', 'STRASSE'],
      ['nai\u0308ve', 'na\u00efve'],
    ] as const) {
      const manifest = manifestFor(
        new Map([
          ['p', folder()],
          [`p/${one}`, folder()],
          [`p/${one}/x`, file('x')],
          [`p/${other}`, file('y')],
        ]),
      );
      assert.throws(
        () => {
          checkCollisions(manifest, traits);
        },
        { code: 'NAME_REFUSED' },
      );
      checkCollisions(manifest, { ...traits, foldsCase: false, foldsForms: false });
    }
  });

  it('is larger than allowed, or than the disk', () =>
    withFolder(async (directory) => {
      const model: Model = new Map([['f', file('12345')]]);
      await assert.rejects(receive({ kind: 'new', directory }, model, { limit: 4 }), {
        code: 'TOO_LARGE',
      });
      await receive({ kind: 'new', directory }, model, { limit: 5 });
      await assert.rejects(receive({ kind: 'new', directory: path.join(directory, 'f') }, model), {
        code: 'FOLDER_UNUSABLE',
      });
    }));

  it('finds the disk full in the middle, keeps what arrived, and goes on when there is room', async function () {
    if (!isRoot) this.skip();
    await withFolder(async (above) => {
      const directory = path.join(above, 'disk');
      await mkdir(directory);
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', directory], {
          stdio: 'pipe',
        });
      } catch {
        this.skip();
      }
      try {
        const model: Model = new Map([['p', folder()]]);
        for (let n = 0; n < 5; n++) model.set(`p/${n}`, file(new Random(n + 1).bytes(1_000_000)));
        const remembered = {};
        const tree = await openTree({ kind: 'new', directory }, { remembered });
        const { execFileSync: run } = await import('node:child_process');
        let steps = 0;
        await assert.rejects(
          deliver(tree, model, () => {
            if (++steps !== 30) return;
            // Another program takes what is left.
            try {
              run('dd', ['if=/dev/zero', `of=${path.join(directory, 'other')}`, 'bs=1M'], {
                stdio: 'pipe',
              });
            } catch {
              // It is full, which is what was wanted.
            }
          }),
          { code: 'DISK_FULL' },
        );
        await tree.close();
        const still = await openTree({ kind: 'new', directory }, { remembered });
        await assert.rejects(still.prepare(manifestFor(model)), { code: 'DISK_FULL' });
        await still.close();
        await writeFile(path.join(directory, 'other'), '');
        const again = await openTree({ kind: 'new', directory }, { remembered });
        const { bytes } = await deliver(again, model);
        assert.ok(bytes < 4_500_000, `${bytes} bytes came again`);
        await again.place();
        await again.close();
        await assertSame(path.join(directory, 'p'), model);
      } finally {
        execFileSync('umount', ['-l', directory]);
      }
    });
  });
});

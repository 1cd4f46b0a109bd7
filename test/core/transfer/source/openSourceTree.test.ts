import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { SendingTree } from '../../../../src/core/transfer/sendingTree';
import { HashCache } from '../../../../src/core/transfer/source/hashCache';
import { openSourceTree } from '../../../../src/core/transfer/source/openSourceTree';
import { walkSources } from '../../../../src/core/transfer/source/walkSources';
import { failsWith, randomBuffer, seeded, sha256 } from '../transferFixture';
import { makeTree, withFolder } from './sourceFixture';

/** What is sent is what was offered, at its place; nothing that somebody put there instead. */
describe('the tree that is sent', () => {
  it('has every file of a random tree, as it is', () =>
    withFolder(async (folder) => {
      const root = path.join(folder, 'p');
      await mkdir(root);
      await makeTree(root, seeded(5), 150);
      const { tree, at } = await open(root);
      let files = 0;
      for (const [index, entry] of tree.manifest.entries.entries()) {
        if (entry.kind !== 'file') continue;
        files++;
        const state = await tree.look(index);
        assert(state !== undefined, entry.path);
        const { size, mode, mtime } = state;
        assert.deepEqual({ size, mode, mtime }, pick(entry));
        const reader = await tree.open(index);
        assert(reader !== undefined);
        assert.deepEqual(reader.state, state);
        const bytes = Buffer.alloc(size + 10);
        assert.equal(await reader.read(bytes, 0), size);
        assert.equal(await reader.read(bytes, size), 0);
        assert(await reader.isUnchanged());
        await reader.close();
        // Its number may be another file's by now.
        await reader.close();
        await assert.rejects(reader.read(bytes, 0));
        const hash = await tree.hash(index, state);
        assert.equal(hash.toString('hex'), sha256(bytes.subarray(0, size)));
      }
      assert(files > 20);
      await assert.rejects(tree.look(at('p')), { code: 'INTERNAL' });
    }));

  it('sends a single file, and what a link led to that was named', () =>
    withFolder(async (folder) => {
      await writeFile(path.join(folder, 'real'), 'content');
      await symlink('real', path.join(folder, 'named'));
      const { tree } = await open(path.join(folder, 'named'));
      assert.equal(tree.manifest.entries[0]?.path, 'named');
      const state = await tree.look(0);
      assert(state !== undefined);
      assert.equal((await tree.hash(0, state)).toString('hex'), sha256(Buffer.from('content')));
    }));

  const taken: [string, (folder: string) => Promise<void>][] = [
    ['it is gone', (folder) => rm(path.join(folder, 'p/a/x'))],
    ['its folder is gone', (folder) => rm(path.join(folder, 'p/a'), { recursive: true })],
    ['everything is gone', (folder) => rm(path.join(folder, 'p'), { recursive: true })],
    [
      'it became a link',
      async (folder) => {
        await rm(path.join(folder, 'p/a/x'));
        await symlink(path.join(folder, 'elsewhere/x'), path.join(folder, 'p/a/x'));
      },
    ],
    [
      'it became a link to itself under another name',
      async (folder) => {
        await rename(path.join(folder, 'p/a/x'), path.join(folder, 'p/a/y'));
        await symlink('y', path.join(folder, 'p/a/x'));
      },
    ],
    [
      'its folder became a link',
      async (folder) => {
        await rm(path.join(folder, 'p/a'), { recursive: true });
        await symlink(path.join(folder, 'elsewhere'), path.join(folder, 'p/a'));
      },
    ],
    [
      'the top-level folder became a link',
      async (folder) => {
        await rename(path.join(folder, 'p'), path.join(folder, 'q'));
        await symlink('q', path.join(folder, 'p'));
      },
    ],
    [
      'its folder became a file',
      async (folder) => {
        await rm(path.join(folder, 'p/a'), { recursive: true });
        await writeFile(path.join(folder, 'p/a'), '');
      },
    ],
    [
      'it became a folder',
      async (folder) => {
        await rm(path.join(folder, 'p/a/x'));
        await mkdir(path.join(folder, 'p/a/x'));
      },
    ],
    [
      'it became a pipe',
      async (folder) => {
        await rm(path.join(folder, 'p/a/x'));
        execFileSync('mkfifo', [path.join(folder, 'p/a/x')]);
      },
    ],
  ];
  for (const [what, take] of taken) {
    it(`counts a file as gone when ${what}`, () =>
      withFolder(async (folder) => {
        await makeFiles(folder, { 'p/a/x': 'mine', 'elsewhere/x': 'secret' });
        const { tree, at } = await open(path.join(folder, 'p'));
        const index = at('p/a/x');
        const state = await tree.look(index);
        assert(state !== undefined);
        await take(folder);
        assert.equal(await tree.look(index), undefined);
        assert.equal(await tree.open(index), undefined);
        await failsWith('SOURCE_CHANGED', tree.hash(index, state));
      }));
  }

  it('never reads what lies elsewhere while links come and go', async function () {
    this.timeout(60_000);
    await withFolder(async (folder) => {
      await makeFiles(folder, { 'p/a/x': 'mine', 'elsewhere/x': 'evil' });
      const { tree, at } = await open(path.join(folder, 'p'));
      const index = at('p/a/x');
      const seen = { mine: 0, gone: 0 };
      const end = new AbortController();
      const swapping = (async () => {
        const [a, aside] = [path.join(folder, 'p/a'), path.join(folder, 'aside')];
        while (!end.signal.aborted) {
          await rename(a, aside);
          await symlink(path.join(folder, 'elsewhere'), a);
          await turn();
          await rm(a);
          await rename(aside, a);
          await turn();
        }
      })();
      try {
        while (seen.mine < 40 || seen.gone < 40) {
          const reader = await tree.open(index);
          if (reader === undefined) {
            seen.gone++;
            continue;
          }
          const bytes = Buffer.alloc(4);
          await reader.read(bytes, 0);
          await reader.close();
          assert.equal(bytes.toString(), 'mine');
          seen.mine++;
        }
      } finally {
        end.abort();
        await swapping;
      }
    });
  });

  it('opens what took its place, when it is saved over and over', async function () {
    this.timeout(60_000);
    await withFolder(async (folder) => {
      await makeFiles(folder, { 'p/x': '0' });
      const { tree, at } = await open(path.join(folder, 'p'));
      const end = new AbortController();
      const saving = (async () => {
        for (let round = 0; !end.signal.aborted; round++) {
          await writeFile(path.join(folder, 'p/new'), String(round));
          await rename(path.join(folder, 'p/new'), path.join(folder, 'p/x'));
          await turn();
        }
      })();
      try {
        for (let round = 0; round < 150; round++) {
          const reader = await tree.open(at('p/x'));
          assert(reader !== undefined, `gone in round ${round}`);
          await reader.close();
        }
      } finally {
        end.abort();
        await saving;
      }
    });
  });

  const changes: [string, (file: string) => Promise<void>][] = [
    ['written over', (file) => writeFile(file, 'MINE')],
    ['appended to', (file) => writeFile(file, 'mine, and more')],
    ['cut', (file) => truncate(file, 1)],
    ['touched', (file) => utimes(file, 1, 1)],
    ['made executable', (file) => chmod(file, 0o755)],
    [
      'written over, with its time set back',
      async (file) => {
        await writeFile(file, 'MINE');
        await utimes(file, 1000, 1000);
      },
    ],
    [
      'replaced',
      async (file) => {
        await writeFile(`${file}.new`, 'MINE');
        await utimes(`${file}.new`, 1000, 1000);
        await rename(`${file}.new`, file);
      },
    ],
  ];
  for (const [what, change] of changes) {
    it(`notices that a file is ${what} while it is read`, () =>
      withFolder(async (folder) => {
        await makeFiles(folder, { 'p/x': 'mine' });
        await utimes(path.join(folder, 'p/x'), 1000, 1000);
        const { tree, at } = await open(path.join(folder, 'p'));
        const state = await tree.look(at('p/x'));
        const reader = await tree.open(at('p/x'));
        assert(reader !== undefined && state !== undefined);
        await change(path.join(folder, 'p/x'));
        assert.equal(await reader.isUnchanged(), false);
        await reader.close();
        await failsWith('SOURCE_CHANGED', tree.hash(at('p/x'), state));
        assert.notEqual((await tree.look(at('p/x')))?.stamp, state.stamp);
      }));
  }

  it('reads nothing twice while it stays as it is, in this tree and the next', () =>
    withFolder(async (folder) => {
      const bytes = randomBuffer(3_000_000, seeded(3));
      await makeFiles(folder, { 'p/x': bytes, 'p/y': bytes });
      for (const name of ['x', 'y']) await utimes(path.join(folder, 'p', name), 1000, 1000);
      const hashes = new HashCache();
      const first = await open(path.join(folder, 'p'), hashes);
      const [x, y] = [first.at('p/x'), first.at('p/y')];
      const state = await stateAt(first.tree, x);
      assert.equal((await first.tree.hash(x, state)).toString('hex'), sha256(bytes));
      const sent = await first.tree.open(y);
      assert(sent !== undefined);
      await sent.close();
      first.tree.remember(y, sent.state, Buffer.alloc(32, 1));
      const second = await open(path.join(folder, 'p'), hashes);
      // Only what is remembered can still be told when it cannot be opened.
      const yState = await stateAt(second.tree, y);
      await rm(path.join(folder, 'p'), { recursive: true });
      assert.equal((await second.tree.hash(x, state)).toString('hex'), sha256(bytes));
      assert.deepEqual(await second.tree.hash(y, yState), Buffer.alloc(32, 1));
    }));

  it('remembers nothing about a file that was written a moment ago', () => {
    const hashes = new HashCache();
    const now = 1_700_000_000_123;
    const state = { size: 1, mode: 0, mtime: now, stamp: 'a' };
    hashes.set(state, Buffer.alloc(32), now + 3);
    assert.equal(hashes.get(state), undefined);
    hashes.set(state, Buffer.alloc(32), now + 30);
    assert.deepEqual(hashes.get(state), Buffer.alloc(32));
    // A disk that knows whole seconds only.
    const coarse = { size: 1, mode: 0, mtime: 1_700_000_000_000, stamp: 'b' };
    hashes.set(coarse, Buffer.alloc(32), coarse.mtime + 1_000);
    assert.equal(hashes.get(coarse), undefined);
  });

  it('can be let go while it hashes', () =>
    withFolder(async (folder) => {
      await makeFiles(folder, { 'p/x': Buffer.alloc(5_000_000) });
      const { tree, at } = await open(path.join(folder, 'p'));
      const state = await stateAt(tree, at('p/x'));
      await failsWith('CANCELLED', tree.hash(at('p/x'), state, AbortSignal.abort()));
    }));
});

async function open(root: string, hashes = new HashCache()) {
  const { manifest, roots } = await walkSources({ paths: [root] });
  return {
    tree: openSourceTree({ manifest, roots, hashes }),
    at: (name: string): number => manifest.entries.findIndex((entry) => entry.path === name),
  };
}

async function stateAt(tree: SendingTree, index: number) {
  const state = await tree.look(index);
  assert(state !== undefined);
  return state;
}

function pick({ size, mode, mtime }: { size: number; mode: number; mtime: number }) {
  return { size, mode, mtime };
}

async function makeFiles(folder: string, files: Record<string, string | Buffer>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
}

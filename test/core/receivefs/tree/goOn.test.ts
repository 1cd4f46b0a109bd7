import assert from 'node:assert/strict';
import {
  appendFile,
  lstat,
  mkdir,
  open,
  readFile,
  readdir,
  truncate,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { readJournal } from '../../../../src/core/receivefs/tree/stagingJournal';
import { sweepStaging } from '../../../../src/core/receivefs/tree/sweepStaging';
import { manifestFor } from './treeFixture';
import {
  ID,
  KID,
  type Model,
  Random,
  assertSame,
  deliver,
  file,
  folder,
  link,
  openTree,
  randomTree,
  stagings,
  withFolder,
} from './treeFixture';
import { SuddenEnd } from './sudden';

const MIB = 1024 * 1024;

/** Whatever stopped it and whatever the power took, the next run ends with what was sent. */
describe('a tree that goes on', function () {
  this.timeout(100_000);

  /** Runs until it dies or is done. Resolves with whether it was done. */
  const run = async (
    directory: string,
    model: Model,
    remembered: { staging?: string },
    after: number,
  ): Promise<{ done: boolean; calls: number; bytes: number }> => {
    const tree = await openTree({ kind: 'new', directory }, { remembered });
    const end = await SuddenEnd.begin(after);
    let bytes = 0;
    let done = false;
    try {
      ({ bytes } = await deliver(tree, model));
      await tree.place();
      // Here an engine records it, and none goes on with it afterwards.
      done = !end.isOver;
      await tree.close();
      return { done, calls: end.calls, bytes };
    } catch (thrown) {
      if (!end.isOver) throw thrown;
      return { done, calls: end.calls, bytes };
    } finally {
      // Nothing of this reaches the disk when it is dead, as a process that was killed does nothing.
      await tree.close().catch(() => undefined);
      end.stop();
      if (done && remembered.staging !== undefined) await sweepStaging(remembered.staging);
    }
  };

  const small: Model = new Map([
    ['p', folder(0o555)],
    ['p/a', folder(0o700)],
    ['p/a/empty', folder()],
    ['p/a/file', file('some content', 0o444)],
    ['p/large', file(new Random(3).bytes(200_000))],
    ['p/link', link('a/file')],
    ['q', file('single', 0o600)],
  ]);

  it('is whole, once and under its name, whichever step of it was the last', () =>
    withFolder(async (above) => {
      const all = await run(above, small, {}, Number.MAX_SAFE_INTEGER);
      assert.ok(all.done && all.calls > 30, `only ${all.calls} steps`);
      for (let after = 0; after < all.calls; after++) {
        const directory = path.join(above, `killed after ${after}`);
        await mkdir(directory);
        const remembered = {};
        // How often the journal is written depends on time, so that one with fewer steps comes through.
        const first = await run(directory, small, remembered, after);
        const again = first.done || (await run(directory, small, remembered, Infinity)).done;
        assert.ok(again);
        const left = (await readdir(directory)).filter((name) => !name.startsWith('.beeline-'));
        assert.deepEqual(left.sort(), ['p', 'q'], `after ${after}`);
        const [p, q] = [new Map(small), new Map([...small].slice(-1))];
        p.delete('q');
        await assertSame(path.join(directory, 'p'), p, `after ${after}`);
        await assertSame(path.join(directory, 'q'), q, `after ${after}`);
        const old = await stagings(directory);
        assert.ok(old.length === 0, `after ${after}: ${old.join()}`);
      }
    }));

  for (let seed = 1; seed <= 10; seed++) {
    it(`survives being stopped again and again, with torn tails and journals (seed ${seed})`, () =>
      withFolder(async (directory) => {
        const random = new Random(seed);
        const model = randomTree(random, 30);
        model.set('root/huge', file(random.bytes(3 * MIB), 0o640));
        const remembered: { staging?: string } = {};
        const script: string[] = [];
        for (let tries = 0; ; tries++) {
          const after = tries > 6 ? Number.MAX_SAFE_INTEGER : random.below(120);
          script.push(`die after ${after}`);
          const { done } = await run(directory, model, remembered, after);
          if (done) break;
          if (remembered.staging !== undefined) {
            script.push(await damage(remembered.staging, random));
          }
        }
        await assertSame(path.join(directory, 'root'), model, script.join('; '));
        assert.deepEqual(await readdir(directory), ['root'], script.join('; '));
      }));
  }

  it('sends only the rest of a large file, from the last mark that is right', () =>
    withFolder(async (directory) => {
      const content = Buffer.alloc(70 * MIB, 'beeline ');
      new Random(5).bytes(MIB).copy(content, 40 * MIB);
      const model: Model = new Map([['big', file(content)]]);
      const remembered: { staging?: string } = {};
      const stopAt = async (steps: number) => {
        const tree = await openTree({ kind: 'new', directory }, { remembered });
        let left = steps;
        const lost = new Error('the link is lost');
        await assert.rejects(
          deliver(tree, model, () => {
            if (left-- === 0) throw lost;
          }),
          lost,
        );
        await tree.close();
      };
      await stopAt(1100); // 68.75 MiB in chunks of 64 KiB.
      const part = path.join(remembered.staging ?? '', '0');
      const { size } = await lstat(part);
      assert.ok(size > 68 * MIB);
      // The power took the end of it, though not its length.
      const handle = await open(part, 'r+');
      await handle.write(Buffer.alloc(2 * MIB), 0, 2 * MIB, size - 2 * MIB);
      await handle.close();
      const tree = await openTree({ kind: 'new', directory }, { remembered });
      const { plan, bytes } = await deliver(tree, model);
      const [item] = plan;
      assert.ok(item?.kind === 'prefix' && item.marks.length >= 2, 'no durable marks');
      assert.ok(bytes <= 38 * MIB, `${bytes} bytes came again`);
      await tree.place();
      await tree.close();
      await assertSame(path.join(directory, 'big'), model);
    }));

  it('begins anew with another list, and leaves alone what is not its own or is newer', () =>
    withFolder(async (directory) => {
      const one: Model = new Map([['f', file('one')]]);
      const remembered: { staging?: string } = {};
      const first = await openTree({ kind: 'new', directory }, { remembered });
      await deliver(first, one);
      await first.close();
      const staging = remembered.staging ?? '';
      // Another identity, or another transfer, gets a folder of its own.
      for (const other of [{ kid: 'ef'.repeat(32) }, { transferId: '01'.repeat(16) }]) {
        const theirs = { staging };
        const tree = await openTree({ kind: 'new', directory }, { remembered: theirs, ...other });
        assert.deepEqual(await tree.prepare(manifestFor(one)), []);
        assert.notEqual(theirs.staging, staging);
        await tree.discard();
        assert.ok((await lstat(staging)).isDirectory());
      }
      const two: Model = new Map([['f', file('two two')]]);
      const second = await openTree({ kind: 'new', directory }, { remembered });
      assert.deepEqual((await deliver(second, two)).plan, []);
      await second.close();
      assert.equal(remembered.staging, staging);
      const journal = path.join(staging, 'journal');
      const newer = (await readFile(journal, 'utf8')).replace('"v":1', '"v":2');
      await writeFile(journal, newer);
      const third = await openTree({ kind: 'new', directory }, { remembered });
      await assert.rejects(third.prepare(manifestFor(two)), { code: 'JOURNAL_NEWER' });
      await third.close();
      assert.equal(await readFile(journal, 'utf8'), newer);
      assert.equal(await readFile(path.join(staging, '0'), 'utf8'), 'two two');
    }));

  it('takes no place out of a journal that lies outside of its target', () => {
    const header = { t: 'header', v: 1, id: ID, kid: KID, digest: 'd', mode: 'update' };
    const read = (line: object): number => {
      const lines = [header, line].map((each) => `${JSON.stringify(each)}\n`);
      const content = readJournal(Buffer.from(lines.join('')));
      return content.kind === 'read' ? content.lines.length : -1;
    };
    for (const at of ['a', 'c:a/b\\c', '', '../a (1).txt']) {
      assert.equal(read({ t: 'update', i: 0, at }), 1, at);
    }
    for (const at of [
      '../../etc/passwd',
      '/etc/passwd',
      'a/../../b',
      '..',
      '../..',
      '../',
      'a\0',
    ]) {
      assert.equal(read({ t: 'update', i: 0, at }), 0, at);
      assert.equal(read({ t: 'made', path: at }), 0, at);
      assert.equal(read({ t: 'removed', path: at }), 0, at);
    }
  });

  it('never believes its journal: content that differs is not claimed', () =>
    withFolder(async (directory) => {
      const model: Model = new Map([
        ['p', folder()],
        ['p/x', file('what was sent')],
        ['p/y', file(new Random(1).bytes(100_000))],
      ]);
      const remembered: { staging?: string } = {};
      const first = await openTree({ kind: 'new', directory }, { remembered });
      await deliver(first, model);
      await first.close();
      const staged = path.join(remembered.staging ?? '', '0');
      const { atime, mtime } = await lstat(path.join(staged, 'x'));
      await writeFile(path.join(staged, 'x'), 'what was SENT');
      const { utimes } = await import('node:fs/promises');
      await utimes(path.join(staged, 'x'), atime, mtime);
      const second = await openTree({ kind: 'new', directory }, { remembered });
      const { plan } = await deliver(second, model);
      assert.deepEqual(
        plan.map(({ kind, index }) => [kind, index]),
        [['have', 2]],
      );
      await second.place();
      await second.close();
      await assertSame(path.join(directory, 'p'), model);
    }));
});

/** What a power failure does to files that were not flushed. Resolves with what it did. */
async function damage(staging: string, random: Random): Promise<string> {
  const journal = path.join(staging, 'journal');
  const text = await readFile(journal, 'utf8').catch(() => undefined);
  if (text === undefined) return 'nothing there';
  const lines = text.split('\n');
  const files = (await readdir(staging, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name !== 'journal')
    .map((entry) => path.join(entry.parentPath, entry.name));
  const victim = files.length === 0 ? undefined : random.pick(files);
  switch (random.below(6)) {
    case 0: {
      await writeFile(journal, lines.slice(0, 1 + random.below(lines.length)).join('\n') + '\n');
      return 'an older journal';
    }
    case 1:
      await truncate(journal, random.below(text.length + 1));
      return 'a torn journal';
    case 2:
      await appendFile(journal, random.bytes(200));
      return 'a garbled journal';
    case 3:
      if (victim !== undefined)
        await truncate(victim, random.below((await lstat(victim)).size + 1));
      return `a short ${victim}`;
    case 4: {
      if (victim === undefined) return 'nothing';
      const bytes = await readFile(victim);
      bytes.fill(0, random.below(bytes.length + 1));
      await writeFile(victim, bytes);
      return `zeros in ${victim}`;
    }
    default:
      return 'no damage';
  }
}

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { appendFile, chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Progress } from '../../../src/core/events';
import { hashSource, openSource } from '../../../src/core/transfer/sourceFile';
import { failsWith, randomBuffer, seeded, sha256, withTransfer } from './transferFixture';

/** What is offered is what lay on the disk at one moment, or the offer is not made. */
describe('a source', () => {
  for (const size of [0, 1, 1_048_575, 1_048_576, 1_048_577, 3_333_333]) {
    it(`of ${size} bytes has the hash of its bytes`, () =>
      withTransfer(async ({ from }) => {
        const bytes = randomBuffer(size, seeded(size));
        const file = path.join(from, 'ä b');
        await writeFile(file, bytes);
        const told: Progress[] = [];
        const source = await hashSource(file, { onProgress: (each) => told.push(each) });
        assert.equal(source.sha256, sha256(bytes));
        const { sha256: _, ...rest } = source;
        assert.deepEqual(rest, await openSource(file));
        assert.deepEqual(JSON.parse(JSON.stringify(source)), source);
        assert.equal(source.name, 'ä b');
        assert.equal(told.at(-1)?.bytes, size);
      }));
  }

  it('that is no file is refused with what it is', () =>
    withTransfer(async ({ from }) => {
      await mkdir(path.join(from, 'folder'));
      await writeFile(path.join(from, 'file'), '');
      await symlink('nowhere', path.join(from, 'dangling'));
      await symlink('loop', path.join(from, 'loop'));
      execFileSync('mkfifo', [path.join(from, 'pipe')]);
      for (const [name, code, words] of [
        ['missing', 'PATH_NOT_FOUND', /nothing at/],
        ['file/below', 'PATH_NOT_FOUND', /nothing at/],
        ['dangling', 'PATH_NOT_FOUND', /nothing at/],
        ['loop', 'PATH_NOT_FOUND', /nothing at/],
        ['x'.repeat(300), 'PATH_NOT_FOUND', /nothing at/],
        ['folder', 'NOT_A_FILE', /is a folder/],
        ['pipe', 'NOT_A_FILE', /neither a file nor a folder/],
      ] as const) {
        for (const look of [openSource, hashSource]) {
          const error = await failsWith(code, look(path.join(from, name)));
          assert.match(error.message, words);
        }
      }
      await failsWith('NOT_A_FILE', openSource('/dev/zero'));
    }));

  it('that is written to while it is hashed is refused', () =>
    withTransfer(async ({ from }) => {
      const file = path.join(from, 'log');
      await writeFile(file, Buffer.alloc(4 * 1024 * 1024));
      let appended: Promise<void> | undefined;
      const hashing = hashSource(file, {
        onProgress: () => {
          appended ??= appendFile(file, 'line\n');
        },
      });
      await failsWith('SOURCE_CHANGED', hashing);
      await appended;
    }));

  it('can be let go while it is hashed', () =>
    withTransfer(async ({ from }) => {
      const file = path.join(from, 'big');
      await writeFile(file, Buffer.alloc(4 * 1024 * 1024));
      await failsWith('CANCELLED', hashSource(file, { signal: AbortSignal.abort() }));
    }));

  it('that may not be read is refused, to somebody who is not root', function () {
    if (process.getuid?.() !== 0) {
      this.test?.title && (this.test.title += ' (skipped: only root can run a child as nobody)');
      this.skip();
    }
    return withTransfer(async ({ from }) => {
      await chmod(from, 0o755);
      await writeFile(path.join(from, 'locked'), '', { mode: 0o600 });
      const script = path.join(import.meta.dirname, 'readAsNobody.ts');
      const locked = path.join(from, 'locked');
      const { stdout } = await promisify(execFile)(process.execPath, [
        '--import=tsx',
        script,
        locked,
      ]);
      assert.equal(stdout, 'PATH_UNREADABLE PATH_UNREADABLE');
    });
  });
});

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { BeelineError, type ErrorCode } from '../../../src/core/errors';
import { openIncoming, removePartial } from '../../../src/core/receivefs/incomingFile';
import { claimByPlaceholder, numbered, placeFile } from '../../../src/core/receivefs/placeFile';
import { checkRoom, sweepProbe } from '../../../src/core/receivefs/saveFolder';
import { SuddenEnd } from './tree/sudden';

const isRoot = process.getuid?.() === 0;

/** A file has its final name when it is whole, and never takes another file's. */
describe('an incoming file', () => {
  it('is hidden and private until it is committed, then has its name and mode', () =>
    withFolder(async (folder) => {
      const file = await openIncoming({ directory: folder, name: 'a.txt', size: 6 });
      assert.match(path.basename(file.temporaryPath), /^\.beeline-[0-9a-f]{16}\.part$/);
      assert.deepEqual(await readdir(folder), [path.basename(file.temporaryPath)]);
      assert.equal((await stat(file.temporaryPath)).mode & 0o777, 0o600);
      await file.write([Buffer.from('abc'), Buffer.alloc(0), Buffer.from('d')]);
      await file.write([]);
      await file.write([Buffer.from('ef')]);
      assert.equal(await file.commit(), path.join(folder, 'a.txt'));
      assert.deepEqual(await readdir(folder), ['a.txt']);
      assert.equal(await readFile(path.join(folder, 'a.txt'), 'utf8'), 'abcdef');
      const mask = process.umask(0);
      process.umask(mask);
      assert.equal((await stat(path.join(folder, 'a.txt'))).mode & 0o777, 0o666 & ~mask);
      await file.abort();
      assert.deepEqual(await readdir(folder), ['a.txt']);
    }));

  it('leaves nothing when it is aborted, however often', () =>
    withFolder(async (folder) => {
      const file = await openIncoming({ directory: folder, name: 'a.txt', size: 3 });
      await file.write([Buffer.from('abc')]);
      await Promise.all([file.abort(), file.abort()]);
      await file.abort();
      assert.deepEqual(await readdir(folder), []);
      await rejectsWith('FOLDER_UNUSABLE', file.write([Buffer.from('x')]));
      await rejectsWith('FOLDER_UNUSABLE', file.commit());
      assert.deepEqual(await readdir(folder), []);
    }));

  it('creates the folder, also deep, and goes where a person said', () =>
    withFolder(async (folder) => {
      const file = await openIncoming({ path: path.join(folder, 'x', 'y', 'CON:.txt'), size: 0 });
      assert.equal(await file.commit(), path.join(folder, 'x', 'y', 'CON:.txt'));
    }));

  it('never overwrites when many of one name are committed at once', () =>
    withFolder(async (folder) => {
      await writeFile(path.join(folder, 'a.tar.gz'), 'old');
      const files = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const file = await openIncoming({ directory: folder, name: 'a.tar.gz', size: 2 });
          await file.write([Buffer.from(String(index))]);
          return file;
        }),
      );
      const placed = await Promise.all(files.map((file) => file.commit()));
      assert.equal(new Set(placed).size, 20);
      for (const [index, where] of placed.entries()) {
        assert.equal(await readFile(where, 'utf8'), String(index));
      }
      const expected = ['a.tar.gz', ...placed.map((_, index) => `a (${index + 1}).tar.gz`)];
      assert.deepEqual((await readdir(folder)).toSorted(), expected.toSorted());
      assert.equal(await readFile(path.join(folder, 'a.tar.gz'), 'utf8'), 'old');
    }));

  it('takes names that differ in case or Unicode spelling for taken', () =>
    withFolder(async (folder) => {
      await writeFile(path.join(folder, 'README.md'), 'old');
      await writeFile(path.join(folder, 'e\u0301.txt'), 'old');
      for (const [name, expected] of [
        ['readme.md', 'readme (1).md'],
        ['ReadMe.md', 'ReadMe (2).md'],
        ['É.txt', 'É (1).txt'],
      ] as const) {
        const file = await openIncoming({ directory: folder, name, size: 0 });
        assert.equal(path.basename(await file.commit()), expected);
      }
    }));

  it('does not follow or replace a link that lies under the name', () =>
    withFolder(async (folder) => {
      await symlink(path.join(folder, 'nowhere'), path.join(folder, 'a'));
      const file = await openIncoming({ directory: folder, name: 'a', size: 0 });
      assert.equal(path.basename(await file.commit()), 'a (1)');
      assert.deepEqual((await readdir(folder)).toSorted(), ['a', 'a (1)']);
    }));

  it('numbers the longest names too', () =>
    withFolder(async (folder) => {
      const name = `${'界'.repeat(83)}.txtx`.slice(0, 255);
      await writeFile(path.join(folder, name), 'old');
      const file = await openIncoming({ path: path.join(folder, name), size: 0 });
      assert.equal(path.basename(await file.commit()), numbered(name, 1));
      assert(Buffer.byteLength(numbered(name, 9_999)) <= 255);
    }));

  it('never overwrites where the disk has no hard links', () =>
    withFolder(async (folder) => {
      const partials = Array.from({ length: 8 }, (_, index) => path.join(folder, `.p${index}`));
      for (const partial of partials) await writeFile(partial, partial);
      const placed = await Promise.all(
        partials.map((partial) => placeFile(partial, folder, 'a.txt', claimByPlaceholder)),
      );
      assert.equal(new Set(placed).size, 8);
      for (const [index, where] of placed.entries()) {
        assert.equal(await readFile(where, 'utf8'), partials[index]);
      }
      assert.equal((await readdir(folder)).length, 8);
      await assert.rejects(placeFile('/nowhere/at all', folder, 'b.txt', claimByPlaceholder));
      assert(!(await readdir(folder)).includes('b.txt'));
    }));

  it('says what is wrong with a folder that is none', () =>
    withFolder(async (folder) => {
      await writeFile(path.join(folder, 'file'), '');
      const file = path.join(folder, 'file');
      await rejectsWith('FOLDER_UNUSABLE', openIncoming({ directory: file, name: 'a', size: 0 }));
      const below = path.join(file, 'below');
      await rejectsWith('FOLDER_UNUSABLE', openIncoming({ directory: below, name: 'a', size: 0 }));
      await rejectsWith('FOLDER_UNUSABLE', openIncoming({ path: folder, size: 0 }));
      await rejectsWith('FOLDER_UNUSABLE', openIncoming({ path: `${folder}/new/`, size: 0 }));
      assert.deepEqual(await readdir(folder), ['file']);
    }));

  it('notices a folder that goes away meanwhile', () =>
    withFolder(async (folder) => {
      const directory = path.join(folder, 'gone');
      const file = await openIncoming({ directory, name: 'a', size: 0 });
      await rm(directory, { recursive: true });
      await rejectsWith('FOLDER_UNUSABLE', file.commit());
      await file.abort();
      assert.deepEqual(await readdir(folder), []);
    }));

  it('refuses what no disk can hold, before a byte is written', () =>
    withFolder(async (folder) => {
      await rejectsWith('DISK_FULL', checkRoom(folder, Number.MAX_SAFE_INTEGER));
      await rejectsWith(
        'DISK_FULL',
        openIncoming({ directory: folder, name: 'a', size: Number.MAX_SAFE_INTEGER }),
      );
      await checkRoom(folder, 1);
      assert.deepEqual(await readdir(folder), []);
    }));
});

describe('a save folder that is asked about', () => {
  const probe = '.beeline-0000000000000000.part';

  it('has nothing more in it afterwards, however many ask and whatever a crash had left', () =>
    withFolder(async (folder) => {
      for (let round = 0; round < 20; round++) {
        await writeFile(path.join(folder, probe), '');
        await Promise.all(Array.from({ length: 8 }, () => checkRoom(folder, 1)));
        assert.deepEqual(await readdir(folder), []);
      }
    }));

  it('keeps what is called like that and is a person’s', () =>
    withFolder(async (folder) => {
      await writeFile(path.join(folder, probe), 'precious');
      await checkRoom(folder, 1);
      assert.equal(await readFile(path.join(folder, probe), 'utf8'), 'precious');
      await rm(path.join(folder, probe));
      await symlink('elsewhere', path.join(folder, probe));
      await checkRoom(folder, 1);
      assert.deepEqual(await readdir(folder), [probe], 'nothing was made through the link');
    }));

  it('is clean again after an engine that was killed in whichever step, once it goes on', () =>
    withFolder(async (folder) => {
      for (let after = 0; ; after++) {
        let journaled: string | undefined;
        const end = await SuddenEnd.begin(after);
        try {
          const target = { directory: folder, name: 'a', size: 0 };
          await openIncoming(target, (temporaryPath) => {
            journaled = temporaryPath;
            return Promise.resolve();
          });
        } catch (thrown) {
          assert.ok(end.isOver, String(thrown));
        } finally {
          end.stop();
        }
        if (journaled !== undefined) await removePartial(journaled);
        await sweepProbe(folder);
        assert.deepEqual(await readdir(folder), [], `after ${String(after)}`);
        if (!end.isOver) break;
      }
    }));
});

describe('removePartial', () => {
  it('removes what a crash left, and nothing else', () =>
    withFolder(async (folder) => {
      const file = await openIncoming({ directory: folder, name: 'a', size: 0 });
      await writeFile(path.join(folder, 'precious.part'), '');
      const link = path.join(folder, '.beeline-0000000000000000.part');
      await symlink(path.join(folder, 'precious.part'), link);
      assert.equal(await removePartial(path.join(folder, 'precious.part')), false);
      assert.equal(await removePartial(link), false);
      assert.equal(await removePartial(file.temporaryPath), true);
      assert.equal(await removePartial(file.temporaryPath), false);
      assert.equal((await readdir(folder)).length, 2);
      await file.abort();
    }));
});

describe('a disk that is really full', () => {
  it('says so, and leaves no partial', async function () {
    await withTinyDisk(this, async (disk) => {
      await rejectsWith('DISK_FULL', checkRoom(disk, 8 * MIB));
      const file = await openIncoming({ directory: disk, name: 'a', size: 2 * MIB });
      await writeFile(path.join(disk, 'other'), Buffer.alloc(3 * MIB));
      const batch = Array.from({ length: 16 }, () => Buffer.alloc(MIB / 8));
      const error = await rejectsWith('DISK_FULL', file.write(batch));
      assert((error.cause as NodeJS.ErrnoException).code === 'ENOSPC');
      await file.abort();
      assert.deepEqual(await readdir(disk), ['other']);
      // With room again, the same disk takes the same file.
      await truncate(path.join(disk, 'other'), 0);
      const again = await openIncoming({ directory: disk, name: 'a', size: 2 * MIB });
      await again.write(batch);
      assert.equal((await stat(await again.commit())).size, 2 * MIB);
    });
  });
});

describe('a folder without permission', () => {
  it('says so, to somebody who is not root', async function () {
    await withFolder(async (folder) => {
      await mkdir(path.join(folder, 'locked'), { mode: 0o755 });
      await chmod(folder, 0o755);
      const answer = await asNobody(this, path.join(folder, 'locked'));
      assert.deepEqual(answer, ['FOLDER_UNUSABLE', 'FOLDER_UNUSABLE', 'FOLDER_UNUSABLE']);
      assert.deepEqual(await readdir(path.join(folder, 'locked')), []);
    });
  });
});

const MIB = 1024 * 1024;

/** The codes that a process of the user `nobody` gets in a folder of root's. */
async function asNobody(test: Mocha.Context, folder: string): Promise<string[]> {
  if (!isRoot) {
    test.test?.title && (test.test.title += ' (skipped: only root can run a child as nobody)');
    test.skip();
  }
  const script = path.join(import.meta.dirname, 'asNobody.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import=tsx', script, folder]);
  return JSON.parse(stdout) as string[];
}

/** A tmpfs of 4 MiB, always unmounted. */
async function withTinyDisk(
  test: Mocha.Context,
  body: (disk: string) => Promise<void>,
): Promise<void> {
  const disk = await mkdtemp(path.join(os.tmpdir(), 'beeline-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk], { stdio: 'pipe' });
  } catch {
    await rm(disk, { recursive: true });
    test.test?.title && (test.test.title += ' (skipped: mounting a tmpfs needs root)');
    test.skip();
  }
  try {
    await body(disk);
  } finally {
    execFileSync('umount', ['-l', disk]);
    await rm(disk, { recursive: true });
  }
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-receivefs-'));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function rejectsWith(code: ErrorCode, action: Promise<unknown>): Promise<BeelineError> {
  const error: unknown = await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert(error instanceof BeelineError, `expected ${code}, got ${String(error)}`);
  assert.equal(error.code, code);
  return error;
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, readdir, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DroppedFolders } from '../../../src/host/panel/droppedFolders';
import { Uploads, type DroppedFile } from '../../../src/host/panel/uploads';
import { aTransfer, states } from './samples';

const newId = () => randomBytes(16).toString('hex');
const refused = { code: 'UPLOAD_REFUSED' };

async function dropFolders(): Promise<readonly string[]> {
  return (await readdir(os.tmpdir())).filter((name) => name.startsWith('beeline-drop-')).toSorted();
}

describe('files that are dropped on a panel from outside', () => {
  let uploads: Uploads;
  let before: readonly string[];
  const made: string[] = [];

  beforeEach(async () => {
    uploads = new Uploads();
    before = await dropFolders();
  });
  afterEach(async () => {
    await uploads.dispose();
    for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
    assert.deepEqual(await dropFolders(), before, 'a folder was left behind');
  });

  const begin = async (files: readonly DroppedFile[]) => {
    const id = newId();
    await uploads.begin(id, files);
    return id;
  };
  const end = async (id: string) => {
    const dropped = await uploads.end(id);
    made.push(dropped.folder);
    return dropped;
  };

  it('lie where only this person reads them, with the content that they had', async () => {
    const [large, small] = [randomBytes(900_000), randomBytes(10)];
    const id = await begin([
      { path: 'folder/large.bin', size: large.length },
      { path: 'folder/inner/empty', size: 0 },
      { path: 'small.bin', size: small.length },
    ]);
    for (let at = 0; at < large.length; at += 300_000) {
      await uploads.chunk(id, 0, at, large.subarray(at, at + 300_000));
    }
    await uploads.chunk(id, 2, 0, small);
    const { folder, paths } = await end(id);
    assert.deepEqual(paths, [path.join(folder, 'folder'), path.join(folder, 'small.bin')]);
    assert.ok((await readFile(path.join(folder, 'folder/large.bin'))).equals(large));
    assert.equal((await stat(path.join(folder, 'folder/inner/empty'))).size, 0);
    assert.ok((await readFile(path.join(folder, 'small.bin'))).equals(small));
    if (process.platform !== 'win32') {
      assert.equal((await stat(folder)).mode & 0o777, 0o700);
      assert.equal((await stat(path.join(folder, 'small.bin'))).mode & 0o077, 0);
    }
  });

  it('never lead out of that folder, whatever they are called', async () => {
    for (const name of [
      ...['..', '../x', 'a/../../x', '/etc/passwd', 'a//b', './a', 'a/.', 'a/', ''],
      ...['..\\x', 'a\\b', 'a\0b', 'a\nb', 'x'.repeat(256), 'a/'.repeat(64) + 'x'],
    ]) {
      await assert.rejects(begin([{ path: name, size: 1 }]), refused, JSON.stringify(name));
    }
  });

  it('are refused when two of them would be one on some system', async () => {
    for (const [one, two] of [
      ['a', 'a'],
      ['A.txt', 'a.TXT'],
      ['\u00e9', 'e\u0301'],
      ['a', 'a/b'],
      ['a/b', 'A'],
    ]) {
      const files = [one, two].map((name) => ({ path: name ?? '', size: 0 }));
      await assert.rejects(begin(files), refused, `${String(one)} ${String(two)}`);
    }
  });

  it('are refused when they are more than this disk or anybody can hold', async () => {
    await assert.rejects(begin([{ path: 'a', size: Number.MAX_SAFE_INTEGER }]), refused);
    const half = { path: 'a', size: Number.MAX_SAFE_INTEGER };
    await assert.rejects(begin([half, { ...half, path: 'b' }]), refused);
  });

  it('end as a whole when a piece of them does not fit', async () => {
    const pieces: readonly (readonly [file: number, offset: number, bytes: number])[] = [
      [0, 1, 5],
      [0, 0, 11],
      [0, 0, 0],
      [1, 0, 1],
      [-1, 0, 1],
      [0.5, 0, 1],
    ];
    for (const [file, offset, bytes] of pieces) {
      const id = await begin([{ path: 'a', size: 10 }]);
      await assert.rejects(uploads.chunk(id, file, offset, Buffer.alloc(bytes)), refused);
      await assert.rejects(uploads.chunk(id, 0, 0, Buffer.alloc(1)), refused);
      await assert.rejects(uploads.end(id), refused);
    }
  });

  it('are not sent while a part is missing', async () => {
    const id = await begin([{ path: 'a', size: 10 }]);
    await uploads.chunk(id, 0, 0, Buffer.alloc(9));
    await assert.rejects(uploads.end(id), refused);
  });

  it('are gone when they are cancelled in the middle, also of pieces on their way', async () => {
    const id = await begin([{ path: 'a', size: 20 }]);
    const writing = uploads.chunk(id, 0, 0, Buffer.alloc(10));
    await uploads.cancel(id);
    await writing.catch(() => undefined);
    await assert.rejects(uploads.chunk(id, 0, 10, Buffer.alloc(10)), refused);
  });

  it('cannot be begun twice, nor without end', async () => {
    const id = await begin([{ path: 'a', size: 1 }]);
    await assert.rejects(uploads.begin(id, [{ path: 'a', size: 1 }]), refused);
    for (let at = 0; at < 3; at++) await begin([{ path: 'a', size: 1 }]);
    await assert.rejects(begin([{ path: 'a', size: 1 }]), refused);
  });
});

describe('folders of what was dropped', () => {
  const memory = (list: unknown) => {
    let kept = list;
    return {
      get: () => kept,
      update: (_key: string, value: unknown) => {
        kept = value;
        return Promise.resolve();
      },
    };
  };

  it('stay while their transfer runs, and go with it', async () => {
    const uploads = new Uploads();
    const id = newId();
    await uploads.begin(id, [{ path: 'a', size: 0 }]);
    const { folder } = await uploads.end(id);
    const dropped = new DroppedFolders(memory([]));
    const transferId = newId();
    await dropped.keep(transferId, folder);
    await dropped.sweep([]);
    await dropped.sweep([aTransfer({ transferId, state: states.interrupted() })]);
    assert.ok((await stat(folder)).isDirectory());
    await dropped.sweep([aTransfer({ transferId, state: states.completed() })]);
    await assert.rejects(stat(folder), { code: 'ENOENT' });
  });

  it('are removed only where they have the shape of our own', async () => {
    const kept = path.join(os.tmpdir(), `keep-${newId()}`);
    const { mkdir } = await import('node:fs/promises');
    await mkdir(kept);
    const entries = [
      { transferId: 'x', folder: kept, since: 0 },
      { transferId: 'x', folder: path.join(kept, 'beeline-drop-abcdef'), since: 0 },
      { transferId: 'x', folder: `${os.tmpdir()}/beeline-drop-abcdef/../keep`, since: 0 },
      7,
      { folder: kept },
    ];
    await new DroppedFolders(memory(entries)).sweep([]);
    assert.ok((await stat(kept)).isDirectory());
    await rm(kept, { recursive: true });
  });
});

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  chmod,
  chown,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openFileHome } from '../../../src/core/home/fileHome';
import { memoryHome } from '../../../src/core/home/memoryHome';
import { openIdentity } from '../../../src/core/identity/identityFile';
import * as hand from './byHand';
import { atOnce } from './withProcesses';

/** Nobody's number on most systems; any that is not ours will do. */
const SOMEBODY = 65_534;
const isRoot = process.getuid?.() === 0;

describe('the identity of a home', () => {
  let folder = '';
  let file = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-identity-'));
    file = path.join(folder, 'identity.json');
  });
  afterEach(async () => {
    await chmod(folder, 0o700).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  });

  const open = async () => openIdentity(await openFileHome(folder));
  const refused = (code: string, message?: RegExp): Promise<void> =>
    assert.rejects(open(), (thrown: Error & { code?: unknown }) => {
      assert.equal(thrown.code, code, thrown.message);
      if (message !== undefined) assert.match(thrown.message, message);
      return true;
    });

  it('is made once, for its user alone, and stays', async () => {
    const identity = await open();
    const found = await stat(file);
    assert.equal(found.mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['identity.json'], 'no draft is left');
    const written = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    const seed = Buffer.from(String(written['seed']), 'base64url');
    const { publicKey } = new hand.HandIdentity(seed);
    assert.deepEqual(identity.publicKey, publicKey);
    assert.deepEqual(written, {
      version: 1,
      seed: seed.toString('base64url'),
      publicKey: publicKey.toString('base64url'),
    });
    const again = await open();
    assert.equal(again.kid, identity.kid);
    assert.equal((await stat(file)).ino, found.ino, 'not written again');
    const other = await openIdentity(memoryHome());
    assert.notEqual(other.kid, identity.kid);
  });

  it('in memory belongs to the home object', async () => {
    const [one, other] = [memoryHome(), memoryHome()];
    const { kid } = await openIdentity(one);
    assert.equal((await openIdentity(one)).kid, kid);
    assert.notEqual((await openIdentity(other)).kid, kid);
  });

  it('is one, however many processes and windows come at the same moment', async () => {
    const [processes, here] = await Promise.all([
      atOnce(Array.from({ length: 4 }, () => [folder, 'identity'])),
      Promise.all(Array.from({ length: 20 }, open)),
    ]);
    const kids = [...processes.map(({ kid }) => kid), ...here.map(({ kid }) => kid)];
    assert.equal(new Set(kids).size, 1);
    assert.match(String(kids[0]), /^[0-9a-f]{64}$/);
    assert.deepEqual(await readdir(folder), ['identity.json']);
  }).timeout(60_000);

  it('is one, whichever of several processes is first', async () => {
    for (let round = 0; round < 3; round++) {
      const home = path.join(folder, String(round));
      const said = await atOnce(Array.from({ length: 3 }, () => [home, 'identity']));
      const kids = said.map(({ kid }) => String(kid));
      assert.equal(new Set(kids).size, 1);
      assert.match(kids[0] ?? '', /^[0-9a-f]{64}$/);
      assert.deepEqual(await readdir(home), ['identity.json']);
    }
  }).timeout(60_000);

  it('waits for one that is just being written', async () => {
    const { kid } = await open();
    const text = await readFile(file, 'utf8');
    await writeFile(file, '');
    const opening = open();
    await writeFile(file, text);
    assert.equal((await opening).kid, kid);
  });

  it('is not used when others could have read it', async function () {
    if (process.platform === 'win32') return this.skip();
    await open();
    for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o777]) {
      await chmod(file, mode);
      await refused('IDENTITY_EXPOSED', /chmod 600/);
      assert.equal((await stat(file)).mode & 0o777, mode, 'nothing is covered up');
    }
    await chmod(file, 0o400);
    await open();
    if (!isRoot) return;
    await chmod(file, 0o600);
    await chown(file, SOMEBODY, SOMEBODY);
    await refused('IDENTITY_EXPOSED');
  });

  it('is a plain file or nothing', async function () {
    if (process.platform === 'win32') return this.skip();
    await open();
    const real = path.join(folder, 'elsewhere');
    await rename(file, real);
    await symlink(real, file);
    await refused('IDENTITY_DAMAGED', /plain file/);
    await rm(file);
    await symlink(path.join(folder, 'nothing'), file);
    await refused('IDENTITY_DAMAGED', /plain file/);
    await rm(file);
    await mkdir(file);
    await refused('IDENTITY_DAMAGED', /plain file/);
    await rm(file, { recursive: true });
    execFileSync('mkfifo', [file]);
    await refused('IDENTITY_DAMAGED', /plain file/);
    await rm(file);
    await link(real, file);
    await open();
  });

  it('is left as it is when it is damaged or newer, and the reason is said', async () => {
    await open();
    const good = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    const other = new hand.HandIdentity(Buffer.alloc(32, 1)).publicKey.toString('base64url');
    const damages: [unknown, RegExp][] = [
      ['', /empty/],
      ['{', /JSON/],
      ['\0'.repeat(140), /JSON/],
      ['x'.repeat(5000), /large/],
      [[], /fields/],
      [null, /fields/],
      [{}, /fields/],
      [{ ...good, version: 2 }, /newer/],
      [{ version: 2, keys: [] }, /newer/],
      [{ ...good, version: 0 }, /fields/],
      [{ ...good, version: '1' }, /fields/],
      [{ ...good, seed: 'AAAA' }, /fields/],
      [{ ...good, seed: `${String(good['seed']).slice(0, -1)}=` }, /fields/],
      [{ ...good, seed: undefined }, /fields/],
      [{ ...good, publicKey: other }, /belong together/],
      [{ ...good, publicKey: '' }, /belong together/],
    ];
    for (const [damage, reason] of damages) {
      const text = typeof damage === 'string' ? damage : JSON.stringify(damage);
      await writeFile(file, text);
      await refused('IDENTITY_DAMAGED', reason);
      assert.equal(await readFile(file, 'utf8'), text);
      assert.deepEqual(await readdir(folder), ['identity.json']);
    }
    await assert.rejects(open(), (thrown: Error) => {
      const said = [thrown.message, (thrown as { cause?: unknown }).cause].map(String).join();
      return !said.includes(String(good['seed']));
    });
  }).timeout(30_000);

  it('is not made anew beside a book, which belongs to a lost one', async () => {
    const book = path.join(folder, 'book.json');
    await writeFile(book, '{}');
    await refused('IDENTITY_MISSING', /backup/);
    assert.deepEqual(await readdir(folder), ['book.json']);
    await rm(book);
    const { kid } = await open();
    await writeFile(book, '{}');
    assert.equal((await open()).kid, kid);
  });

  it('says that the home cannot be written, and leaves nothing there', async () => {
    await chmod(folder, 0o500);
    if (isRoot) await chown(folder, SOMEBODY, SOMEBODY);
    const home = await asOrdinary(() => openFileHome(folder)).catch(() => undefined);
    const reading = { ...memoryHome(), folder };
    await asOrdinary(() =>
      assert.rejects(openIdentity(home ?? reading), { code: 'HOME_UNUSABLE' }),
    );
    await chmod(folder, 0o700);
    assert.deepEqual(await readdir(folder), []);
    const gone = { ...memoryHome(), folder: path.join(folder, 'gone') };
    await assert.rejects(openIdentity(gone), { code: 'HOME_UNUSABLE' });
  });

  it('says that the disk is full, and leaves nothing there', async function () {
    if (process.platform === 'win32') return this.skip();
    // Files may not grow beyond nothing, as on a disk without room.
    const [said] = await atOnce([[folder, 'identity']], (args) =>
      spawn('bash', ['-c', 'ulimit -f 0; exec "$@"', 'bash', process.execPath, ...args], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    assert.deepEqual(said, { code: 'HOME_UNUSABLE' });
    assert.deepEqual(await readdir(folder), []);
    await open();
  }).timeout(60_000);
});

/** Root may write everywhere; so this is done as somebody who may not. */
async function asOrdinary<T>(act: () => Promise<T>): Promise<T> {
  if (!isRoot || process.seteuid === undefined) return act();
  process.seteuid(SOMEBODY);
  try {
    return await act();
  } finally {
    process.seteuid(0);
  }
}

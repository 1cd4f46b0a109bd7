import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openFileHome } from '../../../src/core/home/fileHome';
import type { Home } from '../../../src/core/home/home';
import { memoryHome } from '../../../src/core/home/memoryHome';

describe('a home', () => {
  let folder = '';
  const reports: string[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-home-'));
    reports.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const kinds: [string, () => Promise<Home>][] = [
    ['on disk', () => openFileHome(path.join(folder, 'home'), (line) => reports.push(line))],
    ['in memory', () => Promise.resolve(memoryHome())],
  ];
  for (const [kind, open] of kinds) {
    it(`${kind}: keeps, lists, replaces and removes records`, async () => {
      const home = await open();
      assert.equal(await home.read('history', 'a'), undefined);
      assert.deepEqual(await home.readAll('history'), []);
      const record = { n: 1 };
      const writing = home.write('history', 'a', record);
      // The record as it was when it was handed over.
      record.n = 2;
      await writing;
      await home.write('history', 'b', { n: 3 });
      await home.write('incoming', 'a', { n: 4 });
      assert.deepEqual(await home.read('history', 'a'), { n: 1 });
      const all = (await home.readAll('history')) as { n: number }[];
      assert.deepEqual(all.map(({ n }) => n).sort(), [1, 3]);
      await home.write('history', 'a', { n: 5 });
      assert.deepEqual(await home.read('history', 'a'), { n: 5 });
      await home.remove('history', 'a');
      await home.remove('history', 'a');
      assert.equal(await home.read('history', 'a'), undefined);
      assert.deepEqual(await home.readAll('history'), [{ n: 3 }]);
    });

    it(`${kind}: hostile ids are records like any other, each its own`, async () => {
      const home = await open();
      const hashed = createHash('sha256').update('A').digest('hex').slice(0, 40);
      const ids = [
        ...['..', '../../etc/passwd', '/etc/passwd', 'a/b', 'a\\b', 'A', `x-${hashed}`, 'a'],
        ...['', ' ', 'con', 'nul', 'com1', 'aux', '__proto__', 'é', 'e\u0301', 'a\0b', 'a.json'],
        ...['a:b', 'x'.repeat(64), 'x'.repeat(65), 'y'.repeat(10_000), '💥'.repeat(100), '-'],
      ];
      await Promise.all(ids.map((id) => home.write('incoming', id, { id })));
      for (const id of ids) assert.deepEqual(await home.read('incoming', id), { id });
      assert.equal((await home.readAll('incoming')).length, ids.length);
      for (const id of ids) await home.remove('incoming', id);
      assert.deepEqual(await home.readAll('incoming'), []);
      if (home.folder === undefined) return;
      assert.deepEqual(await readdir(home.folder), ['incoming']);
      assert.deepEqual(await readdir(folder), ['home']);
    });

    it(`${kind}: what was called last holds, however fast it follows`, async () => {
      const home = await open();
      for (let round = 0; round < 30; round++) {
        const many = Array.from({ length: 5 }, (_, n) => home.write('outgoing', 'a', { n }));
        if (round % 2 === 0) many.push(home.remove('outgoing', 'a'));
        await Promise.all(many);
        const expected = round % 2 === 0 ? undefined : { n: 4 };
        assert.deepEqual(await home.read('outgoing', 'a'), expected);
      }
    });
  }

  it('is for its user alone, also when it was not before', async () => {
    await chmod(folder, 0o755);
    const home = await openFileHome(folder);
    await home.write('settings', 'profile', {});
    const modeOf = async (...parts: string[]): Promise<number> =>
      (await stat(path.join(folder, ...parts))).mode & 0o777;
    assert.equal(await modeOf(), 0o700);
    assert.equal(await modeOf('settings'), 0o700);
    assert.equal(await modeOf('settings', 'profile.json'), 0o600);
  });

  it('sets a damaged record aside, says so, and goes on without it', async () => {
    const home = await openFileHome(folder, (line) => reports.push(line));
    await home.write('history', 'good', { good: true });
    const damages = { empty: '', cut: '{"a":', binary: '\0\0\0', words: 'hello' };
    for (const [name, text] of Object.entries(damages)) {
      await writeFile(path.join(folder, 'history', `${name}.json`), text);
    }
    await mkdir(path.join(folder, 'history', 'folder.json'));
    assert.deepEqual(await home.readAll('history'), [{ good: true }]);
    assert.equal(reports.length, 5);
    assert.deepEqual((await readdir(path.join(folder, 'history'))).sort(), [
      ...['binary', 'cut', 'empty', 'folder'].map((name) => `${name}.json.damaged`),
      'good.json',
      'words.json.damaged',
    ]);
    assert.deepEqual(await home.readAll('history'), [{ good: true }]);
    assert.equal(reports.length, 5, 'said once');
    await home.write('history', 'cut', { again: true });
    assert.deepEqual(await home.read('history', 'cut'), { again: true });
  });

  it('sweeps up what writers that were killed long ago left, and nothing younger', async () => {
    const home = await openFileHome(folder);
    await home.write('history', 'good', {});
    const [old, young] = ['a.json.123', 'b.json.456'].map((name) =>
      path.join(folder, 'history', name),
    ) as [string, string];
    await writeFile(old, '{');
    await writeFile(young, '{');
    const yesterday = Date.now() / 1000 - 24 * 60 * 60;
    await utimes(old, yesterday, yesterday);
    assert.deepEqual(await home.readAll('history'), [{}]);
    assert.deepEqual((await readdir(path.join(folder, 'history'))).sort(), [
      'b.json.456',
      'good.json',
    ]);
  });

  it('a writer killed at any moment leaves the old record or the new one, whole', async function () {
    this.timeout(40_000);
    for (let kill = 0; kill < 4; kill++) {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', path.join(__dirname, 'homeWriter.ts'), folder],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      let said = '';
      child.stdout.on('data', (data: Buffer) => {
        said += String(data);
        // After another number of records each time, in the middle of the one that follows.
        if (said.split('\n').length > 3 + kill * 2) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const last = Number(said.trim().split('\n').at(-1));
      const home = await openFileHome(folder, (line) => reports.push(line));
      const record = (await home.read('outgoing', 'record')) as { round: number; filler: string };
      assert.ok(record.round >= last, `${String(record.round)} is not older than ${String(last)}`);
      assert.equal(record.filler, String(record.round % 10).repeat(20_000));
      assert.equal((await home.readAll('outgoing')).length, 1);
    }
    assert.deepEqual(reports, []);
  });

  it('two writers at once leave one whole record, and a reader never sees half', async () => {
    const homes = [await openFileHome(folder), await openFileHome(folder)];
    const filler = (n: number): string => String(n).repeat(5000);
    const writing = new AbortController();
    const reading = (async () => {
      while (!writing.signal.aborted) {
        const record = (await homes[0]?.read('settings', 'peers')) as
          { n: number; filler: string } | undefined;
        if (record !== undefined) assert.equal(record.filler, filler(record.n));
      }
    })();
    for (let round = 0; round < 25; round++) {
      await Promise.all(
        homes.map((home, n) => home.write('settings', 'peers', { n, filler: filler(n) })),
      );
    }
    writing.abort();
    await reading;
  });

  it('a home that cannot be had says why', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    await assert.rejects(openFileHome(file), { code: 'HOME_UNUSABLE', message: /not a folder/ });
    await assert.rejects(openFileHome(path.join(file, 'x')), { code: 'HOME_UNUSABLE' });
    const home = await openFileHome(path.join(folder, 'home'));
    await writeFile(path.join(folder, 'home', 'history'), 'in the way');
    await assert.rejects(home.write('history', 'a', {}), { code: 'HOME_UNUSABLE' });
    await assert.rejects(home.readAll('history'), {
      code: 'HOME_UNUSABLE',
      message: new RegExp(path.join(folder, 'home')),
    });
  });
});

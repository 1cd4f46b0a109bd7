import assert from 'node:assert/strict';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openFileHome } from '../../../src/core/home/fileHome';
import { memoryHome } from '../../../src/core/home/memoryHome';
import { openBook, type Book, type BookEntry } from '../../../src/core/identity/book';
import { newIdentity } from '../../../src/core/identity/identity';
import { atOnce } from './withProcesses';

let made = 0;
function entry(change: Partial<BookEntry> = {}): BookEntry {
  const { kid, publicKey, fingerprint } = newIdentity();
  made += 1;
  return {
    kid,
    publicKey: publicKey.toString('hex'),
    fingerprint,
    actorId: `agent-${made}`,
    name: 'Agent Ó',
    origin: 'https://hub.example',
    pairedAt: '2030-05-05T12:00:00.000Z',
    allowed: false,
    blocked: false,
    ...change,
  };
}

const at = (seconds: number): string => new Date(1_900_000_000_000 + seconds * 1000).toISOString();

describe('the address book', () => {
  let folder = '';
  let file = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-book-'));
    file = path.join(folder, 'book.json');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = async (seenEveryMs?: number): Promise<Book> =>
    openBook(await openFileHome(folder), seenEveryMs === undefined ? {} : { seenEveryMs });
  const onDisk = async (): Promise<Record<string, unknown>[]> => {
    const { agents } = JSON.parse(await readFile(file, 'utf8')) as { agents: unknown };
    return agents as Record<string, unknown>[];
  };
  const kids = (book: Book): string[] => book.list().map(({ kid }) => kid);

  for (const kind of ['on disk', 'in memory'] as const) {
    it(`${kind}: keeps, changes and removes agents, and opens again as it was`, async () => {
      const home = kind === 'in memory' ? memoryHome() : await openFileHome(folder);
      const book = await openBook(home);
      assert.deepEqual(book.list(), []);
      const [one, two] = [entry(), entry({ allowed: true, lastSeenAt: at(0) })];
      await book.put(one);
      await book.put(two);
      assert.deepEqual(book.find(one.kid), one);
      assert.deepEqual((await openBook(home)).list(), [one, two]);
      await book.change(one.kid, { allowed: true, name: 'Another' });
      await book.change(two.kid, { blocked: true, lastSeenAt: at(5) });
      const changed = [
        { ...one, allowed: true, name: 'Another' },
        { ...two, blocked: true, lastSeenAt: at(5) },
      ];
      assert.deepEqual(book.list(), changed);
      assert.deepEqual((await openBook(home)).list(), changed);
      await book.remove(one.kid);
      await book.remove(one.kid);
      assert.equal(book.find(one.kid), undefined);
      assert.deepEqual(kids(await openBook(home)), [two.kid]);
      await assert.rejects(book.change(one.kid, { allowed: true }), { code: 'AGENT_UNKNOWN' });
      await assert.rejects(book.change(one.kid, { lastSeenAt: at(1) }), { code: 'AGENT_UNKNOWN' });
    });

    it(`${kind}: a known actor id with another key is another agent, and refused`, async () => {
      const home = kind === 'in memory' ? memoryHome() : await openFileHome(folder);
      const book = await openBook(home);
      const ann = entry({ actorId: 'ann' });
      await book.put(ann);
      const changed = entry({ actorId: 'ann' });
      await assert.rejects(book.put(changed), { code: 'IDENTITY_CHANGED' });
      assert.deepEqual(book.list(), [ann]);
      // At another service it is somebody else, and the same key is renewed.
      await book.put({ ...changed, origin: 'https://other.example' });
      const renewed = { ...ann, name: 'Ann again', pairedAt: at(9) };
      await book.put(renewed);
      assert.deepEqual(book.find(ann.kid), renewed);
      await book.remove(ann.kid);
      await book.put(entry({ actorId: 'ann' }));
    });
  }

  it('is for its user alone, and nothing is left beside it', async () => {
    const book = await open();
    await book.put(entry());
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['book.json']);
  });

  it('loses nothing when several processes write at the same moment', async () => {
    const here = await open();
    const first = entry();
    await here.put(first);
    const own = Array.from({ length: 10 }, () => entry());
    const [said] = await Promise.all([
      atOnce([0, 1, 2].map((name) => [folder, 'book', `writer-${name}`])),
      Promise.all(own.map((one) => here.put(one))),
    ]);
    const written = said.flatMap(({ kids: theirs, code }) => {
      assert.equal(code, undefined);
      return theirs as string[];
    });
    const expected = [first, ...own].map(({ kid }) => kid).concat(written);
    assert.equal(expected.length, 41);
    assert.deepEqual(kids(await open()).sort(), expected.sort());
    // The change at hand wins for its own agent, and takes the others from disk.
    await here.change(first.kid, { blocked: true });
    assert.deepEqual(kids(here).sort(), expected.sort());
    assert.deepEqual(await readdir(folder), ['book.json']);
  }).timeout(60_000);

  it('takes what another process did, and does not bring back what it removed', async () => {
    const [here, there] = [await open(), await open()];
    const [one, two] = [entry(), entry({ actorId: 'ann' })];
    await here.put(one);
    await there.put(two);
    await here.change(one.kid, { allowed: true });
    assert.deepEqual(kids(here), [one.kid, two.kid]);
    await there.remove(one.kid);
    await here.change(two.kid, { allowed: true });
    assert.deepEqual(kids(here), [two.kid]);
    await assert.rejects(here.change(one.kid, { allowed: true }), { code: 'AGENT_UNKNOWN' });
    // A block in one window outlives a new name from another.
    await there.change(two.kid, { blocked: true });
    await here.change(two.kid, { name: 'Ann' });
    const { blocked, allowed, name } = (await open()).find(two.kid) ?? entry();
    assert.deepEqual({ blocked, allowed, name }, { blocked: true, allowed: true, name: 'Ann' });
    // A clash that only the disk knows of.
    const third = await open();
    await here.put(entry({ actorId: 'ben' }));
    await assert.rejects(third.put(entry({ actorId: 'ben' })), { code: 'IDENTITY_CHANGED' });
  });

  it('waits for a lock, and takes over that of a process that was killed', async () => {
    const book = await open();
    await mkdir(`${file}.lock`);
    const writing = book.put(entry());
    assert.equal(await Promise.race([writing, later(200)]), 'later');
    await rm(`${file}.lock`, { recursive: true });
    await writing;
    await mkdir(`${file}.lock`);
    await book.put(entry());
    assert.equal((await onDisk()).length, 2);
    assert.deepEqual(await readdir(folder), ['book.json']);
  });

  it('sets a damaged book aside, says so, and goes on', async () => {
    const good = entry();
    const stored: Record<string, unknown> = { ...good };
    const other = newIdentity();
    const damages: unknown[] = [
      ...['', '{', '\0\0', '[]', 'null', '{}', '{"version":1}', '{"version":1,"agents":{}}'],
      ...['{"version":0,"agents":[]}', '{"version":"2","agents":[]}'],
      ...[null, 5, {}, { ...stored, kid: other.kid }, { ...stored, publicKey: 'ff' }].map(
        (one) => ({
          version: 1,
          agents: [one],
        }),
      ),
      ...[{ actorId: '' }, { name: '' }, { origin: 'x' }, { allowed: 1 }, { blocked: null }].map(
        (wrong) => ({ version: 1, agents: [{ ...stored, ...wrong }] }),
      ),
      ...[{ pairedAt: 'now' }, { lastSeenAt: 5 }].map((wrong) => ({
        version: 1,
        agents: [{ ...stored, ...wrong }],
      })),
      { version: 1, agents: [stored, stored] },
      { version: 1, agents: Array.from({ length: 1025 }, () => stored) },
    ];
    for (const damage of damages) {
      const text = typeof damage === 'string' ? damage : JSON.stringify(damage);
      await writeFile(file, text);
      const book = await open();
      assert.deepEqual(book.list(), [], text.slice(0, 80));
      assert.equal(book.setAside?.code, 'BOOK_DAMAGED');
      const [aside = '', ...others] = await readdir(folder);
      assert.deepEqual(others, []);
      assert.match(aside, /^book\.json\.damaged-/);
      assert.ok(book.setAside.message.includes(aside));
      assert.equal(await readFile(path.join(folder, aside), 'utf8'), text);
      await rm(path.join(folder, aside));
    }
    await writeFile(file, '{');
    const book = await open();
    await book.put(good);
    assert.deepEqual((await open()).list(), [good]);
    assert.equal((await open()).setAside, undefined);
  }).timeout(60_000);

  it('goes on from what it knows when the file is damaged while it is open', async () => {
    const book = await open();
    const [one, two] = [entry(), entry()];
    await book.put(one);
    await writeFile(file, '{"version":1,');
    await book.put(two);
    assert.deepEqual(kids(await open()), [one.kid, two.kid]);
    assert.equal(book.setAside?.code, 'BOOK_DAMAGED');
    assert.equal((await readdir(folder)).length, 2);
  });

  it('leaves a newer book alone, when it is opened and when it comes later', async () => {
    const book = await open();
    await book.put(entry());
    const newer = JSON.stringify({ version: 2, people: [] });
    await writeFile(file, newer);
    await assert.rejects(open(), { code: 'BOOK_NEWER' });
    await assert.rejects(book.put(entry()), { code: 'BOOK_NEWER' });
    await assert.rejects(book.remove('x'), { code: 'BOOK_NEWER' });
    assert.equal(await readFile(file, 'utf8'), newer);
    assert.deepEqual(await readdir(folder), ['book.json']);
    assert.equal(book.list().length, 1, 'a change that failed changed nothing');
  });

  it('believes no fingerprint from disk', async () => {
    const book = await open();
    const one = entry();
    await book.put({ ...one, fingerprint: '00000' });
    assert.equal(book.find(one.kid)?.fingerprint, one.fingerprint);
    const [stored] = await onDisk();
    await writeFile(
      file,
      JSON.stringify({ version: 1, agents: [{ ...stored, fingerprint: '11111' }] }),
    );
    assert.equal((await open()).find(one.kid)?.fingerprint, one.fingerprint);
  });

  it('writes when somebody was seen, but not every time', async () => {
    const book = await open(60_000);
    const [one, two] = [entry(), entry()];
    await book.put(one);
    await book.put(two);
    let writes = 0;
    let last = (await stat(file)).ino;
    for (let second = 1; second <= 100; second++) {
      await book.change(one.kid, { lastSeenAt: at(second) });
      assert.equal(book.find(one.kid)?.lastSeenAt, at(second));
      const { ino } = await stat(file);
      if (ino !== last) writes += 1;
      last = ino;
    }
    assert.equal(writes, 1);
    assert.equal((await onDisk())[0]?.['lastSeenAt'], at(1));
    // With the next real change it goes along, and on its own when asked.
    await book.change(two.kid, { allowed: true });
    assert.equal((await onDisk())[0]?.['lastSeenAt'], at(100));
    await book.change(two.kid, { lastSeenAt: at(200) });
    await book.flush();
    assert.equal((await onDisk())[1]?.['lastSeenAt'], at(200));
    // An older word does not overtake a newer one of another process.
    const other = await open(60_000);
    await other.change(two.kid, { lastSeenAt: at(300) });
    await book.change(two.kid, { lastSeenAt: at(250) });
    await book.flush();
    assert.equal((await open()).find(two.kid)?.lastSeenAt, at(300));
  });

  it('writes the last sighting by itself once the time has come', async () => {
    const book = await open(100);
    const one = entry();
    await book.put(one);
    await book.change(one.kid, { lastSeenAt: at(1) });
    await book.change(one.kid, { lastSeenAt: at(2) });
    const until = Date.now() + 10_000;
    while ((await onDisk())[0]?.['lastSeenAt'] !== at(2)) {
      assert.ok(Date.now() < until, 'it was never written');
      await later(20);
    }
  });

  it('holds 1,024 agents and says so to the next', async () => {
    const book = await open();
    const agents = Array.from({ length: 1024 }, () => entry());
    const stored = agents.map(({ fingerprint: _, ...one }) => one);
    await writeFile(file, JSON.stringify({ version: 1, agents: stored }));
    await assert.rejects(book.put(entry()), { code: 'CONFIG_INVALID', message: /1024/ });
    const [first] = agents;
    assert.ok(first !== undefined);
    await book.put({ ...first, name: 'renewed' });
    await book.remove(first.kid);
    await book.put(entry());
    assert.equal((await open()).list().length, 1024);
  });

  it('takes nothing that it could not read again', async () => {
    const book = await open();
    const wrongs: Partial<BookEntry>[] = [
      ...[{ kid: 'x' }, { publicKey: newIdentity().publicKey.toString('hex') }, { name: '' }],
      ...[{ actorId: 'a b' }, { origin: 'https://hub/' }, { pairedAt: 'today' }],
    ];
    for (const wrong of wrongs) {
      await assert.rejects(async () => book.put(entry(wrong)), { code: 'INTERNAL' });
    }
    assert.deepEqual(book.list(), []);
    assert.deepEqual(await readdir(folder), []);
  });

  it('says that the home cannot be written', async () => {
    const somebody = 65_534;
    const isRoot = process.getuid?.() === 0;
    const book = await open();
    await book.put(entry());
    const before = await readFile(file, 'utf8');
    await chmod(folder, 0o500);
    if (isRoot) {
      for (const name of [file, folder]) await chown(name, somebody, somebody);
      process.seteuid?.(somebody);
    }
    try {
      await assert.rejects(book.put(entry()), { code: 'HOME_UNUSABLE' });
    } finally {
      if (isRoot) process.seteuid?.(0);
      await chmod(folder, 0o700);
    }
    assert.equal(book.list().length, 1);
    assert.equal(await readFile(file, 'utf8'), before);
    await rm(folder, { recursive: true });
    await assert.rejects(book.put(entry()), { code: 'HOME_UNUSABLE' });
  });
});

function later(ms: number): Promise<'later'> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms, 'later');
  });
}

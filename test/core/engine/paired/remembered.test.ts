import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Abandonment, ABANDONED_AFTER_MS } from '../../../../src/core/engine/paired/abandonment';
import { Grants } from '../../../../src/core/engine/paired/grants';
import type { PairedIncoming } from '../../../../src/core/engine/paired/pairedRecords';
import { PlacedHere } from '../../../../src/core/engine/paired/placedHere';
import { MAX_RECEIVED, Received } from '../../../../src/core/engine/paired/received';
import type { Roster } from '../../../../src/core/engine/paired/roster';
import { sweepAbandoned } from '../../../../src/core/engine/paired/sweepAbandoned';
import { syncIdOf } from '../../../../src/core/engine/paired/syncId';
import type { Grant } from '../../../../src/core/events';
import { memoryHome } from '../../../../src/core/home/memoryHome';
import { PROBE_NAME, partialName } from '../../../../src/core/receivefs/partialName';
import type { Ledger } from '../../../../src/core/receivefs/tree/ledger';
import * as hand from '../../identity/byHand';

const quiet = (): void => undefined;
const kid = (digit: string): string => digit.repeat(64);

describe('what was received', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-received-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const target = (name: string, who = kid('a'), where = path.join(folder, name)) => ({
    kid: who,
    target: where,
    name,
    isFolder: true,
  });

  it('is remembered for each agent and place, newest first, also after a restart', async () => {
    const home = memoryHome();
    const received = await Received.open(home, quiet);
    await received.remember(target('p'), 'one');
    await received.remember(target('p', kid('b')), 'hers');
    await received.remember(target('p', kid('a'), path.join(folder, 'p (1)')), 'two');
    await received.remember(target('p'), 'one again');
    const again = await Received.open(home, quiet);
    for (const found of [received, again]) {
      assert.deepEqual(
        found.named(kid('a'), 'p').map((one) => path.basename(one.target)),
        ['p', 'p (1)'],
      );
      assert.equal(await found.ledger(kid('a'), path.join(folder, 'p')), 'one again');
      assert.equal(await found.ledger(kid('b'), path.join(folder, 'p')), 'hers');
      assert.equal(await found.ledger(kid('b'), path.join(folder, 'p (1)')), undefined);
    }
    await again.forget(kid('a'));
    assert.deepEqual(again.named(kid('a'), 'p'), []);
    assert.equal(await again.ledger(kid('a'), path.join(folder, 'p')), undefined);
    assert.equal((await home.readAll('received')).length, 1);
    assert.equal(await again.ledger(kid('b'), path.join(folder, 'p')), 'hers');
  });

  it('is bounded: the oldest is forgotten, on disk too', async () => {
    const home = memoryHome();
    const received = await Received.open(home, quiet);
    for (let number = 0; number < MAX_RECEIVED + 3; number++) {
      await received.remember(target(`p${String(number)}`), 'l');
    }
    assert.equal((await home.readAll('received')).length, MAX_RECEIVED);
    assert.deepEqual(received.named(kid('a'), 'p2'), []);
    assert.equal(received.named(kid('a'), 'p3').length, 1);
  });

  it('is not forgotten for others where it is kept in step', async () => {
    const received = await Received.open(memoryHome(), quiet);
    const isKept = ({ name }: { readonly name: string }): boolean => name === 'in step';
    await received.remember(target('in step'), 'its ledger', isKept);
    for (let index = 0; index < MAX_RECEIVED + 5; index++) {
      await received.remember(target(`f${index}`), 'l', isKept);
    }
    assert.equal(await received.ledger(kid('a'), target('in step').target), 'its ledger');
    assert.deepEqual(received.named(kid('a'), 'f4'), []);
    assert.equal(received.named(kid('a'), 'f5').length, 1);
  });

  it('is brought up to date only where it still is a folder, and no link to one', async () => {
    const received = await Received.open(memoryHome(), quiet);
    await received.remember(target('p'), 'l');
    const find = (): string | undefined => received.folderIn(folder, kid('a'), 'p')?.target;
    assert.equal(find(), undefined, 'gone');
    await mkdir(path.join(folder, 'elsewhere'));
    await symlink('elsewhere', path.join(folder, 'p'));
    assert.equal(find(), undefined, 'a link');
    await rm(path.join(folder, 'p'));
    await mkdir(path.join(folder, 'p'));
    assert.equal(find(), path.join(folder, 'p'));
    assert.equal(received.folderIn(path.dirname(folder), kid('a'), 'p'), undefined);
    assert.equal(received.folderIn(folder, kid('b'), 'p'), undefined);
  });

  it('is as good as forgotten where its records are damaged, or cannot be written', async () => {
    const home = memoryHome();
    const received = await Received.open(home, quiet);
    await received.remember(target('p'), 'l');
    const [record] = await home.readAll('received');
    assert.ok(record !== undefined);
    await home.write('settings', 'received', {
      version: 1,
      received: [5, { kid: 'x' }, target('p')],
    });
    assert.equal((await Received.open(home, quiet)).named(kid('a'), 'p').length, 1);
    await home.write('settings', 'received', { version: 2 });
    assert.deepEqual((await Received.open(home, quiet)).named(kid('a'), 'p'), []);
    const full = { ...home, write: () => Promise.reject(new Error('no space left')) };
    const told: string[] = [];
    await (await Received.open(full, (line) => told.push(line))).remember(target('q'), 'l');
    assert.match(told.join(), /no space left/);
  });
});

describe('grants', () => {
  const grant = (who: string, more: Partial<Grant> = {}): Grant => ({
    grantId: 'c'.repeat(32),
    agent: { kid: who, name: 'n', fingerprint: 'f' },
    name: 'p',
    path: '/p',
    mayDelete: false,
    since: '2030-01-01T00:00:00.000Z',
    ...more,
  });

  it('belong to one agent each, though another one chooses the same id', async () => {
    const home = memoryHome();
    const grants = await Grants.open(home);
    await grants.put(grant(kid('a')));
    assert.equal(grants.find(kid('b'), 'c'.repeat(32)), undefined);
    await grants.put(grant(kid('b'), { path: '/q' }));
    await grants.put(grant(kid('a'), { mayDelete: true }));
    const again = await Grants.open(home);
    assert.deepEqual(again.find(kid('a'), 'c'.repeat(32)), grant(kid('a'), { mayDelete: true }));
    assert.equal(again.find(kid('b'), 'c'.repeat(32))?.path, '/q');
    assert.equal(await again.forget(kid('b')), true);
    assert.equal(await again.forget(kid('b')), false);
    assert.equal((await Grants.open(home)).list().length, 1);
    await again.revoke('c'.repeat(32));
    assert.deepEqual((await Grants.open(home)).list(), []);
  });

  it('do not come back with a round that was on its way when they were taken back', async () => {
    const home = memoryHome();
    const grants = await Grants.open(home);
    const placed = new PlacedHere({
      received: await Received.open(home, quiet),
      grants,
      roster: { find: () => ({ entry: { blocked: false } }) } as unknown as Roster,
      grantsChanged: quiet,
      log: quiet,
    });
    const round = (since?: string): PairedIncoming =>
      ({
        agent: grant(kid('a')).agent,
        fileName: 'p',
        kind: 'folder',
        sync: { id: 'c'.repeat(32), delete: true },
        grants: { mayDelete: true, ...(since !== undefined && { since }) },
      }) as PairedIncoming;
    const ledger: Ledger = {
      version: 1,
      kid: kid('a'),
      name: 'p',
      receivedAt: '2030-01-01T00:00:00.000Z',
      roots: [{ name: 'p', path: '/p' }],
      entries: [],
    };
    await placed.remember(round(), ledger);
    const [first] = grants.list();
    assert.equal(first?.mayDelete, true, 'accepting the first round grants it');
    await placed.remember(round(first.since), ledger);
    assert.deepEqual(grants.list(), [first]);
    await grants.revoke(first.grantId);
    await placed.remember(round(first.since), ledger);
    assert.deepEqual(grants.list(), []);
    assert.deepEqual((await Grants.open(home)).list(), []);
  });

  it('hold no more once they are taken back, whatever the disk says', async () => {
    const home = memoryHome();
    await (await Grants.open(home)).put(grant(kid('a')));
    const stuck = { ...home, remove: () => Promise.reject(new Error('read-only')) };
    const grants = await Grants.open(stuck);
    await assert.rejects(grants.revoke('c'.repeat(32)), /read-only/);
    assert.equal(grants.find(kid('a'), 'c'.repeat(32)), undefined);
  });

  it('are not believed from records that are none', async () => {
    const home = memoryHome();
    const good = { version: 1, ...grant(kid('a')) };
    for (const [at, bad] of [
      { ...good, version: 2 },
      { ...good, grantId: '../../x' },
      { ...good, mayDelete: 'yes' },
      null,
    ].entries()) {
      await home.write('grants', String(at), bad);
    }
    assert.deepEqual((await Grants.open(home)).list(), []);
  });
});

describe('the id of a sync', () => {
  it('is what was computed by hand, and another one for each folder, agent and direction', () => {
    const [own, peer] = [kid('a'), kid('b')];
    const by = (one: string, other: string, where: string): string =>
      hand
        .sha256(
          hand.L('beeline/sync/1'),
          hand.L(Buffer.from(one, 'hex')),
          hand.L(Buffer.from(other, 'hex')),
          hand.L(where),
        )
        .toString('hex')
        .slice(0, 32);
    assert.equal(syncIdOf(own, peer, '/home/ü'), by(own, peer, '/home/ü'));
    const ids = [
      syncIdOf(own, peer, '/a'),
      syncIdOf(own, peer, '/b'),
      syncIdOf(peer, own, '/a'),
      syncIdOf(own, kid('c'), '/a'),
    ];
    assert.equal(new Set(ids).size, ids.length);
  });
});

describe('an abandoned transfer', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-abandoned-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('ends two weeks after it last moved, and not before', async () => {
    const moved = (agoMs: number): Promise<'ended' | 'stands'> =>
      new Promise((resolve) => {
        const movedAt = new Date(Date.now() - agoMs).toISOString();
        const abandonment = new Abandonment(movedAt, {
          note: () => undefined,
          end: () => {
            resolve('ended');
          },
        });
        setTimeout(() => {
          abandonment.stop();
          resolve('stands');
        }, 50);
      });
    assert.equal(await moved(ABANDONED_AFTER_MS + 1000), 'ended');
    assert.equal(await moved(ABANDONED_AFTER_MS - 60_000), 'stands');
    assert.equal(await moved(-ABANDONED_AFTER_MS), 'stands', 'a clock that was set back');
  });

  it('notes that it moves once an hour, and stands again from then', () => {
    const notes: string[] = [];
    const old = new Date(Date.now() - ABANDONED_AFTER_MS + 60_000).toISOString();
    const abandonment = new Abandonment(old, {
      note: (movedAt) => notes.push(movedAt),
      end: () => undefined,
    });
    for (let turn = 0; turn < 1000; turn++) abandonment.moved();
    abandonment.stop();
    assert.equal(notes.length, 1);
  });

  it('leaves a folder that is removed: only its own, only when it is old, never what is a person’s', async () => {
    const staging = async (ageMs: number): Promise<string> => {
      const where = path.join(folder, partialName());
      await mkdir(path.join(where, '0'), { recursive: true });
      await writeFile(path.join(where, '0', 'file'), 'x');
      await writeFile(path.join(where, 'journal'), 'torn at its beginning');
      const at = (Date.now() - ageMs) / 1000;
      for (const one of ['0', 'journal', '.']) await utimes(path.join(where, one), at, at);
      return where;
    };
    const [old, kept, young] = [
      await staging(2 * ABANDONED_AFTER_MS),
      await staging(2 * ABANDONED_AFTER_MS),
      await staging(ABANDONED_AFTER_MS / 2),
    ];
    const single = async (ageMs: number): Promise<string> => {
      const where = path.join(folder, partialName());
      await writeFile(where, 'the beginning of a file');
      const at = (Date.now() - ageMs) / 1000;
      await utimes(where, at, at);
      return where;
    };
    const oldFile = await single(2 * ABANDONED_AFTER_MS);
    const youngFile = await single(ABANDONED_AFTER_MS / 2);
    // What asks a folder whether it can be written in is nobody's: it goes at once.
    await writeFile(path.join(folder, PROBE_NAME), '');
    const linked = path.join(folder, partialName());
    await symlink('person', linked);
    const person = path.join(folder, 'person');
    await mkdir(person);
    await writeFile(path.join(person, 'x'), 'x');
    const long = (Date.now() - 3 * ABANDONED_AFTER_MS) / 1000;
    for (const one of [path.join(person, 'x'), person]) await utimes(one, long, long);
    await sweepAbandoned([folder, path.join(folder, 'missing')], new Set([kept]), quiet);
    const left = new Set(await readdir(folder));
    for (const goes of [old, oldFile, PROBE_NAME]) assert.ok(!left.has(path.basename(goes)), goes);
    for (const stays of [kept, young, youngFile, linked, person])
      assert.ok(left.has(path.basename(stays)));
    assert.deepEqual(await readdir(person), ['x']);
  });
});

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { isActorId } from '../../../src/core/engineConfig';
import { asProfile, profileStore, proposeActorId } from '../../../src/host/profile';

describe('the profile', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-profile-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const profile = { actorId: 'ada', actorName: 'Ada', confirmedAt: '2025-01-01T00:00:00Z' };
  const store = (home: string) => profileStore(home, () => undefined);

  it('is read as it was written, from the home', async () => {
    const home = path.join(folder, 'home');
    await store(home).write(profile);
    assert.deepEqual(await store(home).read(), profile);
    assert.deepEqual(await readdir(path.join(home, 'settings')), ['profile.json']);
  });

  it('leaves no trace on a machine where nobody set up', async () => {
    const home = path.join(folder, 'home');
    assert.equal(await store(home).read(), undefined);
    assert.deepEqual(await readdir(folder), []);
  });

  it('is no permission to connect unless it was confirmed under a usable id', () => {
    const { confirmedAt, ...unconfirmed } = profile;
    for (const record of [
      undefined,
      null,
      'ada',
      {},
      unconfirmed,
      { ...unconfirmed, confirmedAt: '' },
      { confirmedAt, actorName: 'Ada' },
      { ...profile, actorId: 'a b' },
    ]) {
      assert.equal(asProfile(record), undefined, JSON.stringify(record));
    }
  });
});

describe('a proposed agent id', () => {
  it('is readable, and valid whatever the names are', () => {
    assert.equal(proposeActorId('Ada Lovelace', 'Mühle.local'), 'ada-lovelace-muhle');
    assert.equal(proposeActorId('root', 'vm'), 'root-vm');
    for (const name of ['', '   ', '名前', '💥', '-', 'x'.repeat(1000), '..', 'a\u0000b']) {
      assert.ok(isActorId(proposeActorId(name, name)), name);
    }
  });
});

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readSources } from '../../src/cli/readSources';
import { checkAgreement, resolveConfig } from '../../src/cli/settings';

describe('settings of the terminal', () => {
  let root: string;
  let userHome: string;
  let cwd: string;

  beforeEach(async () => {
    root = await realpath(await mkdtemp(path.join(os.tmpdir(), 'beeline-settings-')));
    userHome = path.join(root, 'user');
    cwd = path.join(root, 'project', 'deep');
    await mkdir(cwd, { recursive: true });
  });

  afterEach(() => rm(root, { recursive: true }));

  const writeConfig = async (folder: string, config: unknown): Promise<void> => {
    await mkdir(path.join(folder, '.ats'), { recursive: true });
    await writeFile(path.join(folder, '.ats', 'config'), JSON.stringify(config));
  };
  const ofProject = (config: unknown): Promise<void> =>
    writeConfig(path.join(root, 'project'), config);
  const ofUser = (config: unknown): Promise<void> => writeConfig(userHome, config);
  const resolve = async (
    flags: Parameters<typeof resolveConfig>[0] = {},
    env: Record<string, string> = {},
    profileActorId?: string,
  ) => resolveConfig(flags, await readSources({ cwd, env, userHome }, profileActorId));

  it('are those of the ats-p2p document when nobody says anything', async () => {
    assert.deepEqual(await resolve(), {
      atsUrl: 'https://ats.difflab.ai',
      actorId: 'p2p-node',
      actorName: 'p2p-node',
      actorType: 'agent',
      channel: 'p2p-transfer',
      saveDirectory: path.join(cwd, 'incoming'),
      timeoutMs: 120_000,
    });
  });

  it('come from flags, environment, project, own file, profile, in that order', async () => {
    const ids: string[] = [];
    ids.push((await resolve({}, {}, 'from-profile')).actorId);
    await ofUser({ actor: { id: 'from-user' }, organization: 'mine', project: 'main' });
    ids.push((await resolve({}, {}, 'from-profile')).actorId);
    await ofProject({ actor: { id: 'from-project' }, organization: 'team' });
    const both = await resolve({}, {}, 'from-profile');
    ids.push(both.actorId);
    ids.push((await resolve({}, { ATS_ACTOR_ID: 'from-env' })).actorId);
    ids.push((await resolve({ actorId: 'from-flag' }, { ATS_ACTOR_ID: 'from-env' })).actorId);
    assert.deepEqual(ids, ['from-profile', 'from-user', 'from-project', 'from-env', 'from-flag']);
    assert.equal(both.organization, 'team');
    assert.equal(both.project, 'main');
  });

  it("do not introduce one id by another one's name", async () => {
    await ofUser({ actor: { id: 'alice', name: 'Alice' } });
    assert.equal((await resolve()).actorName, 'Alice');
    assert.equal((await resolve({ actorId: 'bob' })).actorName, 'bob');
  });

  it('ignore the channel that the service client writes when nothing was chosen', async () => {
    await ofUser({ channel: 'default' });
    assert.equal((await resolve()).channel, 'p2p-transfer');
    assert.equal((await resolve({}, { ATS_CHANNEL: 'default' })).channel, 'default');
    await ofUser({ channel: 'ours' });
    assert.equal((await resolve()).channel, 'ours');
  });

  it('never let a project choose who gets the API key', async () => {
    const url = 'https://elsewhere.example';
    await ofProject({ url });
    const key = { ATS_API_KEY: 'secret' };
    await assert.rejects(resolve({}, key), {
      code: 'CONFIG_INVALID',
      message: /config names https:\/\/elsewhere\.example .*--ats-url/,
    });
    // Without a key, confirmed by a flag, or where the person's own file says the same, it holds.
    assert.equal((await resolve()).atsUrl, url);
    assert.equal((await resolve({ atsUrl: url }, key)).atsUrl, url);
    await ofUser({ url: `${url}/` });
    assert.equal(new URL((await resolve({}, key)).atsUrl).origin, url);
  });

  it('take relays and direct only from flags, then from the environment', async () => {
    const [one, two] = ['ab'.repeat(32), 'cd'.repeat(32)] as const;
    const env = { BEELINE_RELAYS: `${one}, ${two.toUpperCase()}`, BEELINE_DIRECT_ONLY: '' };
    assert.deepEqual((await resolve({}, env)).relays, [one, two]);
    assert.deepEqual((await resolve({ relay: [two] }, env)).relays, [two]);
    assert.equal((await resolve({}, env)).directOnly, undefined);
    for (const [said, meant] of [
      ['1', true],
      ['TRUE', true],
      ['off', false],
      ['0', false],
    ] as const) {
      assert.equal((await resolve({}, { BEELINE_DIRECT_ONLY: said })).directOnly, meant);
    }
    // Relays beside *direct only* would say two things; what was typed wins as a whole.
    const both = await resolve({}, { ...env, BEELINE_DIRECT_ONLY: 'yes' });
    assert.deepEqual([both.directOnly, both.relays], [true, undefined]);
    const typed = await resolve({ relay: [one] }, { BEELINE_DIRECT_ONLY: '1' });
    assert.deepEqual([typed.directOnly, typed.relays], [undefined, [one]]);
    await assert.rejects(resolve({ relay: [one], directOnly: true }), { code: 'CONFIG_INVALID' });
    for (const wrong of [
      { BEELINE_RELAYS: 'abc' },
      { BEELINE_RELAYS: `${one};${two}` },
      { BEELINE_DIRECT_ONLY: 'perhaps' },
    ]) {
      const [name] = Object.keys(wrong);
      await assert.rejects(resolve({}, wrong), {
        code: 'CONFIG_INVALID',
        message: new RegExp(`The variable ${String(name)} must be`),
      });
    }
  });

  it('are refused with a sentence when they cannot be', async () => {
    for (const flags of [
      { atsUrl: 'nowhere' },
      { atsUrl: 'ftp://x' },
      { channel: '' },
      { bootstrap: ['x'] },
    ]) {
      await assert.rejects(resolve(flags), { code: 'CONFIG_INVALID' });
    }
  });
});

describe('an engine that already runs', () => {
  const running = {
    atsUrl: 'http://127.0.0.1:1',
    actorId: 'alice',
    actorName: 'alice',
    actorType: 'agent',
    channel: 'p2p-transfer',
    bootstrap: ['a:1', 'b:2'],
    saveDirectory: path.resolve('incoming'),
    timeoutMs: 120_000,
  } as const;

  it('is joined when the typed flags agree with it, however they are written', () => {
    checkAgreement({}, running, '/home');
    checkAgreement(
      { actorId: 'alice', atsUrl: 'http://127.0.0.1:1/', bootstrap: ['b:2', 'a:1'] },
      running,
      '/home',
    );
  });

  it('is not joined under another name, address, channel or network', () => {
    const contradictions = [
      [{ actorId: 'bob' }, /alice, not bob/],
      [{ atsUrl: 'http://127.0.0.1:2' }, /127\.0\.0\.1:1, not http:\/\/127\.0\.0\.1:2/],
      [{ channel: 'other' }, /p2p-transfer, not other/],
      [{ bootstrap: ['c:3'] }, /not c:3/],
      [{ relay: ['ab'.repeat(32)] }, /--relay \(none\), not abab/],
      [{ directOnly: true }, /--direct-only off, not on/],
    ] as const;
    for (const [flags, message] of contradictions) {
      assert.throws(
        () => {
          checkAgreement(flags, running, '/home');
        },
        (error: Error & { code: string }) =>
          error.code === 'HOME_BUSY' &&
          message.test(error.message) &&
          error.message.includes('--home'),
      );
    }
  });
});

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { loadAtsConfiguration } from '../../../src/core/ats/configuration';
import type { AtsConfiguration } from '../../../src/core/ats/configuration';

/** The source of each value decides whether a shell may trust it without asking. */
describe('core/ats configuration', () => {
  let root: string;
  let homedir: string;
  let cwd: string;

  beforeEach(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'beeline-ats-'));
    homedir = path.join(root, 'home');
    cwd = path.join(homedir, 'work', 'project', 'src');
    await mkdir(cwd, { recursive: true });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const put = async (folder: string, content: unknown): Promise<string> => {
    const file = path.join(folder, '.ats', 'config');
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };
  const load = (env: Record<string, string> = {}): Promise<AtsConfiguration> =>
    loadAtsConfiguration({ cwd, env, homedir });

  it('is the defaults where nobody set anything', async () => {
    const none = { value: undefined, source: 'default' };
    assert.deepEqual(await load({ ATS_URL: '', ATS_API_KEY: '' }), {
      url: { value: 'https://ats.difflab.ai', source: 'default' },
      organization: none,
      project: none,
      channel: { value: 'p2p-transfer', source: 'default' },
      actorType: none,
      actorId: none,
      actorName: none,
      apiKey: none,
    });
  });

  it('takes the environment before the project, the project before the person', async () => {
    const user = await put(homedir, {
      url: 'https://user.example',
      organization: 'user-org',
      channel: 'user-channel',
      actor: { type: 'human', id: 'user', name: null },
      later: 'ignored',
    });
    await put(path.join(homedir, 'work'), { url: 'https://far.example', channel: 'far' });
    const project = await put(path.join(homedir, 'work', 'project'), {
      url: 'https://project.example',
      organization: null,
      channel: '',
    });
    const env = { ATS_URL: 'http://env.example', ATS_API_KEY: 'key', ATS_ACTOR_NAME: 'Env' };
    const loaded = await load(env);
    assert.deepEqual(loaded.url, { value: 'http://env.example', source: 'environment' });
    assert.deepEqual(loaded.organization, { value: 'user-org', source: 'user', file: user });
    assert.deepEqual(loaded.channel, { value: 'user-channel', source: 'user', file: user });
    assert.deepEqual(loaded.actorType, { value: 'human', source: 'user', file: user });
    assert.deepEqual(loaded.actorName, { value: 'Env', source: 'environment' });
    assert.deepEqual(loaded.apiKey, { value: 'key', source: 'environment' });
    assert.deepEqual((await load()).url, {
      value: 'https://project.example',
      source: 'project',
      file: project,
    });
  });

  it('every variable has its value', async () => {
    const loaded = await load({
      ATS_ORG: 'o',
      ATS_PROJECT: 'p',
      ATS_CHANNEL: 'c',
      ATS_ACTOR_TYPE: 'agent',
      ATS_ACTOR_ID: 'i',
      ATS_ACTOR_NAME: 'n',
    });
    const { organization, project, channel, actorType, actorId, actorName } = loaded;
    const values = [organization, project, channel, actorType, actorId, actorName];
    assert.deepEqual(
      values.map(({ value, source }) => [value, source]),
      ['o', 'p', 'c', 'agent', 'i', 'n'].map((value) => [value, 'environment']),
    );
  });

  it("never takes the person's own file for a project's", async () => {
    const user = await put(homedir, { url: 'https://user.example' });
    assert.equal((await load()).url.source, 'user');
    const link = path.join(root, 'link');
    await symlink(homedir, link, 'dir');
    const linked = { cwd: path.join(link, 'work'), env: {}, homedir };
    assert.equal((await loadAtsConfiguration(linked)).url.source, 'user');
    const { url } = await loadAtsConfiguration({ env: {}, homedir });
    assert.deepEqual(url, { value: 'https://user.example', source: 'user', file: user });
  });

  it('a malformed file is an error that names it', async () => {
    const folder = path.join(homedir, 'work');
    for (const content of [
      '',
      '{',
      '[]',
      'null',
      '"x"',
      { url: 7 },
      { url: 'ftp://x' },
      { url: 'nonsense' },
      { actor: 'me' },
      { actor: { type: 'robot' } },
      { channel: ['a'] },
      ' '.repeat(100_000),
    ]) {
      const file = await put(folder, content);
      await assert.rejects(load(), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'CONFIG_INVALID');
        assert.ok(error.message.includes(file), error.message);
        return true;
      });
    }
    await put(folder, '\uFEFF{"channel":"marked"}');
    assert.equal((await load()).channel.value, 'marked');
  });

  it('a folder in the place of the file is an error that names it', async () => {
    await mkdir(path.join(cwd, '.ats', 'config'), { recursive: true });
    await assert.rejects(load(), { code: 'CONFIG_INVALID' });
  });

  it('a malformed variable is an error that names it', async () => {
    await assert.rejects(load({ ATS_URL: 'nowhere' }), /ATS_URL/);
    await assert.rejects(load({ ATS_ACTOR_TYPE: 'robot' }), /ATS_ACTOR_TYPE/);
  });
});

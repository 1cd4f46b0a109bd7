import assert from 'node:assert/strict';
import os from 'node:os';
import path from 'node:path';
import { isPermitted } from '../../../src/host/isPermitted';
import type { IncomingOffer } from '../../../src/core/events';
import type { Profile } from '../../../src/host/profile';
import { resolveSettings, type RawSettings } from '../../../src/host/settings';
import { anOffer } from './samples';

const raw: RawSettings = {
  atsUrl: 'https://hub.example.org/x',
  actorId: '',
  channel: 'p2p-transfer',
  saveDirectory: '/save',
  allowedPeers: [],
  autoAccept: 'off',
  maxFileSize: 0,
  timeout: 120_000,
  bootstrap: [],
  relays: [],
  directOnly: false,
  leaveOutIgnored: true,
  iceServers: null,
  keepChatHistory: true,
  ringSound: true,
};
const profile: Profile = { actorId: 'ada', actorName: 'Ada', confirmedAt: '2025-01-01T00:00:00Z' };
const resolve = (parts: Partial<RawSettings> = {}, apiKey?: string, of = profile) =>
  resolveSettings({ ...raw, ...parts }, of, { apiKey });

describe('settings', () => {
  it('leave out what is not set, so that nothing is limited by accident', () => {
    assert.deepEqual(resolve().config, {
      atsUrl: 'https://hub.example.org/x',
      actorId: 'ada',
      actorName: 'Ada',
      actorType: 'human',
      channel: 'p2p-transfer',
      saveDirectory: '/save',
      timeoutMs: 120_000,
    });
  });

  it("let a set id outrank the home's", () => {
    assert.equal(resolve({ actorId: 'bob' }).config.actorId, 'bob');
  });

  it('understand ~ and an empty save folder', () => {
    assert.equal(
      resolve({ saveDirectory: '~/in' }).config.saveDirectory,
      path.join(os.homedir(), 'in'),
    );
    assert.ok(path.isAbsolute(resolve({ saveDirectory: '' }).config.saveDirectory));
  });

  it('of any wrong kind are refused with a sentence, never taken over', () => {
    const wrong: Partial<Record<keyof RawSettings, unknown[]>> = {
      atsUrl: [1, null, 'ftp://x', 'nonsense', ''],
      actorId: ['with space', 7],
      channel: [['x'], 'c'.repeat(129)],
      saveDirectory: ['relative/folder', {}],
      allowedPeers: ['agent-b', [1], null],
      autoAccept: ['always', true],
      maxFileSize: [-1, 1.5, '1', Number.NaN],
      timeout: ['soon', 10, null],
      bootstrap: ['x:1', ['x'], ['x:0'], ['x:65536']],
      relays: ['a'.repeat(64), ['a'.repeat(63)], ['g'.repeat(64)], [1]],
      directOnly: ['true', 1, null],
      leaveOutIgnored: ['true', 1, null],
    };
    for (const [name, values] of Object.entries(wrong)) {
      for (const value of values) {
        assert.throws(
          () => resolve({ [name]: value }),
          (error: Error & { code?: string }) =>
            error.code === 'CONFIG_INVALID' && /[.:…]/.test(error.message),
          `${name}: ${JSON.stringify(value)}`,
        );
      }
    }
  });

  it('do not send a key over an open way', () => {
    assert.throws(() => resolve({ atsUrl: 'http://hub.example.org' }, 'k'), /not encrypted/);
    assert.equal(resolve({ atsUrl: 'http://127.0.0.1:1' }, 'k').config.apiKey, 'k');
  });

  it('carry the relays of paired agents, in the letters that core compares', () => {
    assert.deepEqual(resolve({ relays: ['AB'.repeat(32)] }).config.relays, ['ab'.repeat(32)]);
    assert.equal(resolve({ directOnly: true }).config.directOnly, true);
  });

  it('use an organisation only at the service it was configured for', () => {
    const at = (origin: string) =>
      resolve({}, undefined, { ...profile, place: { origin, organization: 'o', project: 'p' } });
    assert.equal(at('https://hub.example.org').config.organization, 'o');
    assert.equal(at('https://other.example.org').config.organization, undefined);
  });
});

describe('accepting without asking', () => {
  const allowing = resolve({ autoAccept: 'allowedPeers', allowedPeers: ['agent-b'] });
  const off = resolve({ allowedPeers: ['agent-b'] });
  const permits = (parts: Partial<IncomingOffer>, settings = allowing) =>
    isPermitted(anOffer({ stranger: false, ...parts }), settings);

  it('is for allowed agents only, and never for what was held back', () => {
    assert.equal(permits({ senderId: 'agent-b' }), true);
    assert.equal(permits({ senderId: 'agent-b', held: true }), false);
    assert.equal(permits({ senderId: 'agent-c' }), false);
    assert.equal(permits({ senderId: 'Agent-B' }), false);
  });

  it('is off unless switched on, also with a list', () => {
    assert.equal(permits({ senderId: 'agent-b' }, off), false);
    assert.equal(permits({}, resolve({ autoAccept: 'allowedPeers' })), false);
  });

  it('of a paired agent hangs on its identity alone', () => {
    assert.equal(permits({ trust: 'verified', allowed: true, senderId: 'x' }, off), true);
    assert.equal(permits({ trust: 'verified', allowed: true, held: true }, off), false);
    assert.equal(permits({ trust: 'verified', allowed: false, senderId: 'agent-b' }), false);
  });

  it('covers each round of a sync that was granted, and not the first of any', () => {
    const sync = { grantId: '3'.repeat(32), delete: false, granted: false };
    const verified = { trust: 'verified', senderId: 'x' } as const;
    assert.equal(permits({ ...verified, allowed: true, sync }, off), false);
    assert.equal(permits({ ...verified, sync: { ...sync, granted: true } }, off), true);
    assert.equal(permits({ ...verified, held: true, sync: { ...sync, granted: true } }), false);
    assert.equal(permits({ trust: 'claims', sync: { ...sync, granted: true } }), false);
  });

  it('holds for folders as for files', () => {
    const folder = { kind: 'folder', entries: 9 } as const;
    assert.equal(permits({ ...folder, trust: 'verified', allowed: true }, off), true);
    assert.equal(permits({ ...folder, trust: 'verified', allowed: false }, off), false);
  });

  it('is never for who only claims an id, whatever else is said of the offer', () => {
    for (const settings of [allowing, off]) {
      assert.equal(permits({ trust: 'claims', allowed: true }, settings), false);
    }
    assert.equal(permits({ trust: 'unverified', allowed: true, senderId: 'agent-c' }), false);
  });
});

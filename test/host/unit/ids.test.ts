import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  commands,
  contextKeys,
  internalCommands,
  isRowCommand,
  SETTINGS_SECTION,
  settingNames,
  VIEW_CONTAINER,
  views,
} from '../../../src/host/ids';
import { resolveSettings, type RawSettings } from '../../../src/host/settings';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { command: string; title: string; category: string }[];
    readonly menus: Readonly<Record<string, readonly { command: string; when?: string }[]>>;
    readonly viewsContainers: { readonly activitybar: readonly { id: string; icon: string }[] };
    readonly views: Readonly<Record<string, readonly { id: string }[]>>;
    readonly viewsWelcome: readonly { view: string; contents: string; when: string }[];
    readonly configuration: {
      readonly properties: Readonly<Record<string, { default: unknown; scope: string }>>;
    };
  };
}

describe('ids in the code and in package.json', () => {
  let contributes: Manifest['contributes'];
  before(async () => {
    const file = path.join(import.meta.dirname, '../../../package.json');
    ({ contributes } = JSON.parse(await readFile(file, 'utf8')) as Manifest);
  });

  it('name the same commands', () => {
    const contributed = contributes.commands.map(({ command }) => command);
    assert.deepEqual(contributed.toSorted(), Object.values(commands).toSorted());
    assert.ok(contributes.commands.every(({ category }) => category === 'Beeline'));
    for (const internal of Object.values(internalCommands)) {
      assert.ok(!contributed.includes(internal));
    }
  });

  it('put only existing commands into menus', () => {
    const known: readonly string[] = Object.values(commands);
    for (const { command } of Object.values(contributes.menus).flat()) {
      assert.ok(known.includes(command), command);
    }
  });

  it('keep from the palette exactly what needs a row', () => {
    const hidden = contributes.menus['commandPalette'] ?? [];
    assert.ok(hidden.every(({ when }) => when === 'false'));
    assert.deepEqual(
      hidden.map(({ command }) => command).toSorted(),
      Object.values(commands).filter(isRowCommand).toSorted(),
    );
  });

  it('name the same container and views, each with a word for who sees it empty', async () => {
    assert.deepEqual(
      contributes.viewsContainers.activitybar.map(({ id }) => id),
      [VIEW_CONTAINER],
    );
    const ids: string[] = Object.values(views);
    assert.deepEqual(
      (contributes.views[VIEW_CONTAINER] ?? []).map(({ id }) => id),
      ids,
    );
    const known: readonly string[] = Object.values(commands);
    for (const { view, contents, when } of contributes.viewsWelcome) {
      assert.ok(ids.includes(view));
      assert.ok(when.startsWith(`${contextKeys.state} == `), when);
      for (const [, command] of contents.matchAll(/command:([\w.]+)/g)) {
        assert.ok(known.includes(command ?? ''), command);
      }
    }
    for (const { icon } of contributes.viewsContainers.activitybar) {
      await access(path.join(import.meta.dirname, '../../..', icon));
    }
  });

  it('name the same settings', () => {
    assert.deepEqual(
      Object.keys(contributes.configuration.properties).toSorted(),
      settingNames.map((name) => `${SETTINGS_SECTION}.${name}`).toSorted(),
    );
  });

  it('let no folder that is opened choose where files go', () => {
    for (const [name, { scope }] of Object.entries(contributes.configuration.properties)) {
      assert.equal(scope, 'machine', name);
    }
  });

  it('have defaults that make a valid configuration', () => {
    const { properties } = contributes.configuration;
    const raw = Object.fromEntries(
      settingNames.map((name) => [name, properties[`${SETTINGS_SECTION}.${name}`]?.default]),
    ) as unknown as RawSettings;
    const profile = { actorId: 'ada', actorName: 'Ada', confirmedAt: 'now' };
    const { config, autoAccept, leaveOutIgnored, ringSound } = resolveSettings(raw, profile);
    assert.equal(config.atsUrl, 'https://ats.difflab.ai');
    assert.equal(config.maxFileSize, undefined);
    assert.equal(autoAccept, 'off');
    assert.equal(leaveOutIgnored, true);
    assert.equal(ringSound, true);
    assert.ok(!('iceServers' in config) && !('keepMessages' in config));
  });
});

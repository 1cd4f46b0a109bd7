import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as vscode from 'vscode';
import {
  commands,
  internalCommands,
  isRowCommand,
  settingNames,
  SETTINGS_SECTION,
  views,
} from '../../../src/host/ids';

const require = createRequire(__filename);

/** The extension under test, whatever publisher its package names. */
function beeline(): vscode.Extension<unknown> {
  const found = vscode.extensions.all.find(
    ({ packageJSON }) => (packageJSON as { name?: unknown }).name === 'beeline',
  );
  assert.ok(found, 'The extension is not installed here.');
  return found;
}

function home(): string {
  const folder = process.env['BEELINE_HOME'];
  assert.ok(folder, 'BEELINE_HOME must name a folder of these tests.');
  return folder;
}

describe('before Beeline is set up', () => {
  before(() => beeline().activate());

  it('every command is there', async () => {
    const known = await vscode.commands.getCommands(true);
    for (const id of [...Object.values(commands), ...Object.values(internalCommands)]) {
      assert.ok(known.includes(id), id);
    }
  });

  it('the network stack is not loaded', () => {
    const loaded = Object.keys(require.cache).map((file) => path.basename(file));
    assert.ok(loaded.includes('extension.js'), 'The cache cannot be seen from here.');
    assert.ok(!loaded.includes('engine.js'));
    assert.ok(!loaded.some((name) => name.endsWith('.node') && /udx|sodium/.test(name)));
  });

  it('no home is made', () => {
    assert.equal(existsSync(home()), false);
  });

  it('the bundle that activation reads carries nothing of the network stack', () => {
    const bundle = readFileSync(path.join(beeline().extensionPath, 'dist/extension.js'), 'utf8');
    assert.doesNotMatch(bundle, /hyperdht|hyperswarm|sodium|udx-native|vscode-jsonrpc/);
  });

  it('no folder that is opened can choose where files go', async () => {
    const settings = vscode.workspace.getConfiguration(SETTINGS_SECTION);
    for (const name of settingNames) {
      await assert.rejects(
        Promise.resolve(settings.update(name, 'x', vscode.ConfigurationTarget.Workspace)),
        name,
      );
    }
  });

  it('the views open, and say what to do first, without the network stack', async () => {
    for (const view of Object.values(views)) {
      await vscode.commands.executeCommand(`${view}.focus`);
    }
    const loaded = Object.keys(require.cache).map((file) => path.basename(file));
    assert.ok(!loaded.includes('engine.js'));
    assert.equal(existsSync(home()), false);
  });

  it('the commands of rows do nothing for rows that do not exist', async () => {
    const kinds = ['agent', 'pairing', 'offer', 'transfer'];
    const rows = [undefined, null, 7, 'agent:x', {}, ...kinds.map((kind) => ({ id: `${kind}:x` }))];
    for (const command of Object.values(commands).filter(isRowCommand)) {
      for (const row of rows) await vscode.commands.executeCommand(command, row);
    }
    for (const args of [[], [1, 'copyCode'], ['1', {}]]) {
      await vscode.commands.executeCommand(internalCommands.followNoticeLink, ...args);
    }
  });

  it('answering an offer that does not exist does nothing', async () => {
    for (const args of [[], [1, 'accept'], ['1', 'accept'], [-1, 'decline'], [{}, {}]]) {
      await vscode.commands.executeCommand(internalCommands.answerNotice, ...args);
    }
  });
});

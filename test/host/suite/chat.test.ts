import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { activeTheme } from '../../../src/host/panel/activeTheme';
import { openCode } from '../../../src/host/panel/openCode';
import { RecentEditor } from '../../../src/host/panel/recentEditor';

const range = { startLine: 2, startCharacter: 1, endLine: 2, endCharacter: 4 };
const place = (written: string) => openCode({ kind: 'code', path: written, range, text: 'x' });

describe('what a chat opens in the editor', () => {
  let folder: vscode.WorkspaceFolder;
  let outside: string;

  before(async () => {
    const [first] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(first, 'These tests need an open folder.');
    folder = first;
    outside = await mkdtemp(path.join(os.tmpdir(), 'outside-'));
    await writeFile(path.join(outside, 'secret.txt'), 'one\ntwo\n');
    await writeFile(path.join(folder.uri.fsPath, 'place.txt'), 'one\ntwo\nthree\n');
  });
  after(async () => {
    await rm(outside, { recursive: true });
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('is the file in the open folder, at its place', async () => {
    for (const first of [folder.name, 'called-otherwise-there']) {
      await place(`${first}/place.txt`);
      const editor = vscode.window.activeTextEditor;
      assert.equal(editor?.document.getText(editor.selection), 'two');
    }
  });

  it('is nothing outside of it, also not through a link in it', async () => {
    await symlink(outside, path.join(folder.uri.fsPath, 'link'));
    const refused = { code: 'OUTSIDE_WORKSPACE' };
    await assert.rejects(place(`${folder.name}/link/secret.txt`), refused);
    await assert.rejects(place(path.join(outside, 'secret.txt')), refused);
    const up = `${folder.name}/../${path.basename(outside)}/secret.txt`;
    await assert.rejects(place(up), refused);
    await assert.rejects(place(`${folder.name}/absent.txt`), { code: 'NOT_IN_WORKSPACE' });
    const names = vscode.workspace.textDocuments.map(({ fileName }) => path.basename(fileName));
    assert.ok(!names.includes('secret.txt'));
  });

  it('goes to the text editor that was used last, while a panel has the focus', async () => {
    const recent = new RecentEditor();
    try {
      await place(`${folder.name}/place.txt`);
      const panel = vscode.window.createWebviewPanel('test', 'Test', vscode.ViewColumn.Beside);
      const editor = await recent.show();
      panel.dispose();
      assert.equal(path.basename(editor?.document.fileName ?? ''), 'place.txt');
    } finally {
      recent.dispose();
    }
  });

  it('has the colours of the theme that is in force', async () => {
    const { kind, json } = await activeTheme();
    assert.match(kind, /^(light|dark)$/);
    const { tokenColors } = json as { readonly tokenColors: readonly unknown[] };
    assert.ok(tokenColors.length > 10, 'The file of the theme was not found.');
  });
});

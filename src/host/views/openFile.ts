import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';

/** Opens a received file in the editor, whatever the editor shows for its kind; shows a folder. */
export async function openFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory() === true) return revealFile(file);
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
}

/**
 * Shows where a received file is: in the system's file manager, or, when the file is on another
 * machine than the window (a remote window or a browser), in the editor.
 */
export async function revealFile(file: string): Promise<void> {
  const uri = vscode.Uri.file(file);
  if (vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop) {
    await vscode.commands.executeCommand('revealFileInOS', uri);
    return;
  }
  const inWorkspace = vscode.workspace.getWorkspaceFolder(uri) !== undefined;
  if (inWorkspace) await vscode.commands.executeCommand('revealInExplorer', uri);
  else if ((await stat(file).catch(() => undefined))?.isDirectory() === true) {
    await vscode.commands.executeCommand('vscode.openFolder', uri, { forceNewWindow: true });
  } else await vscode.commands.executeCommand('vscode.open', uri);
}

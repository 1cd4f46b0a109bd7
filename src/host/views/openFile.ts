import * as vscode from 'vscode';

/** Opens a received file in the editor, whatever the editor shows for its kind. */
export async function openFile(file: string): Promise<void> {
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
  await vscode.commands.executeCommand(inWorkspace ? 'revealInExplorer' : 'vscode.open', uri);
}

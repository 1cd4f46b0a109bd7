import { realpath } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { MessageBody } from '../../core/chatEvents';
import { displayText } from '../text/displayText';
import { candidates, codePlace } from './codePlace';
import { refusals } from './refusals';

type Code = Extract<MessageBody, { kind: 'code' }>;

/**
 * Opens the place that a message points to, and selects it. The path is a peer's word, so only what
 * lies in a folder that is open here is opened, links that lead out of it included.
 * @throws OUTSIDE_WORKSPACE, NOT_IN_WORKSPACE
 */
export async function openCode({ path: written, range }: Code): Promise<void> {
  const names = codePlace(written);
  for (const { folder, parts } of candidates(names, vscode.workspace.workspaceFolders ?? [])) {
    const uri = vscode.Uri.joinPath(folder.uri, ...parts);
    if (!(await isFile(uri))) continue;
    if (!(await isInside(uri, folder.uri))) throw refusals.outside();
    // Characters and lines count from 1 in a message, from 0 in the editor, which bounds them itself.
    const selection = new vscode.Range(
      range.startLine - 1,
      range.startCharacter - 1,
      range.endLine - 1,
      range.endCharacter - 1,
    );
    await vscode.window.showTextDocument(uri, { selection });
    return;
  }
  throw refusals.notInWorkspace(displayText(written));
}

async function isFile(uri: vscode.Uri): Promise<boolean> {
  try {
    const { type } = await vscode.workspace.fs.stat(uri);
    return (type & vscode.FileType.File) !== 0;
  } catch {
    return false;
  }
}

/** Where the folder is on disk, a link in it may lead anywhere. */
async function isInside(uri: vscode.Uri, folder: vscode.Uri): Promise<boolean> {
  if (uri.scheme !== 'file') return true;
  const [file, root] = await Promise.all([realpath(uri.fsPath), realpath(folder.fsPath)]);
  const relative = path.relative(root, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}

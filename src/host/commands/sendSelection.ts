import * as vscode from 'vscode';
import type { MessageBody } from '../../core/chatEvents';
import { newId } from '../../core/newId';
import { showBriefly } from '../views/messages';
import { chooseAgent, type Chatting } from './chat';

/** *Send Selection to Chat*: the text with its place, so that it can be opened on the other side. */
export async function sendSelection({ session, panels }: Chatting): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    showBriefly('Open a file and select what to send.');
    return;
  }
  // Before anybody is asked: the selection may be another one afterwards.
  const body = codeOf(editor);
  if (body === undefined) {
    showBriefly('Select what to send.');
    return;
  }
  const agent = await chooseAgent(session, 'Send the selection to…');
  if (agent === undefined) return;
  const messageId = newId();
  await session.engine().sendMessage({ kid: agent.kid, messageId, body });
  panels.show(agent);
}

function codeOf({ document, selection }: vscode.TextEditor): MessageBody | undefined {
  // A caret means the line that it is in.
  const range = selection.isEmpty ? document.lineAt(selection.active.line).range : selection;
  const text = document.getText(range);
  if (text.trim() === '') return undefined;
  const { start, end } = range;
  return {
    kind: 'code',
    path: sharedPath(document.uri),
    ...(/^[\w.+#-]{1,64}$/.test(document.languageId) && { language: document.languageId }),
    range: {
      startLine: start.line + 1,
      startCharacter: start.character + 1,
      endLine: end.line + 1,
      endCharacter: end.character + 1,
    },
    text,
  };
}

/** The folder's name and the path in it; of a file elsewhere only its name, where it lies is private. */
function sharedPath(uri: vscode.Uri): string {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const names = uri.path.split('/').filter((name) => name !== '');
  if (folder === undefined) return names.at(-1) ?? 'untitled';
  const above = folder.uri.path.split('/').filter((name) => name !== '').length;
  return [folder.name, ...names.slice(above)].join('/');
}

import path from 'node:path';
import * as vscode from 'vscode';
import { defaultSaveFolder } from '../settings';
import { pickText } from '../text/displayText';
import { askPick, type StepAnswer, type StepPlace } from '../views/quickInput';

/** Where received files go: proposed, or chosen; never inside a folder that is open here. */
export async function askSaveFolder(
  place: StepPlace,
  current: string,
): Promise<StepAnswer<string>> {
  const proposals = [...new Set([current, defaultSaveFolder()])].filter(
    (folder) => workspaceAround(folder) === undefined,
  );
  for (;;) {
    const answer = await askPick<string | undefined>({
      ...place,
      placeholder: 'Where should received files be saved?',
      items: [
        ...proposals.map((folder) => ({
          label: pickText(folder),
          description: 'made when the first file arrives',
          value: folder,
        })),
        { label: 'Choose a folder…', value: undefined },
      ],
    });
    if (answer.kind !== 'value') return answer;
    const folder = answer.value ?? (await chooseFolder());
    // The dialog was left: the question stands.
    if (folder === undefined) continue;
    const around = workspaceAround(folder);
    if (around === undefined) return { kind: 'value', value: folder };
    void vscode.window.showWarningMessage(
      `The save folder must be outside the folder that is open here (${pickText(around)}): ` +
        'what strangers send should not land among your own files.',
    );
  }
}

async function chooseFolder(): Promise<string | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: 'Save Here',
      title: 'Where should received files be saved?',
    })) ?? [];
  return folder?.fsPath;
}

/** The open folder that a path lies in. */
function workspaceAround(folder: string): string | undefined {
  return vscode.workspace.workspaceFolders
    ?.filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri }) => uri.fsPath)
    .find((root) => {
      const relative = path.relative(root, folder);
      return relative === '' || !(relative.startsWith('..') || path.isAbsolute(relative));
    });
}

import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { countText } from '../text/wording';
import { askPick } from '../views/quickInput';

/** Files and folders on this machine's disk, as a person has chosen them. */
export interface ChosenPaths {
  /** In the order of the choice; what lies inside another one is not named again. */
  readonly paths: readonly string[];
  readonly folders: ReadonlySet<string>;
}

/** What was clicked and selected, as menus give it; undefined when the palette gave nothing. */
export function chosenUris(clicked: unknown, selected: unknown): readonly vscode.Uri[] | undefined {
  const uris = Array.isArray(selected) ? selected.filter(isUri) : [];
  const own = isUri(clicked) ? clicked : undefined;
  if (own === undefined) return uris.length > 0 ? uris : undefined;
  // A right-click outside the selection means what was clicked, not what is selected.
  return uris.some((uri) => uri.toString() === own.toString()) ? uris : [own];
}

/** The file of the active editor. */
export function activeUri(): readonly vscode.Uri[] | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri =
    typeof input === 'object' && input !== null && 'uri' in input
      ? input.uri
      : vscode.window.activeTextEditor?.document.uri;
  return isUri(uri) && uri.scheme === 'file' ? [uri] : undefined;
}

/** Asks in a dialog; some systems have none that takes files and folders alike. */
export async function askUris(title: string): Promise<readonly vscode.Uri[]> {
  const answer = await askPick<'files' | 'folders'>({
    title,
    placeholder: 'What do you want to send?',
    items: [
      { label: 'Files…', iconPath: new vscode.ThemeIcon('files'), value: 'files' },
      { label: 'Folders…', iconPath: new vscode.ThemeIcon('folder'), value: 'folders' },
    ],
  });
  if (answer.kind !== 'value') return [];
  const folders = answer.value === 'folders';
  const chosen = await vscode.window.showOpenDialog({
    canSelectMany: true,
    canSelectFiles: !folders,
    canSelectFolders: folders,
    openLabel: 'Send',
  });
  return chosen ?? [];
}

/** The paths of what can be sent; says about everything else why it is left out. */
export async function pathsOf(uris: readonly vscode.Uri[]): Promise<ChosenPaths> {
  const elsewhere = uris.filter(({ scheme }) => scheme !== 'file');
  const paths = topMost(uris.filter(({ scheme }) => scheme === 'file').map(({ fsPath }) => fsPath));
  const folders = new Set<string>();
  for (const each of paths) {
    // What does not exist is left to the engine, whose sentence names it.
    const found = await stat(each).catch(() => undefined);
    if (found?.isDirectory() === true) folders.add(each);
  }
  if (elsewhere.length > 0) {
    const rest = paths.length === 0 ? '' : ` Going on with ${countText(paths.length, 'item')}.`;
    void vscode.window.showInformationMessage(
      elsewhere.some(({ scheme }) => scheme === 'untitled')
        ? `Save the file first, then send it.${rest}`
        : `Only files on this machine's disk can be sent.${rest}`,
    );
  }
  return { paths, folders };
}

/** Without doubles, and without what lies in a folder that is chosen as well. */
export function topMost(paths: readonly string[]): readonly string[] {
  const chosen = new Set(paths);
  const isBelow = (inner: string): boolean => {
    const parent = path.dirname(inner);
    return parent !== inner && (chosen.has(parent) || isBelow(parent));
  };
  return [...chosen].filter((each) => !isBelow(each));
}

function isUri(value: unknown): value is vscode.Uri {
  return value instanceof vscode.Uri;
}

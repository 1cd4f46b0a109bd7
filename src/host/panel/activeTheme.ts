import * as vscode from 'vscode';
import type { ThemeKind } from '../../pages/highlight/highlighter';
import { readThemeJson } from './themeJson';

/** The colours of the editor just now: what kind they are, and the theme's file when it is found. */
export interface ActiveTheme {
  readonly kind: ThemeKind;
  readonly json?: unknown;
}

/**
 * Finds the file of the active colour theme among what extensions contribute; the editor's interface
 * tells only whether it is light or dark. In a remote window, where themes may be installed on the
 * other machine, none may be found, and the kind has to do.
 */
export async function activeTheme(): Promise<ActiveTheme> {
  const kind = kinds[vscode.window.activeColorTheme.kind];
  const contributed = themeNamed(themeSetting());
  if (contributed === undefined) return { kind };
  try {
    const json = await readThemeJson(contributed.path, async (path) => {
      const uri = vscode.Uri.joinPath(contributed.extension.extensionUri, path);
      return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
    });
    return { kind, json };
  } catch {
    // Somebody else's file; the standard colours of the same kind stand in.
    return { kind };
  }
}

const kinds: Readonly<Record<vscode.ColorThemeKind, ThemeKind>> = {
  [vscode.ColorThemeKind.Light]: 'light',
  [vscode.ColorThemeKind.Dark]: 'dark',
  [vscode.ColorThemeKind.HighContrast]: 'highContrast',
  [vscode.ColorThemeKind.HighContrastLight]: 'highContrastLight',
};

/** The editor follows the system by other settings than the one a person usually changes. */
function themeSetting(): string | undefined {
  const workbench = vscode.workspace.getConfiguration('workbench');
  const window = vscode.workspace.getConfiguration('window');
  const follows = window.get<unknown>('autoDetectColorScheme') === true;
  const contrast = window.get<unknown>('autoDetectHighContrast') === true;
  const names: Readonly<Record<vscode.ColorThemeKind, string | undefined>> = {
    [vscode.ColorThemeKind.Light]: follows ? 'preferredLightColorTheme' : undefined,
    [vscode.ColorThemeKind.Dark]: follows ? 'preferredDarkColorTheme' : undefined,
    [vscode.ColorThemeKind.HighContrast]: contrast ? 'preferredHighContrastColorTheme' : undefined,
    [vscode.ColorThemeKind.HighContrastLight]: contrast
      ? 'preferredHighContrastLightColorTheme'
      : undefined,
  };
  const { kind } = vscode.window.activeColorTheme;
  const value = workbench.get<unknown>(names[kind] ?? 'colorTheme');
  return typeof value === 'string' ? value : undefined;
}

interface Contributed {
  readonly extension: vscode.Extension<unknown>;
  readonly path: string;
}

function themeNamed(name: string | undefined): Contributed | undefined {
  for (const extension of vscode.extensions.all) {
    const { contributes } = extension.packageJSON as { readonly contributes?: unknown };
    for (const theme of listOf(contributes, 'themes')) {
      const { id, label, path } = theme as Readonly<Record<string, unknown>>;
      if (name === undefined || typeof path !== 'string') continue;
      if (id === name || (id === undefined && label === name)) return { extension, path };
    }
  }
  return undefined;
}

function listOf(value: unknown, key: string): readonly object[] {
  if (typeof value !== 'object' || value === null) return [];
  const list = (value as Readonly<Record<string, unknown>>)[key];
  return Array.isArray(list)
    ? list.filter((item): item is object => typeof item === 'object' && item !== null)
    : [];
}

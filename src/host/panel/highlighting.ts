import { createRequire } from 'node:module';
import * as vscode from 'vscode';
import type { CodePiece } from '../../bridge/chatPage';
import type * as HighlightBundle from '../../pages/highlight/highlighter';
import { DisposableList } from '../disposables';
import { activeTheme, type ActiveTheme } from './activeTheme';

/** Code in chats in the colours of the editor's theme. */
export class Highlighting implements vscode.Disposable {
  private readonly held = new DisposableList();
  private readonly changed = this.held.add(new vscode.EventEmitter<void>());
  /** Read once for each theme: the same object tells the highlighter that it is the same one. */
  private theme: Promise<ActiveTheme> | undefined;

  /** What was coloured before has the wrong colours now. */
  readonly onDidChange = this.changed.event;

  constructor() {
    this.held.add(
      vscode.window.onDidChangeActiveColorTheme(() => {
        this.theme = undefined;
        this.changed.fire();
      }),
    );
  }

  async pieces(text: string, language: string): Promise<readonly (readonly CodePiece[])[]> {
    this.theme ??= activeTheme();
    const theme = await this.theme;
    return loadHighlighter().highlight({ text, language, theme });
  }

  dispose(): void {
    this.held.dispose();
  }
}

/** A bundle of its own: grammars are large, and most windows never show a block of code. */
function loadHighlighter(): typeof HighlightBundle {
  return createRequire(__filename)('./highlight.js') as typeof HighlightBundle;
}

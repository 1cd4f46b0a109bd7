import * as vscode from 'vscode';
import type { Agent } from '../../core/events';
import { DisposableList } from '../disposables';
import { CHAT_PANEL } from '../ids';
import { pickText } from '../text/displayText';
import { ChatPanel, type ChatPanelParts } from './chatPanel';
import { kidIn } from './panelPage';

export interface ChatPanelsParts extends ChatPanelParts {
  /** Folder with the icons of the tab. */
  readonly icons: vscode.Uri;
}

/** The chat panels of this window: one for each agent, also after the window was reloaded. */
export class ChatPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly held = new DisposableList();
  private readonly changed = this.held.add(new vscode.EventEmitter<void>());
  private readonly open = new Map<string, ChatPanel>();

  /** Another one is in front. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly parts: ChatPanelsParts) {
    this.held.add(vscode.window.registerWebviewPanelSerializer(CHAT_PANEL, this));
    this.held.add({
      dispose: () => {
        for (const panel of [...this.open.values()]) panel.dispose();
      },
    });
  }

  /** Opens the chat with an agent, or brings the one that is open to the front. */
  show(
    { kid, name }: Pick<Agent, 'kid' | 'name'>,
    { preserveFocus = false }: { readonly preserveFocus?: boolean } = {},
  ): void {
    const known = this.open.get(kid);
    if (known !== undefined) {
      known.reveal(preserveFocus);
      return;
    }
    // Beside the text that is talked about, where there is one.
    const viewColumn =
      vscode.window.activeTextEditor === undefined
        ? vscode.ViewColumn.Active
        : vscode.ViewColumn.Beside;
    this.take(
      vscode.window.createWebviewPanel(
        CHAT_PANEL,
        pickText(name),
        { viewColumn, preserveFocus },
        // A conversation that is scrolled and half typed has no other place to be kept whole.
        { retainContextWhenHidden: true },
      ),
      kid,
      !preserveFocus,
    );
  }

  /** Agents whose chat can be seen just now. */
  visible(): readonly string[] {
    return [...this.open.values()].filter(({ isVisible }) => isVisible).map(({ kid }) => kid);
  }

  /** Called by the editor with what the page kept, which is checked like everything of a page. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kid = kidIn(state);
    if (kid === undefined || this.open.has(kid)) panel.dispose();
    else this.take(panel, kid, false);
    return Promise.resolve();
  }

  dispose(): void {
    this.held.dispose();
  }

  private take(panel: vscode.WebviewPanel, kid: string, wantsFocus: boolean): void {
    const { icons } = this.parts;
    panel.iconPath = {
      light: vscode.Uri.joinPath(icons, 'chat-light.svg'),
      dark: vscode.Uri.joinPath(icons, 'chat-dark.svg'),
    };
    const chat = new ChatPanel(panel, kid, this.parts, wantsFocus);
    this.open.set(kid, chat);
    panel.onDidDispose(() => {
      this.open.delete(kid);
      chat.dispose();
      this.changed.fire();
    });
    panel.onDidChangeViewState(() => {
      this.changed.fire();
    });
    this.changed.fire();
  }
}

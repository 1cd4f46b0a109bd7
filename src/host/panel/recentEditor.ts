import * as vscode from 'vscode';

/** The text editor that a person was in last: while they look at a panel, none is active. */
export class RecentEditor implements vscode.Disposable {
  private last = vscode.window.activeTextEditor;
  private readonly listening = vscode.window.onDidChangeActiveTextEditor((editor) => {
    if (editor !== undefined) this.last = editor;
  });

  /** Brought to the front where it is still open; undefined when there is none. */
  async show(): Promise<vscode.TextEditor | undefined> {
    const visible = vscode.window.visibleTextEditors;
    const shown = visible.find((each) => each === this.last);
    const stillOpen = this.last?.document.isClosed === false ? this.last.document : undefined;
    const document = stillOpen ?? visible[0]?.document;
    if (document === undefined) return undefined;
    const column = (shown ?? visible[0])?.viewColumn;
    return vscode.window.showTextDocument(document, {
      ...(column !== undefined && { viewColumn: column }),
    });
  }

  dispose(): void {
    this.listening.dispose();
  }
}

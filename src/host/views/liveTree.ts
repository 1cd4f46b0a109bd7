import * as vscode from 'vscode';
import { DisposableList } from '../disposables';
import type { RowRef, TreeRow } from './treeRow';

/** An element of the tree. It stays the same object while its row changes, as the editor needs it. */
interface Node extends RowRef {
  row: TreeRow;
}

/**
 * A flat tree whose rows are computed anew whenever `redraw` is called, and that tells the editor
 * only what looks different: a redrawn row loses the click that was under way on its buttons.
 */
export class LiveTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly held = new DisposableList();
  private readonly changed = this.held.add(new vscode.EventEmitter<Node[] | undefined>());
  private nodes: readonly Node[] = [];

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly rows: () => readonly TreeRow[]) {
    this.nodes = rows().map((row) => ({ id: row.id, row }));
  }

  redraw(): void {
    const old = new Map(this.nodes.map((node) => [node.id, node]));
    const moved: Node[] = [];
    const nodes = this.rows().map((row) => {
      const node = old.get(row.id) ?? { id: row.id, row };
      if (JSON.stringify(node.row) !== JSON.stringify(row)) moved.push(node);
      node.row = row;
      return node;
    });
    const sameOrder =
      nodes.length === this.nodes.length && nodes.every((node, at) => node === this.nodes[at]);
    this.nodes = nodes;
    if (!sameOrder) this.changed.fire(undefined);
    else if (moved.length > 0) this.changed.fire(moved);
  }

  getChildren(node?: Node): Node[] {
    return node === undefined ? [...this.nodes] : [];
  }

  getTreeItem({ id, row }: Node): vscode.TreeItem {
    const item = new vscode.TreeItem(row.label);
    item.id = id;
    item.description = row.description;
    item.tooltip = markdown(row.tooltip);
    item.iconPath = icon(row.icon);
    item.contextValue = row.contextValue;
    if (row.click !== undefined) {
      const element: RowRef = { id };
      item.command = { command: row.click, title: row.label, arguments: [element] };
    }
    return item;
  }

  dispose(): void {
    this.held.dispose();
  }
}

/** Neither links to commands nor icons nor HTML, whatever slips through the escaping. */
function markdown(text: string): vscode.MarkdownString {
  const value = new vscode.MarkdownString(text, false);
  value.isTrusted = false;
  value.supportHtml = false;
  return value;
}

export function icon({ id, color }: TreeRow['icon']): vscode.ThemeIcon {
  return new vscode.ThemeIcon(id, color === undefined ? undefined : new vscode.ThemeColor(color));
}

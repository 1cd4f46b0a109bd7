import * as vscode from 'vscode';
import { DisposableList } from '../disposables';
import type { RowRef, TreeRow } from './treeRow';

/** An element of the tree. It stays the same object while its row changes, as the editor needs it. */
interface Node extends RowRef {
  row: TreeRow;
  children: readonly Node[];
}

/**
 * A tree whose rows are computed anew whenever `redraw` is called, and that tells the editor only
 * what looks different: a redrawn row loses the click that was under way on its buttons.
 */
export class LiveTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly held = new DisposableList();
  private readonly changed = this.held.add(new vscode.EventEmitter<Node[] | undefined>());
  private nodes: readonly Node[] = [];

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly rows: () => readonly TreeRow[]) {
    this.nodes = renewed([], rows(), []);
  }

  redraw(): void {
    const moved: Node[] = [];
    const nodes = renewed(this.nodes, this.rows(), moved);
    const sameOrder = isSameOrder(nodes, this.nodes);
    this.nodes = nodes;
    if (!sameOrder) this.changed.fire(undefined);
    else if (moved.length > 0) this.changed.fire(moved);
  }

  getChildren(node?: Node): Node[] {
    return [...(node === undefined ? this.nodes : node.children)];
  }

  getTreeItem({ id, row }: Node): vscode.TreeItem {
    const item = new vscode.TreeItem(row.label);
    // The editor remembers by this id how a row is folded, and a row without rows below as folded.
    item.id = hasChildren(row) ? `${id}/unfolded` : id;
    item.description = row.description;
    item.tooltip = markdown(row.tooltip);
    item.iconPath = icon(row.icon);
    item.contextValue = row.contextValue;
    if (hasChildren(row)) {
      item.collapsibleState = vscode.TreeItemCollapsibleState.Expanded;
    }
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

/** The nodes of these rows, old ones where there are. Those that look different go to `moved`. */
function renewed(old: readonly Node[], rows: readonly TreeRow[], moved: Node[]): readonly Node[] {
  const known = new Map(old.map((node) => [node.id, node]));
  return rows.map((row) => {
    const node = known.get(row.id) ?? { id: row.id, row, children: [] };
    const before = looks(node.row);
    const below: Node[] = [];
    const children = renewed(node.children, row.children ?? [], below);
    // A row is drawn together with all that is below it.
    if (before !== looks(row) || !isSameOrder(children, node.children)) moved.push(node);
    else moved.push(...below);
    node.row = row;
    node.children = children;
    return node;
  });
}

function hasChildren({ children = [] }: TreeRow): boolean {
  return children.length > 0;
}

function looks(row: TreeRow): string {
  return JSON.stringify({ ...row, children: [] });
}

function isSameOrder(some: readonly Node[], others: readonly Node[]): boolean {
  return some.length === others.length && some.every((node, at) => node === others[at]);
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

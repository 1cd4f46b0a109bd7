/**
 * What one line of a tree view shows, as plain data, so that all of it can be tested without an
 * editor. The words of peers in it are made safe already.
 */
export interface TreeRow {
  /** Stable for as long as it is the same thing: `agent:…`, `grant:…`, `offer:…` and so on. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** Markdown. */
  readonly tooltip: string;
  /** A product icon and, where it means something, the id of a theme colour. */
  readonly icon: { readonly id: string; readonly color?: string };
  /** Words that the menus in package.json look for. */
  readonly contextValue: string;
  /** The command of a click; it is given the row's id as the menus give it. */
  readonly click?: string;
  /** Rows below this one, which begins unfolded. */
  readonly children?: readonly TreeRow[];
}

/** What commands of the menus are given: the element of the tree, which has the row's id. */
export interface RowRef {
  readonly id: string;
}

/** The part of a row's id after `kind:`; undefined for rows of another kind and for anything else. */
export function rowKey(kind: RowKind, element: unknown): string | undefined {
  if (typeof element !== 'object' || element === null || !('id' in element)) return undefined;
  const { id } = element;
  return typeof id === 'string' && id.startsWith(`${kind}:`)
    ? id.slice(kind.length + 1)
    : undefined;
}

export type RowKind = 'agent' | 'grant' | 'pairing' | 'offer' | 'transfer';

import type { PreviewEntry } from '../../core/events';

export interface TreeNode {
  readonly entry: PreviewEntry;
  /** In it and below, by number; 1 for a file. */
  readonly files: number;
  /** Bytes of them. */
  readonly bytes: number;
}

/** The list of an offer by folder, made once, so that walking through a hundred thousand is quick. */
export class OfferedTree {
  /** All of it, in the order of the sender. */
  readonly nodes: readonly TreeNode[];
  readonly #children = new Map<string, TreeNode[]>();

  constructor(entries: readonly PreviewEntry[]) {
    const sums = new Map<string, { files: number; bytes: number }>();
    for (const { kind, path, size } of entries) {
      if (kind !== 'file') continue;
      for (const folder of foldersOf(path)) {
        const sum = sums.get(folder) ?? { files: 0, bytes: 0 };
        sum.files += 1;
        sum.bytes += size;
        sums.set(folder, sum);
      }
    }
    this.nodes = entries.map((entry) =>
      entry.kind === 'file'
        ? { entry, files: 1, bytes: entry.size }
        : { entry, ...(sums.get(entry.path) ?? { files: 0, bytes: 0 }) },
    );
    for (const node of this.nodes) {
      const folder = folderOf(node.entry.path);
      const siblings = this.#children.get(folder);
      if (siblings === undefined) this.#children.set(folder, [node]);
      else siblings.push(node);
    }
  }

  /** What lies directly in a folder; the empty path is the top. */
  childrenOf(path: string): readonly TreeNode[] {
    return this.#children.get(path) ?? [];
  }

  /** Where looking begins: inside of a folder that is all there is. */
  get start(): string {
    const [only, ...others] = this.childrenOf('');
    return only?.entry.kind === 'folder' && others.length === 0 ? only.entry.path : '';
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function foldersOf(path: string): readonly string[] {
  const folders: string[] = [];
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    folders.push(path.slice(0, at));
  }
  return folders;
}

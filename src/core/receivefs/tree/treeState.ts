import path from 'node:path';
import type { Manifest } from '../../transfer/manifest';
import type { ArrivingState } from '../../transfer/receivingTree';
import type { ShortCalls } from '../shortCalls';
import type { Basis } from './basis';
import type { DiskFlush } from './diskFlush';
import { belowRoot } from './ledger';
import type { StagingFolder } from './stagingFolder';
import type { ReceivingTreeOptions } from './treeOptions';
import type { TreeTarget } from './treeTarget';

/** What planning and placing know of a transfer. */
export interface TreeState {
  readonly options: ReceivingTreeOptions;
  readonly manifest: Manifest;
  readonly target: TreeTarget;
  readonly staging: StagingFolder;
  readonly basis: Basis | undefined;
  readonly flush: DiskFlush;
  readonly calls: ShortCalls;
  /** By number of the root: those that are in place from an earlier run, and where. */
  readonly placed: Map<number, string>;
  /** By index: what became of each file. */
  readonly arrivals: Map<number, Arrival>;
}

export type Arrival =
  /** Whole, in the staging folder. */
  | { readonly kind: 'staged'; readonly state: ArrivingState; readonly sha256: Buffer }
  /** In the target, as it is to be, relative to it; nobody had changed it when it was looked at. */
  | {
      readonly kind: 'inPlace';
      readonly state: ArrivingState;
      readonly sha256: Buffer;
      readonly at: string;
      readonly stamp: string;
    }
  /** In a root that an earlier run has put in its place. */
  | { readonly kind: 'placed'; readonly state: ArrivingState; readonly sha256: Buffer }
  | { readonly kind: 'gone' };

/**
 * Where an entry of a root lies that is in this place. Joined as it is, since no manifest and no
 * ledger has a path with anything in it to be resolved, and this is asked several times for each file.
 */
export function placedAt(root: string, entryPath: string): string {
  const below = belowRoot(entryPath);
  if (below === '') return root;
  return root + path.sep + (path.sep === '/' ? below : below.replaceAll('/', path.sep));
}

export function rootNumber({ staging }: TreeState, entryPath: string): number {
  return staging.numberOf(entryPath);
}

/** Folders that no entry names, though others lie in them; parents first. */
export function unnamedFolders({ entries }: Manifest): readonly string[] {
  const named = new Set(entries.filter(({ kind }) => kind === 'folder').map((entry) => entry.path));
  const unnamed = new Set<string>();
  for (const { path: entryPath } of entries) {
    let end = entryPath.lastIndexOf('/');
    for (; end !== -1; end = entryPath.lastIndexOf('/', end - 1)) {
      const parent = entryPath.slice(0, end);
      if (named.has(parent) || unnamed.has(parent)) break;
      unnamed.add(parent);
    }
  }
  return [...unnamed].sort();
}

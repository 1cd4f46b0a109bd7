import type { BigIntStats } from 'node:fs';
import path from 'node:path';
import type { PlacedTree } from '../../transfer/receivingTree';
import type { ManifestEntry } from '../../wire/v2Entry';
import { disk } from '../shortCalls';
import { rememberHash } from './fileHashes';
import { inParallel } from './inParallel';
import { type Ledger, type LedgerEntry, belowRoot } from './ledger';
import { placeOfEntry } from './placeNew';
import type { UpdateOutcome } from './placeUpdate';
import type { TreeState } from './treeState';

/** What a transfer became, and what to remember of it for the next one. */
export async function concludeTree(
  tree: TreeState,
  outcome: UpdateOutcome | undefined,
): Promise<{ readonly placed: PlacedTree; readonly ledger: Ledger }> {
  const { manifest, arrivals, options, staging, calls } = tree;
  const entries: (LedgerEntry | undefined)[] = [];
  let files = 0;
  let bytes = 0;
  await inParallel(manifest.entries.entries(), async ([index, entry]) => {
    const place = outcome === undefined ? placeOfEntry(tree, entry.path) : whereIs(outcome, index);
    if (place === undefined) return;
    const arrival = arrivals.get(index);
    if (entry.kind !== 'file' || arrival === undefined || arrival.kind === 'gone') {
      if (entry.kind !== 'file') entries[index] = { ...ledgerFields(entry, outcome, index) };
      return;
    }
    files++;
    bytes += arrival.state.size;
    const found = await calls.run(disk.lstat(place)).catch(() => undefined);
    if (arrival.kind === 'staged' && found !== undefined && isAsPlaced(found, arrival.state)) {
      rememberHash(found, arrival.sha256);
    }
    const { size, mode, mtime } = arrival.state;
    entries[index] = {
      kind: 'file',
      path: entry.path,
      ...atOf(outcome, index, entry.path),
      size,
      mode,
      mtime,
      localMtimeNs: String(found?.mtimeNs ?? 0n),
      sha256: arrival.sha256.toString('hex'),
    };
  });
  const root = staging.roots[0] ?? '';
  const kept = (outcome?.kept ?? []).map((entry) => rerooted(entry, root));
  const roots = staging.roots.flatMap((name, number) => {
    const at = outcome?.root ?? tree.placed.get(number);
    return at === undefined ? [] : [{ name, path: at }];
  });
  return {
    placed: {
      roots,
      files,
      bytes,
      conflicts: outcome?.conflicts ?? [],
      deleted: outcome?.deleted ?? 0,
      undeleted: outcome?.undeleted ?? 0,
    },
    ledger: {
      version: 1,
      kid: options.kid,
      name: root,
      receivedAt: new Date().toISOString(),
      roots,
      entries: [...entries.filter((entry) => entry !== undefined), ...kept],
    },
  };
}

function whereIs({ root, places }: UpdateOutcome, index: number): string | undefined {
  const at = places.get(index);
  return at === undefined ? undefined : path.join(root, at);
}

function ledgerFields(
  entry: ManifestEntry & { readonly kind: 'folder' | 'link' },
  outcome: UpdateOutcome | undefined,
  index: number,
): LedgerEntry {
  const { path: entryPath, mode, mtime } = entry;
  const fields = { path: entryPath, mode, mtime, ...atOf(outcome, index, entryPath) };
  return entry.kind === 'folder'
    ? { kind: 'folder', ...fields }
    : { kind: 'link', ...fields, target: entry.target };
}

function atOf(
  outcome: UpdateOutcome | undefined,
  index: number,
  entryPath: string,
): { readonly at?: string } {
  const at = outcome?.places.get(index);
  return at === undefined || at === belowRoot(entryPath) ? {} : { at };
}

/** The root may have another name at the sender than before. */
function rerooted(entry: LedgerEntry, root: string): LedgerEntry {
  const below = belowRoot(entry.path);
  return { ...entry, path: below === '' ? root : `${root}/${below}` };
}

/** Whoever was quicker than us has changed size or time. */
function isAsPlaced(
  found: BigIntStats,
  state: { readonly size: number; readonly mtime: number },
): boolean {
  return Number(found.size) === state.size && Number(found.mtimeNs / 1_000_000n) === state.mtime;
}

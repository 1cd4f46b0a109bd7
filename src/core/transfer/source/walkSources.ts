import { lstat } from 'node:fs/promises';
import type { SourceRequest, SourceSummary } from '../../engine';
import { errors } from '../../errors';
import type { OfferKind } from '../../events';
import { ShortCalls } from '../../receivefs/shortCalls';
import type { ManifestEntry } from '../../wire/v2Entry';
import { type Manifest, manifestOf } from '../manifest';
import { IgnoreRules } from './ignoreRules';
import { type FoundRoot, type SourceRoot, findRoots, isInside } from './sourceRoots';
import { type WalkTally, fileAt, walkFolder } from './walkFolder';

export interface WalkOptions {
  readonly signal?: AbortSignal | undefined;
  /** At most ten times a second. */
  readonly onProgress?: ((progress: WalkProgress) => void) | undefined;
}

/** What has been found so far. */
export interface WalkProgress {
  readonly entries: number;
  /** Of all files together. */
  readonly bytes: number;
}

export interface WalkedSources {
  readonly manifest: Manifest;
  readonly summary: SourceSummary;
  /** Where the top-level entries lie, as `openSourceTree` wants to know. */
  readonly roots: readonly SourceRoot[];
}

/** Milliseconds between two words about the progress. */
const PROGRESS_MS = 100;

/**
 * The list of everything that these paths stand for. Nothing is read but folders and links.
 * What is named explicitly is never left out; what lies in a folder that is named, too, is sent once.
 * @throws PATH_NOT_FOUND, PATH_UNREADABLE, NOT_A_FILE, NAME_REFUSED, LINK_REFUSED, TOO_LARGE, CANCELLED
 */
export async function walkSources(
  request: SourceRequest,
  options: WalkOptions = {},
): Promise<WalkedSources> {
  const found = await findRoots(request.paths);
  const tally = tallyOf(options);
  tally.onMore();
  const roots = found.filter((root) => !found.some((outer) => isInside(root, outer)));
  for (const root of roots) await walkRoot(root, request, tally);
  for (const inner of leftOutOf(found, roots, tally.entries)) {
    roots.push(inner);
    await walkRoot(inner, request, tally);
  }
  const manifest = manifestOf(tally.entries);
  return {
    manifest,
    summary: summaryOf(manifest, roots, tally.ignored),
    roots: roots.map(({ name, path }) => ({ name, path })),
  };
}

/** What the person named explicitly although a folder they named as well leaves it out. */
function leftOutOf(
  found: readonly FoundRoot[],
  roots: readonly FoundRoot[],
  entries: readonly ManifestEntry[],
): readonly FoundRoot[] {
  const inner = found.filter((root) => !roots.includes(root));
  if (inner.length === 0) return [];
  const paths = new Set(entries.map((entry) => entry.path));
  const missing = inner.filter((root) => {
    const outer = roots.find((each) => isInside(root, each));
    if (outer === undefined) return true;
    const names = root.path
      .slice(outer.path.length)
      .split(/[\\/]/)
      .filter((name) => name !== '');
    return !paths.has([outer.name, ...names].join('/'));
  });
  return missing.filter((root) => !missing.some((outer) => isInside(root, outer)));
}

async function walkRoot(
  { name, path, stats }: FoundRoot,
  { leaveOutIgnored = false }: SourceRequest,
  tally: WalkTally,
): Promise<void> {
  if (stats.isDirectory()) {
    const rules = leaveOutIgnored ? IgnoreRules.at(path) : undefined;
    await walkFolder({ where: path, path: name, stats, rules }, tally);
    // What vanishes in a folder is left out, and removed at the other side where that was granted.
    // So a disk that goes away in the middle must not look like a folder that has been tidied up.
    const now = await lstat(path, { bigint: true }).catch(() => undefined);
    if (now?.ino !== stats.ino || now.dev !== stats.dev) throw errors.pathNotFound(path);
  } else {
    const file = await fileAt(path, name, stats);
    if (file === undefined) throw errors.pathNotFound(path);
    tally.entries.push(file);
    tally.bytes += file.size;
  }
  tally.onMore();
}

function tallyOf({ signal, onProgress }: WalkOptions): WalkTally {
  let told = performance.now();
  const tally: WalkTally = {
    entries: [],
    bytes: 0,
    ignored: 0,
    calls: new ShortCalls(),
    onMore: () => {
      if (signal?.aborted === true) throw errors.cancelled();
      const now = performance.now();
      if (onProgress === undefined || now - told < PROGRESS_MS) return;
      told = now;
      onProgress({ entries: tally.entries.length, bytes: tally.bytes });
    },
  };
  return tally;
}

function summaryOf(
  { entries, bytes }: Manifest,
  roots: readonly FoundRoot[],
  ignored: number,
): SourceSummary {
  const count = (kind: ManifestEntry['kind']): number =>
    entries.reduce((sum, entry) => sum + (entry.kind === kind ? 1 : 0), 0);
  const [first] = roots;
  if (first === undefined) throw errors.internal('a transfer of nothing');
  const single: OfferKind = first.stats.isDirectory() ? 'folder' : 'file';
  return {
    kind: roots.length > 1 ? 'several' : single,
    name: first.name,
    roots: roots.length,
    files: count('file'),
    folders: count('folder'),
    links: count('link'),
    bytes,
    ignored,
  };
}

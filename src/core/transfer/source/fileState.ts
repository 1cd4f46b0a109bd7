import type { BigIntStats } from 'node:fs';
import { MAX_MODE, MAX_MTIME_MS } from '../../wire/v2Entry';
import type { FileState } from '../sendingTree';

/** What a look at a file says of its content. */
export function stateOf(stats: BigIntStats): FileState {
  const { dev, ino, size, mtimeNs, ctimeNs } = stats;
  return {
    size: Number(size),
    mode: modeOf(stats),
    mtime: mtimeOf(stats),
    stamp: [dev, ino, size, mtimeNs, ctimeNs].join(' '),
  };
}

export function modeOf({ mode }: BigIntStats): number {
  return Number(mode) & MAX_MODE;
}

/** Whole milliseconds, as a manifest has them. */
export function mtimeOf({ mtimeMs }: BigIntStats): number {
  return Math.min(Math.max(Number(mtimeMs), 0), MAX_MTIME_MS);
}

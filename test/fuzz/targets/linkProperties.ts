import type { LinkEntry, ManifestEntry } from '../../../src/core/wire/v2Entry';
import { demand } from '../properties';

/** Links that a system follows before it says that it goes round in circles. */
const MOST_FOLLOWED = 40;

/** Followed as Linux does it, no link of a list leads out of the top-level entry it lies in. */
export function demandLinksInside(entries: readonly ManifestEntry[]): void {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  for (const entry of entries) if (entry.kind === 'link') follow(byPath, entry);
}

function follow(byPath: ReadonlyMap<string, ManifestEntry>, link: LinkEntry): void {
  const [root] = link.path.split('/');
  const at = link.path.split('/').slice(0, -1);
  const names = link.target.split('/');
  demand(!link.target.startsWith('/'), 'a link to an absolute path');
  demand(at.length > 0, 'a link at the top, which leads to what is beside it');
  for (let followed = 0; names.length > 0;) {
    const name = names.shift();
    if (name === undefined || name === '' || name === '.') continue;
    if (name === '..') at.pop();
    else at.push(name);
    demand(at[0] === root, 'a link that leads out');
    const there = byPath.get(at.join('/'));
    if (there?.kind !== 'link') continue;
    if (++followed > MOST_FOLLOWED) return;
    demand(!there.target.startsWith('/'), 'a link through one to an absolute path');
    at.pop();
    names.unshift(...there.target.split('/'));
  }
}

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  LinkMap,
  linkThatLeadsOut,
  resolvesInside,
} from '../../../../src/core/transfer/linkTarget';
import { comparePaths } from '../../../../src/core/transfer/pathOrder';
import type { ManifestEntry } from '../../../../src/core/wire/v2Entry';
import { seeded } from '../transferFixture';

/** A link that leads out of what was sent would let a sender read, or write, anything of the recipient's. */
describe('where a link leads', () => {
  const refused: [string, ManifestEntry[]][] = [
    ['an absolute target', [link('p/x', '/etc/passwd')]],
    ['an absolute target that is inside', [link('p/x', '/p/y')]],
    ['a drive', [link('p/x', 'C:\\Windows')]],
    ['a relative drive', [link('p/x', 'c:windows')]],
    ['a network path', [link('p/x', '\\\\server\\share')]],
    ['a backslash that climbs', [link('p/q/x', '..\\..\\..\\y')]],
    ['a NUL', [link('p/x', 'a\0b')]],
    ['nothing at all', [link('p/x', '')]],
    ['the folder above', [link('p/x', '..')]],
    ['another top-level entry', [link('p/x', '../q'), folder('q')]],
    ['out and in again', [link('p/x', '../p/y'), file('p/y')]],
    ['out of a deep folder', [link('p/a/b/c/x', '../../../../..')]],
    ['something not there, and out', [link('p/x', 'nowhere/../../y')]],
    ['a file, and out', [file('p/f'), link('p/x', 'f/../../y')]],
    ['a top-level link', [link('x', 'y')]],
    ['a top-level link to itself', [link('x', '.')]],
    ['through a link to above', [link('p/q/x', '..'), link('p/y', 'q/x/../z')]],
    ['the example of the briefing', [link('p/q/x', '../..'), link('p/y', 'q/x/../z')]],
    ['a chain of links', [link('p/a', 'b/..'), link('p/b', 'c'), link('p/c', '.')]],
    [
      'a link, by the case that some systems do not tell apart',
      [link('p/a/UP', '..'), link('p/x', 'a/up/..')],
    ],
    [
      'a link, by a composition that some systems do not tell apart',
      [link('p/a/\u00fc', '..'), link('p/x', 'a/u\u0308/..')],
    ],
    [
      'a link, by what one system does not see',
      [link('p/a/up', '..'), link('p/x', 'a/u\u200cp/..')],
    ],
    ['a link, by dots that one system drops', [link('p/a/up', '..'), link('p/x', 'a/up. ./..')]],
    ['dots that one system takes for the folder above', [link('p/x', '.. /y')]],
  ];
  for (const [name, entries] of refused) {
    it(`is out: ${name}`, () => {
      assert.notEqual(linkThatLeadsOut(sorted(entries)), undefined);
    });
  }

  const fine: [string, ManifestEntry[]][] = [
    ['a neighbour', [link('p/x', 'y'), file('p/y')]],
    ['the folder itself', [link('p/x', '.')]],
    ['the folder that contains it', [link('p/q/x', '..')]],
    ['the top-level folder, from deep', [link('p/a/b/c/x', '../../../')]],
    ['something that is not there', [link('p/x', 'nowhere/y')]],
    ['itself', [link('p/x', 'x')]],
    ['a circle', [link('p/x', 'y/z'), link('p/y', 'x')]],
    ['doubled slashes and dots', [link('p/a/x', './/..//./y')]],
    ['a name of three dots', [link('p/x', '.../y')]],
    ['through another link', [link('p/a/b/x', '..'), link('p/y', 'a/b/x/../z')]],
    ['names apart by case only', [link('p/UP', '.'), link('p/up', 'UP/nowhere')]],
  ];
  for (const [name, entries] of fine) {
    it(`is inside: ${name}`, () => {
      assert.equal(linkThatLeadsOut(sorted(entries)), undefined);
    });
  }

  it('is what the file system says, for random trees', async function () {
    this.timeout(60_000);
    const base = await realpath(await mkdtemp(path.join(os.tmpdir(), 'beeline-links-')));
    try {
      const counts = { inside: 0, out: 0, nowhere: 0 };
      for (let seed = 1; seed <= 120; seed++) await compare(base, seed, counts);
      // A comparison that never sees one of these would prove nothing.
      assert(counts.inside > 300 && counts.out > 50 && counts.nowhere > 50, JSON.stringify(counts));
    } finally {
      await rm(base, { recursive: true, force: true });
    }
  });

  it('takes its time in proportion, for chains, circles and long targets made to take longer', () => {
    const count = 100_000;
    const name = (index: number): string => `p/${String(index).padStart(6, '0')}`;
    const next = (index: number): string => String((index + 1) % count).padStart(6, '0');
    const hostile = {
      chain: Array.from({ length: count }, (_, index) => link(name(index), `${next(index)}/a`)),
      doubling: Array.from({ length: count }, (_, index) =>
        link(name(index), `${next(index)}/../${next(index)}/../${next(index)}`),
      ),
      long: Array.from({ length: 2_000 }, (_, index) =>
        link(name(index), `${'a/../'.repeat(800)}${next(index)}`),
      ),
    };
    for (const [kind, entries] of Object.entries(hostile)) {
      const began = performance.now();
      linkThatLeadsOut(entries);
      // In proportion it takes seconds even on a busy machine; otherwise hours.
      assert(performance.now() - began < 60_000, `${kind} took ${performance.now() - began} ms`);
    }
  });
});

/** A random tree of folders and links on the disk; wherever the system arrives, we arrive as well. */
async function compare(
  base: string,
  seed: number,
  counts: { inside: number; out: number; nowhere: number },
): Promise<void> {
  const random = seeded(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const top = path.join(base, String(seed), 'p');
  const folders = ['p'];
  await mkdir(top, { recursive: true });
  const entries: ManifestEntry[] = [folder('p')];
  // The same two names everywhere, so that most targets lead somewhere.
  for (const above of folders) {
    if (above.length > 5) continue;
    for (const name of ['a', 'b']) {
      folders.push(`${above}/${name}`);
      entries.push(folder(`${above}/${name}`));
      await mkdir(path.join(base, String(seed), above, name));
    }
  }
  const names = ['a', 'a', 'b', 'b', 'nowhere', 'l0', 'l1', 'l2', 'l3'];
  for (const at of folders) {
    const name = pick(names.slice(-4));
    const target = Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
      random() < 0.35 ? '..' : pick(names),
    ).join('/');
    entries.push(link(`${at}/${name}`, target));
    await symlink(target, path.join(base, String(seed), at, name));
  }
  const links = new LinkMap(entries);
  for (const entry of entries) {
    if (entry.kind !== 'link') continue;
    const inside = resolvesInside(links, entry.path, entry.target);
    const real = await realpath(path.join(base, String(seed), entry.path)).catch(() => undefined);
    const message = `seed ${seed}: ${entry.path} -> ${entry.target} in ${JSON.stringify(entries)}`;
    if (real === undefined) counts.nowhere++;
    else if (real === top || real.startsWith(`${top}/`)) {
      counts.inside++;
      // What leaves and comes back is refused, too.
      if (!inside) assert.match(message, /\.\./);
    } else {
      counts.out++;
      assert.equal(inside, false, message);
    }
  }
}

function sorted(entries: ManifestEntry[]): ManifestEntry[] {
  return entries.toSorted((a, b) => comparePaths(a.path, b.path));
}

function file(at: string): ManifestEntry {
  return { kind: 'file', path: at, size: 1, mode: 0o644, mtime: 0 };
}

function folder(at: string): ManifestEntry {
  return { kind: 'folder', path: at, size: 0, mode: 0o755, mtime: 0 };
}

function link(at: string, target: string): ManifestEntry {
  return { kind: 'link', path: at, size: 0, mode: 0o777, mtime: 0, target };
}

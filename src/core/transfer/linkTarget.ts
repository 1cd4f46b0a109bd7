import type { LinkEntry, ManifestEntry } from '../wire/v2Entry';

/**
 * The first link of a tree that does not resolve inside the top-level entry in which it lies, or
 * undefined. Takes time in proportion to the bytes of the entries, whatever the links say.
 */
export function linkThatLeadsOut(entries: readonly ManifestEntry[]): LinkEntry | undefined {
  const links = new LinkMap(entries);
  return entries.find(
    (entry): entry is LinkEntry =>
      entry.kind === 'link' && !resolvesInside(links, entry.path, entry.target),
  );
}

/**
 * Whether a link of this tree at this path and with this target leads to somewhere inside the
 * top-level entry in which it lies, as a system would follow it: through the other links of the
 * tree on its way, so that `p/q/x -> ../..` followed by `p/q/y -> x/z/../..` leads out.
 * What is not there, or goes round in circles, may be named as long as no step of it leads out.
 * So a link at the top level always leads out, and so does a way that leaves and comes back, because
 * the top-level folder may have another name where it arrives.
 */
export function resolvesInside(links: LinkMap, path: string, target: string): boolean {
  return links.resolve(path, target) !== OUT;
}

/** The links of a tree, prepared once for any number of questions. */
export class LinkMap {
  readonly #top = placeIn(undefined);

  constructor(entries: Iterable<ManifestEntry>) {
    for (const entry of entries) if (entry.kind === 'link') this.#add(entry);
  }

  /** For `resolvesInside`. */
  resolve(path: string, target: string): Spot | typeof OUT {
    const first = walkOf(this.#folderOf(path), target);
    if (first === undefined) return OUT;
    // Links that lead through links are followed on this stack of ours: a hostile chain is longer
    // than the one of JavaScript.
    const walks = [first];
    for (let result: Spot | typeof OUT = OUT; ;) {
      const walk = walks.at(-1);
      if (walk === undefined) return result;
      const next = proceed(walk);
      if (next === 'done' || next === OUT) {
        result = next === OUT ? OUT : walk.spot;
        if (walk.of !== undefined) walk.of.result = result;
        walks.pop();
      } else {
        walks.push(next);
      }
    }
  }

  #add({ path, target }: LinkEntry): void {
    let place = this.#top;
    for (const name of path.split('/')) {
      const known = place.below?.get(name);
      if (known !== undefined) {
        place = known;
        continue;
      }
      const added = placeIn(place);
      (place.below ??= new Map()).set(name, added);
      (place.folded ??= new Map()).set(fold(name), added);
      place = added;
    }
    place.link = { target, result: undefined };
  }

  #folderOf(path: string): Spot {
    let spot: Spot = { place: this.#top, deeper: 0 };
    for (const name of path.split('/').slice(0, -1)) spot = enter(spot, name);
    return spot;
  }
}

const OUT = 'out';

/** A link, or a folder that has links somewhere below. All others need no place. */
interface Place {
  readonly above: Place | undefined;
  below: Map<string, Place> | undefined;
  /** By what systems make of a name that do not tell such names apart. */
  folded: Map<string, Place> | undefined;
  link: Link | undefined;
}

function placeIn(above: Place | undefined): Place {
  return { above, below: undefined, folded: undefined, link: undefined };
}

interface Link {
  readonly target: string;
  /** Where it leads, once that is known; `walking` while it is looked for. */
  result: Spot | typeof OUT | 'walking' | undefined;
}

/** Where a walk is: so many names below a place, where no links are. */
interface Spot {
  readonly place: Place;
  readonly deeper: number;
}

interface Walk {
  spot: Spot;
  readonly names: readonly string[];
  at: number;
  /** The link whose result this becomes; undefined for the one that was asked about. */
  readonly of: Link | undefined;
}

/** Undefined for a target that leads out wherever it stands. */
function walkOf(folder: Spot, target: string, of?: Link): Walk | undefined {
  const isAbsolute = target.startsWith('/') || /^[a-z]:/iu.test(target);
  // A backslash separates names on one system and belongs to a name on another.
  if (target === '' || isAbsolute || /[\\\0]/.test(target) || isTop(folder)) return undefined;
  return { spot: folder, names: target.split('/'), at: 0, of };
}

/** As far as it goes without another link that nobody has followed yet; that one comes first. */
function proceed(walk: Walk): 'done' | typeof OUT | Walk {
  for (; walk.at < walk.names.length; walk.at++) {
    const name = walk.names[walk.at] ?? '';
    if (name === '' || name === '.') continue;
    // Windows takes spaces from the end of a name, and it is the folder above then.
    if (/^\.[. ]* [. ]*$/.test(name)) return OUT;
    if (name === '..') {
      const up = leave(walk.spot);
      if (isTop(up)) return OUT;
      walk.spot = up;
      continue;
    }
    const next = enter(walk.spot, name);
    const link = next.deeper === 0 ? next.place.link : undefined;
    if (link === undefined || link.result === 'walking') {
      // In a circle no system arrives anywhere; it is taken for a name that is not there.
      walk.spot = next;
    } else if (link.result === OUT) {
      return OUT;
    } else if (link.result !== undefined) {
      walk.spot = link.result;
    } else {
      const first = walkOf(walk.spot, link.target, link);
      link.result = first === undefined ? OUT : 'walking';
      return first ?? OUT;
    }
  }
  return 'done';
}

/** By its very name, or else by one that another system would take for it: both have to stay inside. */
function enter({ place, deeper }: Spot, name: string): Spot {
  const below = deeper > 0 ? undefined : (place.below?.get(name) ?? place.folded?.get(fold(name)));
  return below === undefined ? { place, deeper: deeper + 1 } : { place: below, deeper: 0 };
}

function leave({ place, deeper }: Spot): Spot {
  return deeper > 0 ? { place, deeper: deeper - 1 } : { place: place.above ?? place, deeper: 0 };
}

/** Above all top-level entries. */
function isTop({ place, deeper }: Spot): boolean {
  return place.above === undefined && deeper === 0;
}

/** What macOS and Windows see in a name: no case, no composition, nothing invisible, no last dot. */
function fold(name: string): string {
  if (/^[a-z0-9_-]*$/.test(name)) return name;
  return name
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .replace(/[. ]+$/, '');
}

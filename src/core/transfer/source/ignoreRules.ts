import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import ignore, { type Ignore } from 'ignore';

/** The name of git's own folder, or of the file that says where it is. */
export const GIT_NAME = '.git';
export const RULES_NAME = '.gitignore';
/** Bytes: a thousand times what such files have; it is read at once. */
const MAX_RULES_BYTES = 4 * 1024 * 1024;
/** Git takes names as equal where the disks usually do. */
const ignoreCase = process.platform === 'win32' || process.platform === 'darwin';

/**
 * What git ignores, seen from one folder: the rules of this folder's `.gitignore` and of those above
 * it up to the repository's top, then its `info/exclude`. Whether git tracks a file all the same is
 * not looked up. Rules are read at once and not in turns: they are few and small, and a watcher has
 * to know in the middle of a call.
 */
export class IgnoreRules {
  /** The strongest first: the deepest folder's. */
  readonly #levels: readonly Level[];

  private constructor(levels: readonly Level[]) {
    this.#levels = levels;
  }

  /** @param folder absolute, as `realpath` has it; it is never left out itself */
  static at(folder: string): IgnoreRules {
    const above: string[] = [];
    for (let each = folder; ; each = path.dirname(each)) {
      above.unshift(each);
      if (isThere(path.join(each, GIT_NAME))) break;
      if (path.dirname(each) === each) {
        // Without a repository, nothing above has a say.
        above.splice(0, above.length, folder);
        break;
      }
    }
    let rules = new IgnoreRules([]);
    for (const each of above) rules = rules.enter(each, { isRoot: true });
    return rules;
  }

  /** The rules inside a folder that is not left out. */
  enter(folder: string, { isRoot = false } = {}): IgnoreRules {
    const isTop = isThere(path.join(folder, GIT_NAME));
    const own = readRules(path.join(folder, RULES_NAME), { follow: false });
    if (isTop) {
      // A repository inside of another one goes by its own rules only.
      const exclude = readRules(excludeOf(folder), { follow: true });
      return new IgnoreRules([levelOf(folder, own), levelOf(folder, exclude)].flat());
    }
    const above = this.#levels.map((level) => readmit(level, folder));
    if (own === undefined && !isRoot && above.every((level, at) => level === this.#levels[at])) {
      return this;
    }
    return new IgnoreRules([...levelOf(folder, own), ...above]);
  }

  /** @param entry absolute, directly in the folder that was entered last */
  leavesOut(entry: string, isFolder: boolean): boolean {
    if (path.basename(entry) === GIT_NAME) return true;
    for (const { base, rules } of this.#levels) {
      const { ignored, unignored } = rules.test(relative(base, entry, isFolder));
      if (ignored || unignored) return ignored;
    }
    return false;
  }
}

interface Level {
  /** The folder that the rules belong to. */
  readonly base: string;
  readonly rules: Ignore;
}

function levelOf(base: string, text: string | undefined): Level[] {
  return text === undefined ? [] : [{ base, rules: ignore({ ignoreCase }).add(text) }];
}

/**
 * In a folder that these rules leave out, but that was entered, because stronger ones or the person
 * want it, they only have a say about each entry by itself.
 */
function readmit(level: Level, folder: string): Level {
  const inside = relative(level.base, folder, true);
  if (!level.rules.test(inside).ignored) return level;
  const rules = ignore({ ignoreCase }).add(level.rules);
  // Each folder on the way, since one that is left out takes along all that is in it.
  for (let end = inside.indexOf('/'); end >= 0; end = inside.indexOf('/', end + 1)) {
    rules.add({ pattern: `!/${inside.slice(0, end).replace(/[\\*?[\] ]/g, '\\$&')}/` });
  }
  return { base: level.base, rules };
}

function relative(base: string, entry: string, isFolder: boolean): string {
  const inside = entry.slice(base.endsWith(path.sep) ? base.length : base.length + 1);
  return `${path.sep === '/' ? inside : inside.split(path.sep).join('/')}${isFolder ? '/' : ''}`;
}

/** Of the repository that has its top here; one of several working trees has its folder elsewhere. */
function excludeOf(top: string): string {
  let folder = path.join(top, GIT_NAME);
  const elsewhere = /^gitdir: (.+)/.exec(readRules(folder, { follow: false }) ?? '')?.[1];
  if (elsewhere !== undefined) folder = path.resolve(top, elsewhere.trim());
  const common = readRules(path.join(folder, 'commondir'), { follow: false });
  if (common !== undefined) folder = path.resolve(folder, common.trim());
  return path.join(folder, 'info', 'exclude');
}

/**
 * Undefined where there is no such file: git reads no `.gitignore` that is a link, and neither it nor
 * anything else that can not be read says what to leave out.
 */
function readRules(file: string, { follow }: { readonly follow: boolean }): string | undefined {
  const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>;
  try {
    const handle = openSync(file, constants.O_RDONLY | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW));
    try {
      const stats = fstatSync(handle);
      if (!stats.isFile() || stats.size > MAX_RULES_BYTES) return undefined;
      return readFileSync(handle, 'utf8');
    } finally {
      closeSync(handle);
    }
  } catch {
    return undefined;
  }
}

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

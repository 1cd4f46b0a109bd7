import path from 'node:path';
import { isPartialName } from '../../receivefs/partialName';
import { IgnoreRules, RULES_NAME } from './ignoreRules';

/**
 * What a walk of this folder would leave out, for a watcher: it asks in the middle of a call, about
 * any path, and again and again.
 */
export class LeftOut {
  readonly #root: string;
  readonly #leaveOutIgnored: boolean;
  /** By folder; undefined for one that is left out as a whole. */
  readonly #rules = new Map<string, IgnoreRules | undefined>();

  /** @param root absolute, as `realpath` has it */
  constructor(root: string, options: { readonly leaveOutIgnored: boolean }) {
    this.#root = root;
    this.#leaveOutIgnored = options.leaveOutIgnored;
  }

  /** @param isFolder undefined when nobody knows; then only what is left out in either case is */
  has(entry: string, isFolder: boolean | undefined): boolean {
    const where = path.normalize(entry);
    if (!where.startsWith(this.#root) || where === this.#root) return false;
    if (isPartialName(path.basename(where))) return true;
    if (!this.#leaveOutIgnored) return false;
    const rules = this.#rulesOf(path.dirname(where));
    if (rules === undefined) return true;
    if (isFolder !== undefined) return rules.leavesOut(where, isFolder);
    return rules.leavesOut(where, true) && rules.leavesOut(where, false);
  }

  /** Told of everything that changes, since rules may be among it. */
  noteChange(entry: string): void {
    if (path.basename(entry) === RULES_NAME) this.#rules.clear();
  }

  #rulesOf(folder: string): IgnoreRules | undefined {
    if (this.#rules.has(folder)) return this.#rules.get(folder);
    let rules: IgnoreRules | undefined;
    if (folder === this.#root || !folder.startsWith(this.#root)) {
      rules = IgnoreRules.at(this.#root);
    } else {
      const above = this.#rulesOf(path.dirname(folder));
      if (above?.leavesOut(folder, true) === false) rules = above.enter(folder);
    }
    this.#rules.set(folder, rules);
    return rules;
  }
}

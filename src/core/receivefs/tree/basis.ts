import type { Manifest } from '../../transfer/manifest';
import { type Ledger, type LedgerEntry, belowRoot, placeOf, rootOf } from './ledger';

/** What was received before, by the paths of what comes now. */
export class Basis {
  readonly #entries = new Map<string, LedgerEntry>();
  /** A single root is the same one, also when it has another name by now. */
  readonly #keyOf: (entryPath: string) => string;

  constructor(
    readonly ledger: Ledger,
    { entries }: Manifest,
  ) {
    const roots = new Set(entries.map((entry) => rootOf(entry.path)));
    const isOne = roots.size === 1 && ledger.roots.length === 1;
    this.#keyOf = isOne ? belowRoot : (entryPath) => entryPath;
    for (const entry of ledger.entries) this.#entries.set(this.#keyOf(entry.path), entry);
  }

  find(entryPath: string): LedgerEntry | undefined {
    return this.#entries.get(this.#keyOf(entryPath));
  }

  /** Absolute. */
  place(entry: LedgerEntry): string {
    return placeOf(this.ledger, entry);
  }

  /** What the sender does not have any more. */
  missingIn({ entries }: Manifest): readonly LedgerEntry[] {
    const there = new Set(entries.map((entry) => this.#keyOf(entry.path)));
    return this.ledger.entries.filter((entry) => !there.has(this.#keyOf(entry.path)));
  }
}

import { createHash } from 'node:crypto';
import { errors } from '../errors';
import { decodeManifestPage } from '../wire/v2';
import type { ManifestEntry } from '../wire/v2Entry';
import { linkThatLeadsOut } from './linkTarget';
import {
  FolderCheck,
  MAX_ENTRIES,
  MAX_MANIFEST_MEMORY_BYTES,
  type Manifest,
  memoryOf,
} from './manifest';
import { comparePaths } from './pathOrder';

/** What was offered; a manifest that says otherwise is refused. */
export interface ExpectedManifest {
  readonly entries: number;
  /** Bytes. */
  readonly size: number;
  /** Of the manifest that the person has seen. */
  readonly digest?: Buffer | undefined;
  /** What the person was asked about; so nothing else comes in its name. */
  readonly top?: ExpectedTop | undefined;
}

/** The top level, as an offer says it. */
export interface ExpectedTop {
  readonly kind: 'file' | 'folder' | 'several';
  /** By number. */
  readonly roots: number;
  /** Of several, that of one of them. */
  readonly name: string;
}

/** Puts a manifest together from its pages, and holds never more of it than was offered. */
export class ManifestReader {
  readonly #expected: ExpectedManifest | undefined;
  readonly #digest = createHash('sha256');
  readonly #entries: ManifestEntry[] = [];
  readonly #folders = new FolderCheck();
  #pages = 0;
  #bytes = 0;
  #memory = 0;

  constructor(expected?: ExpectedManifest) {
    this.#expected = expected;
  }

  /** The manifest once its last page is here. @throws PROTOCOL, META_MISMATCH, LINK_REFUSED */
  add(payload: Buffer): Manifest | undefined {
    const { number, isLast, entries } = decodeManifestPage(payload);
    if (number !== this.#pages) {
      throw errors.protocol(`page ${number} of the manifest instead of ${this.#pages}`);
    }
    this.#pages++;
    this.#digest.update(payload);
    for (const entry of entries) this.#addEntry(entry);
    if (!isLast) return undefined;
    if (this.#entries.length === 0) throw errors.protocol('a manifest of nothing');
    // Only now, because a link may lead through others that come later.
    if (linkThatLeadsOut(this.#entries) !== undefined) throw errors.linkRefused();
    return this.#compare({
      entries: this.#entries,
      digest: this.#digest.digest(),
      bytes: this.#bytes,
    });
  }

  #addEntry(entry: ManifestEntry): void {
    const { entries = MAX_ENTRIES, size = Number.MAX_SAFE_INTEGER } = this.#expected ?? {};
    this.#checkPlace(entry);
    this.#entries.push(entry);
    this.#bytes += entry.size;
    this.#memory += memoryOf(entry);
    if (this.#entries.length > entries) throw this.#mismatch('more entries');
    // Each is exact below 2^53, and their sum can be wrong only where it is above.
    if (this.#bytes > size) throw this.#mismatch('more bytes');
    if (this.#entries.length > MAX_ENTRIES || this.#memory > MAX_MANIFEST_MEMORY_BYTES) {
      throw errors.protocol('a manifest beyond all measure');
    }
  }

  /** In ascending order there are no doubles, and a folder comes before what is in it. */
  #checkPlace(entry: ManifestEntry): void {
    const last = this.#entries.at(-1);
    if (last !== undefined && comparePaths(last.path, entry.path) >= 0) {
      throw errors.protocol('the entries of the manifest are not in order');
    }
    if (!this.#folders.has(entry)) throw errors.protocol('an entry without its folder');
  }

  #compare(manifest: Manifest): Manifest {
    if (this.#expected === undefined) return manifest;
    const { entries, size, digest, top } = this.#expected;
    if (manifest.entries.length !== entries) throw this.#mismatch('fewer entries');
    if (manifest.bytes !== size) throw this.#mismatch('fewer bytes');
    if (digest?.equals(manifest.digest) === false) throw this.#mismatch('another list');
    if (top !== undefined) this.#compareTop(top, manifest);
    return manifest;
  }

  #compareTop({ kind, roots, name }: ExpectedTop, { entries }: Manifest): void {
    const found = entries.filter((entry) => !entry.path.includes('/'));
    if (found.length !== roots) throw this.#mismatch('other files and folders');
    const named = found.find((entry) => entry.path === name);
    if (named === undefined) throw this.#mismatch('another name');
    if (kind !== 'several' && named.kind !== kind) throw this.#mismatch('another kind');
  }

  #mismatch(what: string): Error {
    return this.#expected === undefined
      ? errors.protocol(`a manifest of ${what} than there can be`)
      : errors.metaMismatch(what);
  }
}

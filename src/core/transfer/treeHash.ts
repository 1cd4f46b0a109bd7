import { type Hash, createHash } from 'node:crypto';
import { errors } from '../errors';
import { type ManifestEntry, kindNumbers } from '../wire/v2Entry';
import { comparePaths } from './pathOrder';

/**
 * The SHA-256 over a tree, as keys.md has it: for each entry, ascending by the bytes of its path,
 * `u8 type ‖ L(path) ‖ u64 size ‖ u32 mode ‖ content`, with big-endian numbers, `L` a u32 length
 * before the bytes, and as content a file's SHA-256, the SHA-256 of a link's target, or 32 zeros.
 * Times are left out: they say nothing about what was delivered.
 */
export class TreeHash {
  readonly #hash: Hash = createHash('sha256');
  readonly #numbers = Buffer.alloc(12);
  #last: string | undefined;

  addFile(entry: ManifestEntry & { readonly kind: 'file' }, sha256: Buffer): void {
    this.#add(entry, sha256);
  }

  addOther(entry: ManifestEntry & { readonly kind: 'folder' | 'link' }): void {
    this.#add(entry, entry.kind === 'folder' ? NOTHING : hashOf(entry.target));
  }

  digest(): Buffer {
    return this.#hash.digest();
  }

  #add(entry: ManifestEntry, content: Buffer): void {
    if (this.#last !== undefined && comparePaths(this.#last, entry.path) >= 0) {
      throw errors.internal('the entries of a tree hash are not in order');
    }
    this.#last = entry.path;
    const path = Buffer.from(entry.path);
    const head = Buffer.alloc(5);
    head.writeUInt8(kindNumbers[entry.kind], 0);
    head.writeUInt32BE(path.length, 1);
    this.#numbers.writeBigUInt64BE(BigInt(entry.size), 0);
    this.#numbers.writeUInt32BE(entry.mode, 8);
    this.#hash.update(head).update(path).update(this.#numbers).update(content);
  }
}

const NOTHING = Buffer.alloc(32);

function hashOf(target: string): Buffer {
  return createHash('sha256').update(target).digest();
}

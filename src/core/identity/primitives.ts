import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/**
 * The notation of the key schedule, function by function. Every label is ASCII and ends with its
 * version, so that bytes made for one purpose are never accepted for another.
 */

/** A key, a hash, a MAC: everything here is of this length. */
export const KEY_BYTES = 32;

/** `L(x)`: u32 big endian length, then x. Text is UTF-8. */
export function L(part: Uint8Array | string): Buffer {
  const bytes = bytesOf(part);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** `L(label) ‖ L(part) ‖ …`: what is MACed and what is signed. No two lists give the same bytes. */
export function labelled(label: string, parts: readonly (Uint8Array | string)[]): Buffer {
  return Buffer.concat([L(label), ...parts.map((part) => L(part))]);
}

/** `MAC(key, label, parts…)`: HMAC-SHA256 over the labelled parts, 32 bytes. */
export function mac(
  key: Uint8Array,
  label: string,
  ...parts: readonly (Uint8Array | string)[]
): Buffer {
  return createHmac('sha256', key).update(labelled(label, parts)).digest();
}

/**
 * `X(key, label, ctx)`: HKDF-SHA256 with an empty salt and the info L(label) ‖ L(ctx), 32 bytes.
 * Where the schedule names no context it is the empty string, so L(ctx) is there as four zeros.
 */
export function derive(key: Uint8Array, label: string, context: Uint8Array | string = ''): Buffer {
  return Buffer.from(
    hkdfSync('sha256', key, Buffer.alloc(0), labelled(label, [context]), KEY_BYTES),
  );
}

/** `H`: SHA-256 over the parts joined as they are, 32 bytes. */
export function hash(...parts: readonly Uint8Array[]): Buffer {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part);
  return sum.digest();
}

/** Key id of an identity key: H(L("beeline/kid/1") ‖ key), 64 lower-case hex digits. */
export function kidOf(publicKey: Uint8Array): string {
  return hash(L('beeline/kid/1'), publicKey).toString('hex');
}

/** Length first, then in constant time: how long it takes says nothing about where they differ. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function bytesOf(part: Uint8Array | string): Uint8Array {
  return typeof part === 'string' ? Buffer.from(part) : part;
}

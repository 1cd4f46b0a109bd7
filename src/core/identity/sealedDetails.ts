import { createCipheriv, createDecipheriv } from 'node:crypto';
import { errors } from '../errors';
import type { PairKeys } from './pairKeys';
import { L } from './primitives';

/** AES-GCM's own, in bytes. */
const TAG_BYTES = 16;
/**
 * Zeros, because the key is used once: it comes from the pair root and the 16 random bytes of one
 * offer. Sealing the same details for the same offer again gives the same bytes; other details
 * must have another id.
 */
const NONCE = Buffer.alloc(12);
const CIPHER = 'aes-256-gcm';
const LABEL = 'beeline/offer-seal/1';

/**
 * The JSON of `details` under AES-256-GCM with the offer's key: base64url of ciphertext ‖ tag.
 * The additional data is L(label) ‖ the 16 bytes of the id.
 * @param id 32 hex digits
 */
export function seal(keys: PairKeys, id: string, details: object): string {
  const { key, additional } = sealOf(keys, id);
  const cipher = createCipheriv(CIPHER, key, NONCE, { authTagLength: TAG_BYTES });
  cipher.setAAD(additional);
  const sealed = [cipher.update(JSON.stringify(details), 'utf8'), cipher.final()];
  return Buffer.concat([...sealed, cipher.getAuthTag()]).toString('base64url');
}

/** @throws PROTOCOL when it was not sealed for us and this id, or is no JSON */
export function openSealed(keys: PairKeys, id: string, text: string): unknown {
  const { key, additional } = sealOf(keys, id);
  const bytes = Buffer.from(text, 'base64url');
  try {
    const decipher = createDecipheriv(CIPHER, key, NONCE, { authTagLength: TAG_BYTES });
    decipher.setAAD(additional);
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const opened = decipher.update(bytes.subarray(0, -TAG_BYTES));
    return JSON.parse(Buffer.concat([opened, decipher.final()]).toString('utf8')) as unknown;
  } catch (cause) {
    throw errors.protocol('sealed names that do not open', { cause });
  }
}

function sealOf(keys: PairKeys, id: string): { key: Buffer; additional: Buffer } {
  const bytes = Buffer.from(id, 'hex');
  return { key: keys.offerSealKey(bytes), additional: Buffer.concat([L(LABEL), bytes]) };
}

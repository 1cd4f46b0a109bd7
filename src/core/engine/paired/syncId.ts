import { hash, L } from '../../identity/primitives';

/** Bytes: as many as a transfer id has. */
const SYNC_ID_BYTES = 16;

/**
 * What every round of keeping one folder in step with one agent has in common, and tells nobody
 * anything about the folder: the first 16 bytes, in hex, of
 * SHA-256(L("beeline/sync/1") ‖ L(own kid) ‖ L(peer kid) ‖ L(absolute path)), kids as their 32 bytes.
 */
export function syncIdOf(ownKid: string, peerKid: string, folder: string): string {
  const kids = [ownKid, peerKid].map((kid) => L(Buffer.from(kid, 'hex')));
  const whole = hash(L('beeline/sync/1'), ...kids, L(folder));
  return whole.subarray(0, SYNC_ID_BYTES).toString('hex');
}

import { hash, kidOf, L } from './primitives';

/** 6 groups of 5 digits: 30 digits are 99.6 bits, and fit on one line or into one breath each. */
const GROUPS = 6;
const GROUP_DIGITS = 5;

/**
 * An identity as people compare it, aloud or on two screens: `12345 67890 …`, digits only, because
 * these are said alike in every alphabet. 10^30 divides 2^256 with an error below 2^-156, so every
 * digit counts the same; whoever wants another key with the same digits tries 2^99 keys.
 * @param identity a key id (64 hex digits), or an identity key (32 bytes)
 */
export function fingerprintOf(identity: string | Uint8Array): string {
  const kid = typeof identity === 'string' ? identity : kidOf(identity);
  const sum = hash(L('beeline/fingerprint/1'), Buffer.from(kid, 'hex'));
  const digits = GROUPS * GROUP_DIGITS;
  const number = BigInt(`0x${sum.toString('hex')}`) % 10n ** BigInt(digits);
  const text = number.toString().padStart(digits, '0');
  const groups = Array.from({ length: GROUPS }, (_, at) =>
    text.slice(at * GROUP_DIGITS, (at + 1) * GROUP_DIGITS),
  );
  return groups.join(' ');
}

import { identityFromSeed, type Identity } from '../../../src/core/identity/identity';
import type { LinkPeerKeys } from '../../../src/core/identity/linkProof';

/** The same people in every run, because what a seed finds has to be found again. */
export const identities = {
  alice: identityFromSeed(Buffer.alloc(32, 0xa1)),
  bob: identityFromSeed(Buffer.alloc(32, 0xb0)),
  carol: identityFromSeed(Buffer.alloc(32, 0xca)),
  mallory: identityFromSeed(Buffer.alloc(32, 0x3a)),
} as const;

/** What `own` shares with `peer`. */
export function sharedWith(own: Identity, { publicKey, kid }: Identity): LinkPeerKeys {
  return { kid, publicKey, keys: own.pairKeys(publicKey) };
}

import { derive } from './primitives';

/** Where the two sides of an invite meet: X(S, "beeline/pair-topic/1"), 32 bytes. */
export function inviteTopic(secret: Uint8Array): Buffer {
  return derive(secret, 'beeline/pair-topic/1');
}

/** What proofs and cards are MACed with: X(S, "beeline/pair-mac/1"), 32 bytes. */
export function inviteMacKey(secret: Uint8Array): Buffer {
  return derive(secret, 'beeline/pair-mac/1');
}

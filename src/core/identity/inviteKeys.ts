import { derive } from './primitives';

/** Where the two sides of an invite meet: X(S, "beeline/pair-topic/1"), 32 bytes. */
export function inviteTopic(secret: Uint8Array): Buffer {
  return derive(secret, 'beeline/pair-topic/1');
}

/**
 * What the two name at the hub's relay where there is no UDP: X(S, "beeline/pair-relay/1"), 32 bytes.
 * Of another label than the topic, so that neither the hub nor a DHT node knows the other's.
 */
export function inviteRelayToken(secret: Uint8Array): Buffer {
  return derive(secret, 'beeline/pair-relay/1');
}

/** What proofs and cards are MACed with: X(S, "beeline/pair-mac/1"), 32 bytes. */
export function inviteMacKey(secret: Uint8Array): Buffer {
  return derive(secret, 'beeline/pair-mac/1');
}

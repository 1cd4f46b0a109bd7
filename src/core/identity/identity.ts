import { randomBytes } from 'node:crypto';
import sodium from 'sodium-universal';
import { errors } from '../errors';
import { fingerprintOf } from './fingerprint';
import type { PairKeys } from './pairKeys';
import { pairKeysOf, pairRootOf } from './pairRoot';
import { KEY_BYTES, kidOf, labelled } from './primitives';
import { sessionKeysOf, type SessionAgreement, type SessionKeys } from './sessionKeys';

/** Who a home is: one Ed25519 key pair. The secret half never leaves the object. */
export interface Identity {
  /** 32 bytes. */
  readonly publicKey: Buffer;
  /** Key id: 64 lower-case hex digits. */
  readonly kid: string;
  /** Grouped digits, for people to compare. */
  readonly fingerprint: string;
  /** Ed25519 over L(label) ‖ L(each part), 64 bytes. */
  sign(label: string, ...parts: readonly Uint8Array[]): Buffer;
  /**
   * What this identity shares with another; the same on both sides but for `side`.
   * @throws INVITE_SELF for our own key, PROOF_REFUSED for bytes that are not a usable key
   */
  pairKeys(peerPublicKey: Buffer): PairKeys;
  /**
   * The keys of one session with another, the same on both sides but for the direction. Uses the
   * ephemeral key up, whatever comes of it.
   * @throws INVITE_SELF for our own key, PROOF_REFUSED for bytes that are not a usable key
   */
  sessionKeys(agreement: SessionAgreement): SessionKeys;
}

/** Bytes of an Ed25519 signature. */
export const SIGNATURE_BYTES = 64;

/** Whether the holder of `publicKey` signed these parts under this label. Never throws. */
export function verify(
  publicKey: Uint8Array,
  signature: Uint8Array,
  label: string,
  ...parts: readonly Uint8Array[]
): boolean {
  // libsodium throws on lengths; for what a peer sent, a wrong length is a wrong signature.
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  return sodium.crypto_sign_verify_detached(signature, labelled(label, parts), publicKey);
}

export function newIdentity(): Identity {
  return identityFromSeed(randomBytes(KEY_BYTES));
}

/** @param seed the 32 bytes that everything else follows from */
export function identityFromSeed(seed: Uint8Array): Identity {
  const publicKey = Buffer.alloc(KEY_BYTES);
  // Ordinary memory: the editor's runtime allows no buffers over memory that libsodium guards.
  const secretKey = Buffer.alloc(SIGNATURE_BYTES);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
  const kid = kidOf(publicKey);
  // The secret lives in this closure, so that no log and no inspector of the object prints it.
  return {
    publicKey,
    kid,
    fingerprint: fingerprintOf(kid),
    sign(label, ...parts) {
      const signature = Buffer.alloc(SIGNATURE_BYTES);
      sodium.crypto_sign_detached(signature, labelled(label, parts), secretKey);
      return signature;
    },
    pairKeys(peerPublicKey) {
      if (peerPublicKey.equals(publicKey)) throw errors.inviteSelf();
      return pairKeysOf({ publicKey, secretKey }, peerPublicKey);
    },
    sessionKeys(agreement) {
      const { ephemeral, peerPublicKey } = agreement;
      try {
        if (peerPublicKey.equals(publicKey)) throw errors.inviteSelf();
        return sessionKeysOf(pairRootOf({ publicKey, secretKey }, peerPublicKey), agreement);
      } finally {
        ephemeral.destroy();
      }
    },
  };
}

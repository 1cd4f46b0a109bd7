import { hkdfSync } from 'node:crypto';
import sodium from 'sodium-universal';
import { errors } from '../errors';
import type { PairKeys } from './pairKeys';
import { derive, KEY_BYTES } from './primitives';

/**
 * The keys of a pair, all from its pair root.
 * @param own.secretKey libsodium's 64 bytes: seed ‖ public key
 * @throws PROOF_REFUSED when the peer's bytes are no key of the curve, or one of small order
 */
export function pairKeysOf(own: OwnKeys, peerPublicKey: Buffer): PairKeys {
  const side = Buffer.compare(own.publicKey, peerPublicKey) < 0 ? 'low' : 'high';
  const root = pairRootOf(own, peerPublicKey);
  return {
    side,
    linkKey: derive(root, 'beeline/link/1'),
    topic: derive(root, 'beeline/topic/1'),
    relayToken: derive(root, 'beeline/ws-relay/1'),
    receiptKey: derive(root, 'beeline/receipt/1'),
    // The context is the 16 bytes of the id, not its hex digits.
    offerSealKey: (id: Buffer) => derive(root, 'beeline/offer-seal/1', id),
  };
}

/** libsodium's form of a key pair: 32 bytes, and 64 of seed ‖ public key. */
export interface OwnKeys {
  readonly publicKey: Buffer;
  readonly secretKey: Buffer;
}

/**
 * The pair root itself, which never leaves this room: keys come from it, nothing else does.
 *
 * PR = HKDF-SHA256(ikm X25519(own secret, peer), salt low ‖ high, info, 32 bytes). The info is the
 * label's ASCII bytes as they stand, without a length before them: the schedule writes this call
 * out, and only what goes through MAC, sign, X and H(L(…)) is wrapped in L.
 *
 * @throws PROOF_REFUSED when the peer's bytes are no key of the curve, or one of small order
 */
export function pairRootOf(own: OwnKeys, peerPublicKey: Buffer): Buffer {
  const keys = [own.publicKey, peerPublicKey].sort((one, other) => Buffer.compare(one, other));
  const shared = sharedSecret(own.secretKey, peerPublicKey);
  const root = hkdfSync('sha256', shared, Buffer.concat(keys), ROOT_LABEL, KEY_BYTES);
  shared.fill(0);
  return Buffer.from(root);
}

const ROOT_LABEL = Buffer.from('beeline/pair-root/1', 'ascii');

/** X25519 of two Ed25519 keys, both through libsodium's own conversion. */
function sharedSecret(secretKey: Buffer, peerPublicKey: Buffer): Buffer {
  const curvePublic = Buffer.alloc(KEY_BYTES);
  const curveSecret = Buffer.alloc(KEY_BYTES);
  const shared = Buffer.alloc(KEY_BYTES);
  try {
    sodium.crypto_sign_ed25519_pk_to_curve25519(curvePublic, peerPublicKey);
    sodium.crypto_sign_ed25519_sk_to_curve25519(curveSecret, secretKey);
    // Fails for a result of zeros, which a key of small order would force.
    sodium.crypto_scalarmult(shared, curveSecret, curvePublic);
  } catch (cause) {
    throw errors.proofRefused('an agent with an unusable key', { cause });
  } finally {
    curveSecret.fill(0);
  }
  return shared;
}

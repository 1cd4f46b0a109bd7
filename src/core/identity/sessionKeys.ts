import { hkdfSync } from 'node:crypto';
import sodium from 'sodium-universal';
import { errors } from '../errors';
import { derive, hash, KEY_BYTES, L } from './primitives';

/** What both sides put into the keys of a session (keys.md, *Session*). */
export interface SessionAgreement {
  /** Which of the two we are. */
  readonly side: SessionSide;
  /** Ours, for this session only. */
  readonly ephemeral: Ephemeral;
  /** The other side's ephemeral key, as its signed message says. */
  readonly theirs: Uint8Array;
  /** The other side's identity key. */
  readonly peerPublicKey: Buffer;
  /** The signed bytes, as they were signed. */
  readonly request: Uint8Array;
  readonly answer: Uint8Array;
}

export type SessionSide = 'caller' | 'callee';

/** What a key is used for. */
export type SessionUse = 'signal' | 'chat';

/** A key for each direction and use, 32 bytes. Whoever holds them overwrites them. */
export interface SessionKeys {
  readonly send: Readonly<Record<SessionUse, Buffer>>;
  readonly receive: Readonly<Record<SessionUse, Buffer>>;
}

/** An X25519 key pair for one session. */
export interface Ephemeral {
  /** 32 bytes. */
  readonly publicKey: Buffer;
  /**
   * X25519 with the other side's, once: the secret half is overwritten afterwards.
   * @throws PROOF_REFUSED when it leads to zeros, or is no key
   */
  agree(theirs: Uint8Array): Buffer;
  /** Overwrites the secret half. */
  destroy(): void;
}

export function makeEphemeral(): Ephemeral {
  const publicKey = Buffer.alloc(KEY_BYTES);
  const secretKey = Buffer.alloc(KEY_BYTES);
  sodium.crypto_box_keypair(publicKey, secretKey);
  let isOver = false;
  // The secret lives in this closure, so that no log and no inspector of the object prints it.
  const destroy = (): void => {
    isOver = true;
    secretKey.fill(0);
  };
  return {
    publicKey,
    destroy,
    agree(theirs) {
      if (isOver) throw errors.internal('a key of a session that was used before');
      const shared = Buffer.alloc(KEY_BYTES);
      try {
        // Fails for a result of zeros, which a key of small order would force.
        sodium.crypto_scalarmult(shared, secretKey, theirs);
        return shared;
      } catch (cause) {
        throw errors.proofRefused('an agent with an unusable key for this session', { cause });
      } finally {
        destroy();
      }
    },
  };
}

/**
 * SK = HKDF-SHA256(ikm X25519(c, e) ‖ PR, salt H(L(request) ‖ L(answer)), info, 32 bytes), its info
 * the label as it stands, as of the pair root. Each key is X(SK, "beeline/sealed/1", direction/use),
 * the direction by its sender. What led here is overwritten.
 * @throws PROOF_REFUSED
 */
export function sessionKeysOf(pairRoot: Buffer, agreement: SessionAgreement): SessionKeys {
  const { side, ephemeral, theirs, request, answer } = agreement;
  const secrets = [pairRoot];
  try {
    const shared = ephemeral.agree(theirs);
    const material = Buffer.concat([shared, pairRoot]);
    secrets.push(shared, material);
    const salt = hash(L(request), L(answer));
    const key = Buffer.from(hkdfSync('sha256', material, salt, SESSION_LABEL, KEY_BYTES));
    secrets.push(key);
    const keysOf = (sender: SessionSide) => ({
      signal: derive(key, SEALED_LABEL, `${sender}/signal`),
      chat: derive(key, SEALED_LABEL, `${sender}/chat`),
    });
    const [own, other] = [keysOf(side), keysOf(otherSide(side))];
    return { send: own, receive: other };
  } finally {
    for (const secret of secrets) secret.fill(0);
  }
}

export function otherSide(side: SessionSide): SessionSide {
  return side === 'caller' ? 'callee' : 'caller';
}

/** Of the keys, and of what is sealed with them. */
export const SEALED_LABEL = 'beeline/sealed/1';
const SESSION_LABEL = Buffer.from('beeline/session-key/1', 'ascii');

import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
} from 'node:crypto';
import { randomBytes, sign as signWith, verify as verifyWith } from 'node:crypto';
import sodium from 'sodium-universal';

/**
 * The key schedule once more, from its description and from Node's `crypto` alone: no `hkdf`, and
 * nothing of the code under test. Only the crooked key is made with libsodium.
 */

export function L(part: Uint8Array | string): Buffer {
  const bytes = Buffer.from(part as Uint8Array);
  const size = bytes.length;
  return Buffer.from([size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255, ...bytes]);
}

export function joined(...parts: readonly (Uint8Array | string)[]): Buffer {
  return Buffer.concat(parts.map(L));
}

export function sha256(...parts: readonly Uint8Array[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}

export function hmac(key: Uint8Array, bytes: Uint8Array): Buffer {
  return createHmac('sha256', key).update(bytes).digest();
}

/** RFC 5869 with one block of output, which is 32 bytes. */
export function hkdf(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array): Buffer {
  const prk = hmac(salt.length === 0 ? Buffer.alloc(32) : salt, ikm);
  return hmac(prk, Buffer.concat([info, Buffer.from([1])]));
}

/** `X(key, label, ctx)`. */
export function X(key: Uint8Array, label: string, context: Uint8Array | string = ''): Buffer {
  return hkdf(key, Buffer.alloc(0), joined(label, context));
}

export function MAC(key: Uint8Array, ...parts: readonly (Uint8Array | string)[]): Buffer {
  return hmac(key, joined(...parts));
}

export function kid(publicKey: Uint8Array): Buffer {
  return sha256(L('beeline/kid/1'), publicKey);
}

/** An Ed25519 key pair of Node's, from its seed. */
export class HandIdentity {
  readonly publicKey: Buffer;
  readonly kid: Buffer;

  constructor(readonly seed: Buffer) {
    const spki = createPublicKey(this.secret()).export({ format: 'der', type: 'spki' });
    this.publicKey = Buffer.from(spki.subarray(-32));
    this.kid = kid(this.publicKey);
  }

  sign(...parts: readonly (Uint8Array | string)[]): Buffer {
    return signWith(null, joined(...parts), this.secret());
  }

  side(peer: Uint8Array): 'low' | 'high' {
    return Buffer.compare(this.publicKey, peer) < 0 ? 'low' : 'high';
  }

  pairRoot(peer: Buffer): Buffer {
    const [low, high] = [this.publicKey, peer].sort((one, other) => Buffer.compare(one, other));
    const scalar = createHash('sha512').update(this.seed).digest().subarray(0, 32);
    const shared = diffieHellman({
      privateKey: createPrivateKey({
        key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), scalar]),
        format: 'der',
        type: 'pkcs8',
      }),
      publicKey: createPublicKey({
        key: Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), montgomery(peer)]),
        format: 'der',
        type: 'spki',
      }),
    });
    const salt = Buffer.concat([low ?? peer, high ?? peer]);
    return hkdf(shared, salt, Buffer.from('beeline/pair-root/1'));
  }

  linkKey(peer: Buffer): Buffer {
    return X(this.pairRoot(peer), 'beeline/link/1');
  }

  private secret() {
    const key = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), this.seed]);
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  }
}

/**
 * A key that is off the main subgroup (a true one plus a point of order 8), for which its holder can
 * nevertheless sign: a hash that is a multiple of 8 makes the odd part vanish.
 */
export function crookedKey(seed: Buffer): {
  readonly publicKey: Buffer;
  sign(...parts: readonly (Uint8Array | string)[]): Buffer;
} {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const digest = createHash('sha512').update(seed).digest();
  const clamped = Buffer.from(digest.subarray(0, 32));
  clamped[0] = (clamped[0] ?? 0) & 248;
  clamped[31] = ((clamped[31] ?? 0) & 127) | 64;
  const scalar = fromLittleEndian(clamped) % order;
  const publicKey = Buffer.alloc(32);
  points.crypto_core_ed25519_add(publicKey, new HandIdentity(seed).publicKey, ORDER_8);
  return {
    publicKey,
    sign(...parts) {
      for (;;) {
        const r = fromLittleEndian(randomBytes(32)) % order;
        const R = Buffer.alloc(32);
        points.crypto_scalarmult_ed25519_base_noclamp(R, toLittleEndian(r));
        const sum = createHash('sha512')
          .update(R)
          .update(publicKey)
          .update(joined(...parts));
        const h = fromLittleEndian(sum.digest()) % order;
        if (h % 8n === 0n) return Buffer.concat([R, toLittleEndian((r + h * scalar) % order)]);
      }
    },
  };
}

const ORDER_8 = Buffer.from(
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'hex',
);
const points = sodium as unknown as {
  crypto_core_ed25519_add(sum: Buffer, one: Buffer, other: Buffer): void;
  crypto_scalarmult_ed25519_base_noclamp(point: Buffer, scalar: Buffer): void;
};

export function isSignedBy(
  publicKey: Uint8Array,
  signature: Uint8Array,
  ...parts: readonly (Uint8Array | string)[]
): boolean {
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  return verifyWith(null, joined(...parts), key, signature);
}

/** u = (1 + y) / (1 − y) modulo 2^255 − 19 (RFC 7748). */
function montgomery(publicKey: Buffer): Buffer {
  const p = 2n ** 255n - 19n;
  const y = fromLittleEndian(publicKey) & (2n ** 255n - 1n);
  const u = ((1n + y) * power((1n - y + p) % p, p - 2n, p)) % p;
  const hex = u.toString(16).padStart(64, '0');
  return Buffer.from(hex, 'hex').reverse();
}

function toLittleEndian(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse();
}

function fromLittleEndian(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

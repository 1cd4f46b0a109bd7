/** The few curve operations that are used; the package ships no types. All throw on failure. */
declare module 'sodium-universal' {
  export function crypto_sign_seed_keypair(
    publicKey: Uint8Array,
    secretKey: Uint8Array,
    seed: Uint8Array,
  ): void;
  export function crypto_sign_detached(
    signature: Uint8Array,
    message: Uint8Array,
    secretKey: Uint8Array,
  ): void;
  /** Throws on lengths, gives false on everything else that is wrong. */
  export function crypto_sign_verify_detached(
    signature: Uint8Array,
    message: Uint8Array,
    publicKey: Uint8Array,
  ): boolean;
  export function crypto_sign_ed25519_pk_to_curve25519(
    curvePublicKey: Uint8Array,
    publicKey: Uint8Array,
  ): void;
  export function crypto_sign_ed25519_sk_to_curve25519(
    curveSecretKey: Uint8Array,
    secretKey: Uint8Array,
  ): void;
  /** X25519: 32 random bytes, and their public half. */
  export function crypto_box_keypair(publicKey: Uint8Array, secretKey: Uint8Array): void;
  export function crypto_scalarmult(
    shared: Uint8Array,
    curveSecretKey: Uint8Array,
    curvePublicKey: Uint8Array,
  ): void;
}

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Bytes: 256 bits, so that guessing is no way in. */
const TOKEN_BYTES = 32;

/**
 * `used`: somebody was let in with it before, so it is in two hands. `late`: nobody used it in time.
 * `unknown`: it was never given out.
 */
export type Redeemed = 'good' | 'used' | 'late' | 'unknown';

interface Given {
  readonly digest: Buffer;
  readonly expiresAt: number;
  isUsed: boolean;
}

/**
 * Tokens that are good once. Kept as digests, which have one length, so that comparing tells nothing,
 * and all are compared, so that neither does the time it takes.
 */
export class OnceTokens {
  private readonly given: Given[] = [];

  constructor(private readonly now: () => number = Date.now) {}

  give(lifetimeMs: number): string {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    this.given.push({
      digest: digest(token),
      expiresAt: this.now() + lifetimeMs,
      isUsed: false,
    });
    return token;
  }

  /** Uses it up if it is good. */
  redeem(token: string): Redeemed {
    const found = this.find(token);
    const redeemed = this.judge(found);
    if (found !== undefined && redeemed === 'good') found.isUsed = true;
    return redeemed;
  }

  isGood(token: string): boolean {
    return this.judge(this.find(token)) === 'good';
  }

  private judge(found: Given | undefined): Redeemed {
    if (found === undefined) return 'unknown';
    if (found.isUsed) return 'used';
    return found.expiresAt <= this.now() ? 'late' : 'good';
  }

  private find(token: string): Given | undefined {
    const asked = digest(token);
    let found: Given | undefined;
    for (const one of this.given) if (timingSafeEqual(one.digest, asked)) found = one;
    return found;
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Messages that may come at once, and each second after that: faster than anybody writes. */
const BURST = 2_000;
const A_SECOND = 50;
/** Bytes likewise: two whole outboxes of large messages, then one large message a second. */
const BURST_BYTES = 64 * 1024 * 1024;
const BYTES_A_SECOND = 64 * 1024;
/** Messages, and bytes of them, that wait for this disk. */
export const MAX_PENDING = 1_000;
const MAX_PENDING_BYTES = 8 * 1024 * 1024;
/** Ids of messages that were passed over: more than anybody may have waiting. */
const MAX_PASSED = 2_000;

/**
 * Decides which messages are taken in. One that is not is not confirmed either, so its sender tells
 * it again later; until then all behind it are passed over too, or they would stand before it.
 */
export class ArrivalGate {
  private left = BURST;
  private bytesLeft = BURST_BYTES;
  private filledAt: number;
  private pending = 0;
  private pendingBytes = 0;
  private readonly passed = new Set<string>();

  constructor(private readonly now: () => number = () => performance.now()) {
    this.filledAt = now();
  }

  /**
   * Whether to take it; then `done` must follow.
   * @param isKnown it came before and only has to be confirmed again, in whatever order
   */
  admit(id: string, bytes: number, isKnown: boolean): boolean {
    // The sender has begun again when one comes that was passed over before.
    if (this.passed.size > 0 && !this.passed.has(id) && !isKnown) {
      this.pass([id]);
      return false;
    }
    this.fill();
    const isRoom =
      this.left >= 1 &&
      this.bytesLeft >= bytes &&
      this.pending < MAX_PENDING &&
      this.pendingBytes + bytes <= MAX_PENDING_BYTES;
    if (!isKnown) this.passed.clear();
    if (!isRoom) {
      if (!isKnown) this.pass([id]);
      return false;
    }
    this.left -= 1;
    this.bytesLeft -= bytes;
    this.pending += 1;
    this.pendingBytes += bytes;
    return true;
  }

  /** So many that were admitted are on disk, or were not to be put there. */
  done(messages: number, bytes: number): void {
    this.pending -= messages;
    this.pendingBytes -= bytes;
  }

  /** These were not taken in after all. */
  pass(ids: readonly string[]): void {
    for (const id of ids) if (this.passed.size < MAX_PASSED) this.passed.add(id);
  }

  /** Another lane, on which the sender begins with the first that was not confirmed. */
  begin(): void {
    this.passed.clear();
  }

  private fill(): void {
    const now = this.now();
    const seconds = Math.max(0, now - this.filledAt) / 1000;
    this.filledAt = now;
    this.left = Math.min(BURST, this.left + seconds * A_SECOND);
    this.bytesLeft = Math.min(BURST_BYTES, this.bytesLeft + seconds * BYTES_A_SECOND);
  }
}

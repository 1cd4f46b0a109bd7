/** Milliseconds after which a transfer that nobody goes on with ends, and what arrived is removed. */
export const ABANDONED_AFTER_MS = 14 * 24 * 60 * 60 * 1000;
/** Milliseconds between two notes of when it last moved: an hour more or less in two weeks is nothing. */
const NOTE_EVERY_MS = 60 * 60 * 1000;

/** Counts the time since a transfer last moved, also through restarts. */
export class Abandonment {
  private timer: NodeJS.Timeout | undefined;
  private movedAt: number;

  /** @param movedAt ISO 8601, from the journal */
  constructor(
    movedAt: string,
    private readonly parts: {
      readonly note: (movedAt: string) => void;
      readonly end: () => void;
    },
  ) {
    this.movedAt = Date.parse(movedAt);
    this.arm();
  }

  /** Bytes move; however often it is said. */
  moved(): void {
    if (Math.abs(Date.now() - this.movedAt) < NOTE_EVERY_MS) return;
    this.movedAt = Date.now();
    this.parts.note(new Date(this.movedAt).toISOString());
    this.arm();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private arm(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.parts.end, timeLeft(this.movedAt)).unref();
  }
}

/** Milliseconds; a clock that was set back cannot prolong it. */
function timeLeft(movedAt: number): number {
  const left = movedAt + ABANDONED_AFTER_MS - Date.now();
  return Math.max(0, Math.min(left, ABANDONED_AFTER_MS));
}

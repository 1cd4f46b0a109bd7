/** A minute, the window in which strangers' questions are counted. */
const WINDOW_MS = 60_000;
/** Questions one stranger may raise in a window before the rest is only counted. */
const PER_STRANGER = 3;
/** Questions that all strangers together may raise in a window. */
const ALL_STRANGERS = 10;

/** Decides which strangers' offers are announced and which are only counted. */
export class StrangerLimit {
  private announced: { readonly senderId: string; readonly at: number }[] = [];

  /** @param now milliseconds of a monotonic clock */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Whether this sender's next question should only be counted. */
  holds(senderId: string): boolean {
    const since = this.now() - WINDOW_MS;
    this.announced = this.announced.filter(({ at }) => at > since);
    const own = this.announced.filter((entry) => entry.senderId === senderId).length;
    if (own >= PER_STRANGER || this.announced.length >= ALL_STRANGERS) return true;
    this.announced.push({ senderId, at: this.now() });
    return false;
  }
}

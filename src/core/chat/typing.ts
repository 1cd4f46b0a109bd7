/** Milliseconds between two tellings that somebody writes, and until nothing more heard means no. */
const TYPING_EVERY_MS = 3_000;
const TYPING_FORGOTTEN_MS = 6_000;

/** The person here writes: told seldom, and taken back once. */
export class TypingHere {
  private toldAt = Number.NEGATIVE_INFINITY;
  private isTold = false;

  constructor(
    private readonly tell: (on: boolean) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  say(on: boolean): void {
    if (!on) {
      if (this.isTold) this.tell(false);
      this.isTold = false;
      return;
    }
    if (this.now() - this.toldAt < TYPING_EVERY_MS) return;
    this.toldAt = this.now();
    this.isTold = true;
    this.tell(true);
  }

  /** A message says it by itself, and another lane has heard nothing. */
  reset(): void {
    this.isTold = false;
    this.toldAt = Number.NEGATIVE_INFINITY;
  }
}

/** The other side writes, until it says otherwise or falls silent. */
export class TypingThere {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly changed: () => void,
    private readonly forgottenMs = TYPING_FORGOTTEN_MS,
  ) {}

  get isTyping(): boolean {
    return this.timer !== undefined;
  }

  hear(on: boolean): void {
    const before = this.isTyping;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (on) {
      this.timer = setTimeout(() => {
        this.hear(false);
      }, this.forgottenMs);
      this.timer.unref();
    }
    if (before !== this.isTyping) this.changed();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}

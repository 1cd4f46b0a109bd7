/**
 * Says that the person writes: at once, again while it goes on, and when it has stopped. The same in
 * the page and in the terminal.
 */
export class TypingTeller {
  private toldAt: number | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (isTyping: boolean) => void) {}

  typed(): void {
    const now = performance.now();
    if (this.toldAt === undefined || now - this.toldAt >= AGAIN_MS) {
      this.toldAt = now;
      this.tell(true);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.stopped();
    }, IDLE_MS);
  }

  stopped(): void {
    clearTimeout(this.timer);
    if (this.toldAt === undefined) return;
    this.toldAt = undefined;
    this.tell(false);
  }
}

/** Milliseconds between two tellings: the other side's indicator goes out by itself. */
const AGAIN_MS = 3000;
/** Milliseconds without a key after which nobody writes. */
const IDLE_MS = 5000;

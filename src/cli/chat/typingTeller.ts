import type { Conversation } from './conversation';

/** Milliseconds between two tellings, and of silence after which somebody has stopped writing. */
const EVERY_MS = 3000;
const STOPPED_MS = 5000;

/** Tells the other side that somebody is writing here, seldom enough. */
export class TypingTeller {
  #toldAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly conversation: Pick<Conversation, 'typing'>) {}

  /** A key was pressed in a line that has something in it. */
  pressed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.stopped();
    }, STOPPED_MS);
    const now = performance.now();
    if (now - this.#toldAt < EVERY_MS) return;
    this.#toldAt = now;
    this.conversation.typing(true);
  }

  /** The line is empty again, or nobody goes on with it. */
  stopped(): void {
    clearTimeout(this.#timer);
    if (this.#toldAt === Number.NEGATIVE_INFINITY) return;
    this.#toldAt = Number.NEGATIVE_INFINITY;
    this.conversation.typing(false);
  }
}

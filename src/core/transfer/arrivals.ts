/** Files that may be on their way to the disk at a time, and their bytes together. */
const MAX_FILES = 16;
const MAX_BYTES = 4 * 1024 * 1024;

interface Arrival {
  readonly index: number;
  isHere: boolean;
}

/**
 * The files that have come, of which some are still on their way to the disk: knows up to which one
 * all are there, and asks to wait when too many are not.
 */
export class Arrivals {
  readonly #onThrough: (index: number) => void;
  readonly #onError: (thrown: unknown) => void;
  /** In order; the first is not here yet. */
  readonly #waiting: Arrival[] = [];
  readonly #running = new Set<Promise<void>>();
  #bytes = 0;
  #failure: { readonly thrown: unknown } | undefined;

  /**
   * @param onThrough this file is here, and all before it
   * @param onError the disk failed, told once
   */
  constructor(onThrough: (index: number) => void, onError: (thrown: unknown) => void) {
    this.#onThrough = onThrough;
    this.#onError = onError;
  }

  /** A file that is here. */
  addHere(index: number): void {
    this.#settle(this.#add(index));
  }

  /**
   * A file that is here once this resolves. A returned promise asks the caller to wait; it rejects
   * with what the disk said of this or an earlier one.
   */
  add(index: number, bytes: number, writing: Promise<void>): Promise<void> | undefined {
    const arrival = this.#add(index);
    this.#bytes += bytes;
    const done = writing
      .then(() => {
        this.#settle(arrival);
      })
      .catch((thrown: unknown) => {
        this.#fail(thrown);
      })
      .finally(() => {
        this.#bytes -= bytes;
        this.#running.delete(done);
      });
    this.#running.add(done);
    return this.#isFull ? this.#room() : undefined;
  }

  /** Resolves when all are here. @throws what the disk said */
  async drain(): Promise<void> {
    await this.settle();
    this.#check();
  }

  /** Waits until nothing is written any more. Never rejects. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }

  get #isFull(): boolean {
    return this.#running.size >= MAX_FILES || this.#bytes >= MAX_BYTES;
  }

  async #room(): Promise<void> {
    while (this.#isFull) await Promise.race(this.#running);
    this.#check();
  }

  #add(index: number): Arrival {
    const arrival = { index, isHere: false };
    this.#waiting.push(arrival);
    return arrival;
  }

  #settle(arrival: Arrival): void {
    arrival.isHere = true;
    let through: number | undefined;
    while (this.#waiting[0]?.isHere === true) through = this.#waiting.shift()?.index;
    if (through !== undefined) this.#onThrough(through);
  }

  #fail(thrown: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { thrown };
    this.#onError(thrown);
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.thrown;
  }
}

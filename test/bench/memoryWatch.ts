/** Bytes resident. */
export interface MemoryMarks {
  readonly peak: number;
  /** When a tenth was through; the memory of a process that has come up to speed. */
  readonly atTenth: number;
  readonly atEnd: number;
}

/** Milliseconds between two looks; much shorter than a garbage collector lets memory grow unseen. */
const LOOK_EVERY_MS = 50;

/** Watches the resident memory of its own process. */
export class MemoryWatch {
  readonly #total: number;
  readonly #timer: NodeJS.Timeout;
  #peak = 0;
  #atTenth = 0;
  #atEnd = 0;

  constructor(totalBytes: number) {
    this.#total = totalBytes;
    this.#timer = setInterval(() => {
      this.#look();
    }, LOOK_EVERY_MS).unref();
  }

  progress(bytes: number): void {
    if (this.#atTenth === 0 && bytes >= this.#total / 10) this.#atTenth = this.#look();
    if (this.#atEnd === 0 && bytes >= this.#total) this.#atEnd = this.#look();
  }

  finish(): MemoryMarks {
    clearInterval(this.#timer);
    const now = this.#look();
    return { peak: this.#peak, atTenth: this.#atTenth || now, atEnd: this.#atEnd || now };
  }

  #look(): number {
    const bytes = process.memoryUsage.rss();
    this.#peak = Math.max(this.#peak, bytes);
    return bytes;
  }
}

import { Violation } from '../properties';

/** Milliseconds between two looks. */
const EVERY_MS = 300;
/** Looks until what is loaded, compiled and kept on purpose has been loaded, compiled and kept. */
const WARM_UP = 3;
/** Bytes; the corpus itself grows, too, by far less. */
const MAX_GROWTH_BYTES = 32 * 1024 * 1024;

/** Finds what is held for ever: after a garbage collection there must not be ever more. */
export class MemoryGuard {
  private looks = 0;
  private baseline = Number.POSITIVE_INFINITY;
  private nextLook = 0;

  check(): void {
    const now = performance.now();
    if (now < this.nextLook) return;
    this.nextLook = now + EVERY_MS;
    // With --expose-gc.
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    const bytes = heapUsed + external;
    if (this.looks++ < WARM_UP) this.baseline = bytes;
    const grown = bytes - this.baseline;
    if (grown > MAX_GROWTH_BYTES) {
      throw new Violation(`${grown} more bytes of memory after garbage collection`);
    }
  }
}

/** Random numbers that a seed repeats (sfc32, as PractRand has it); not for keys. */
export class Random {
  private readonly state: Uint32Array;

  constructor(seed: number) {
    this.state = new Uint32Array([0x9e3779b9, 0x243f6a88, seed, 1]);
    for (let warm = 0; warm < 16; warm++) this.next();
  }

  /** A whole number from 0 to below `limit`, which is at least 1. */
  below(limit: number): number {
    return Math.floor((this.next() / 2 ** 32) * limit);
  }

  /** Whether one time in so many. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(items: readonly [T, ...(readonly T[])]): T;
  pick<T>(items: readonly T[]): T | undefined;
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }

  /** From 1, and smaller ones more often: half of what is left each time. */
  few(most: number): number {
    let count = 1;
    while (count < most && this.oneIn(2)) count++;
    return count;
  }

  private next(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.state;
    const sum = (a + b + d) | 0;
    this.state[3] = d + 1;
    this.state[0] = b ^ (b >>> 9);
    this.state[1] = c + (c << 3);
    this.state[2] = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  }
}

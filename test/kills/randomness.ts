import { randomBytes } from 'node:crypto';
import { seeded } from '../core/transfer/transferFixture';

export interface Randomness {
  /** At least 0, less than 1. */
  readonly fraction: () => number;
  /** At least `from`, less than `to`. */
  between(from: number, to: number): number;
  shuffled<T>(list: readonly T[]): T[];
}

/** What chance decides in the tests of one `describe`; a failure is played again with `SEED=…`. */
export function withRandomness(): Randomness {
  const seed = Number(process.env['SEED'] ?? randomBytes(4).readUInt32LE());
  let fraction = seeded(seed);
  // Anew for each test, so that one alone is played as it was among the others.
  beforeEach(() => {
    fraction = seeded(seed);
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(`with SEED=${String(seed)}`);
  });
  return {
    fraction: () => fraction(),
    between: (from, to) => from + fraction() * (to - from),
    shuffled: (list) =>
      list
        .map((item) => ({ item, at: fraction() }))
        .sort((one, other) => one.at - other.at)
        .map(({ item }) => item),
  };
}

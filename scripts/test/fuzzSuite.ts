import { fuzzAll } from '../../test/fuzz/fuzzAll';
import type { Suite } from './suite';

/** Every decoder against inputs made to break it, for a while; each target counts as one test. */
export function fuzzSuite(name: string): Suite {
  return {
    name,
    parts: [
      {
        cores: 1,
        run: async (scratch, print) => ({ ...(await fuzzAll({ scratch, print })), skipped: 0 }),
      },
    ],
  };
}

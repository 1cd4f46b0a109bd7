import { fuzzAll } from '../../test/fuzz/fuzzAll';
import type { Counts } from './counts';

/** Every decoder against inputs made to break it, for a while; each target counts as one test. */
export function fuzzSuite(name: string): {
  readonly name: string;
  readonly run: (scratch: string, print: (text: string) => void) => Promise<Counts>;
} {
  return {
    name,
    run: async (scratch, print) => {
      try {
        return { ...(await fuzzAll({ scratch, print })), skipped: 0 };
      } catch (thrown) {
        // What cannot be built is one failure here, and no reason to lose the other suites.
        print(`${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`);
        return { passed: 0, failed: 1, skipped: 0 };
      }
    },
  };
}

import type { Execution } from './execution';

/** Runs that the search for a smaller input may take. */
const MAX_RUNS = 3000;

/** A shorter input that breaks in the same way: pieces are left out for as long as it still does. */
export async function minimise(input: Buffer, execution: Execution): Promise<Buffer> {
  const kind = kindOf(await execution.attempt(input));
  if (kind === undefined) return input;
  let smallest = input;
  let left = MAX_RUNS;
  for (let size = smallest.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < smallest.length && left > 0; left--) {
      const shorter = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      if (kindOf(await execution.attempt(shorter)) === kind) smallest = shorter;
      else at += size;
    }
  }
  return smallest;
}

/** Numbers in a message belong to the input, not to the fault. */
function kindOf(error: Error | undefined): string | undefined {
  return error === undefined ? undefined : `${error.name}: ${error.message.replace(/\d+/g, '0')}`;
}

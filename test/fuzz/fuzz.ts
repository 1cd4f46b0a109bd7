import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fuzzAll } from './fuzzAll';
import { targetNames, type TargetName } from './target';

/**
 * `node --import tsx test/fuzz/fuzz.ts [--seconds N] [--seed N] [--keep] [TARGET…]`: the suite of
 * `npm test -- fuzz` for longer, for some targets, or to keep what it finds in the repository.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string' },
      seed: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.find((name) => !isTarget(name));
  if (unknown !== undefined) {
    console.error(`${unknown} is no target. There are: ${targetNames.join(', ')}`);
    return 2;
  }
  const names = positionals.filter(isTarget);
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'beeline-fuzz-'));
  try {
    const results = await fuzzAll({
      names: names.length === 0 ? targetNames : names,
      ...(values.seconds !== undefined && { seconds: Number(values.seconds) }),
      ...(values.seed !== undefined && { seed: Number(values.seed) }),
      keep: values.keep,
      scratch,
      print: (text) => process.stdout.write(text),
    });
    return results.failed === 0 ? 0 : 1;
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}

function isTarget(name: string): name is TargetName {
  return (targetNames as readonly string[]).includes(name);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);

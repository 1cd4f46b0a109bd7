import { type Model, Random, file, folder, link, receive } from './treeFixture';
import type { Ledger } from '../../../../src/core/receivefs/tree/ledger';

const KIB = 1024;

/** Receives the model anew, and gives what is needed for updates of it. */
export async function received(
  directory: string,
  model: Model,
): Promise<{ ledger: Ledger; target: string }> {
  const { ledger, placed } = await receive({ kind: 'new', directory }, model);
  return { ledger, target: placed.roots[0]?.path ?? '' };
}

/** What was received before. */
export function base(): Model {
  return new Map<string, ReturnType<typeof file>>([
    ['p', folder()],
    ['p/changed.txt', file('before')],
    ['p/kept', file('kept')],
    ['p/large', file(new Random(9).bytes(512 * KIB))],
    ['p/sub', folder()],
    ['p/sub/gone', file('gone')],
    ['p/sub/link', link('gone')],
  ]);
}

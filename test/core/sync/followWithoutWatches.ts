import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { followFolder } from '../../../src/core/sync/folderSync';
import { withFolder } from '../transfer/source/sourceFixture';
import { EngineByHand } from './engineByHand';

/** More folders than the system watches here; a change in the last one is noticed all the same. */
async function main(): Promise<void> {
  await withFolder(async (folder) => {
    for (let index = 0; index < 30; index++) {
      await mkdir(path.join(folder, 'p', String(index)), { recursive: true });
    }
    const hand = new EngineByHand();
    const end = new AbortController();
    const following = followFolder({
      engine: hand.engine,
      path: path.join(folder, 'p'),
      recipientId: 'agent-b',
      delete: false,
      debounceMs: 40,
      signal: end.signal,
      onRound: (state) => {
        if (state.kind !== 'watching' || state.by !== 'polling' || told) return;
        told = true;
        process.stdout.write('polling ');
        if (!state.error.message.includes('max_user_watches')) process.stdout.write('unclear ');
      },
    });
    let told = false;
    await hand.offered(1);
    await writeFile(path.join(folder, 'p/29/late'), '');
    while (!hand.lists.flat().includes('p/29/late')) await hand.offered(hand.offers.length + 1);
    process.stdout.write('noticed\n');
    end.abort();
    await following;
  });
}

void main();

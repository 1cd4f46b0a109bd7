import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startHub } from '../../src/hub/hub';

/** Names the folder of a template that another process made, so that a run makes one for all. */
export const DATABASE_TEMPLATE = 'BEELINE_TEST_DATABASE';

/** An empty database of a hub. Making one takes seconds, copying it does not. */
export async function makeDatabaseTemplate(within = os.tmpdir()): Promise<string> {
  const folder = await mkdtemp(path.join(within, 'beeline-hub-template-'));
  const hub = await startHub({ dataDir: path.join(folder, 'data') });
  await hub.stop();
  return folder;
}

import fs from 'node:fs/promises';
import path from 'node:path';
import lockfile from 'proper-lockfile';
import { downloads } from './projectRoot';

/**
 * The folder `.vscode-test/NAME`, filled by `install` the first time.
 *
 * `install` fills a sibling that gets its final name only when complete, so an interrupted run
 * leaves nothing that looks installed. A lock makes a second process wait instead of doing it too.
 */
export async function installOnce(
  name: string,
  install: (partial: string) => Promise<void>,
  log: (line: string) => void,
): Promise<string> {
  const folder = path.join(downloads, name);
  if (await exists(folder)) return folder;
  await fs.mkdir(downloads, { recursive: true });
  const release = await lockfile.lock(folder, {
    realpath: false,
    stale: LOCK_STALE_MS,
    retries: { retries: LOCK_WAIT_MS / LOCK_RETRY_MS, factor: 1, minTimeout: LOCK_RETRY_MS },
  });
  try {
    if (await exists(folder)) return folder;
    const started = Date.now();
    const partial = `${folder}.partial`;
    await fs.rm(partial, { recursive: true, force: true });
    await fs.mkdir(partial);
    await install(partial);
    await fs.rename(partial, folder);
    log(`${name}: installed in ${String(Math.round((Date.now() - started) / 1000))} s`);
    return folder;
  } finally {
    await release();
  }
}

/** A process that holds the lock renews it far more often than this. */
const LOCK_STALE_MS = 30_000;
/** Longer than the slowest install takes on a busy machine. */
const LOCK_WAIT_MS = 600_000;
const LOCK_RETRY_MS = 1000;

export async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}

import lockfile from 'proper-lockfile';
import { errors } from '../../core/errors';

/**
 * A lock that was not touched for so long belongs to a hub that was killed, milliseconds. Long enough
 * for a hub on a busy machine, since two on one folder would spoil it.
 */
const STALE_MS = 10_000;
const TOUCH_MS = 1000;
/** A hub that is started again right after it was killed waits its own lock out. */
const ATTEMPTS = 24;
const ATTEMPT_MS = 500;

/**
 * Takes a data folder for this process and gives the function that returns it.
 * @throws CONFIG_INVALID when another hub holds it
 */
export async function lockFolder(
  folder: string,
  log: (line: string) => void,
): Promise<() => Promise<void>> {
  let release: (() => Promise<void>) | undefined;
  try {
    release = await lockfile.lock(folder, {
      lockfilePath: `${folder}.lock`,
      stale: STALE_MS,
      update: TOUCH_MS,
      retries: { retries: ATTEMPTS, factor: 1, minTimeout: ATTEMPT_MS, maxTimeout: ATTEMPT_MS },
      onCompromised: (error) => {
        log(`The lock on ${folder} was taken by another process: ${error.message}`);
      },
    });
  } catch (cause) {
    const taken = (cause as { code?: unknown }).code === 'ELOCKED';
    throw errors.configInvalid(
      taken
        ? `Another hub keeps its state in ${folder}. Stop it, or give this one another folder.`
        : `The folder ${folder} cannot be locked: ${String(cause)}`,
      { cause },
    );
  }
  return async () => {
    // A lock that somebody else took over, or that was deleted, needs no release.
    await release().catch(() => undefined);
  };
}

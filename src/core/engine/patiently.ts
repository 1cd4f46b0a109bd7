import { setTimeout as delay } from 'node:timers/promises';
import { toBeelineError } from '../errors';

/** Milliseconds between tries while the service is away: soon after a restart, gently for hours. */
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 10_000;
/** Tries at a service that answers and fails: it, or a proxy before it, may be just starting. */
const MAX_STUMBLES = 6;

/**
 * Asks the service, again and again while it cannot be reached, and a few times while it stumbles.
 * Rejects with its refusal, or with the signal's reason.
 */
export async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  let stumbles = 0;
  for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (thrown) {
      const { code } = toBeelineError(thrown);
      if (code === 'ATS_REFUSED' || code === 'ATS_BAD_ANSWER') stumbles += 1;
      else if (code !== 'ATS_UNREACHABLE') throw thrown;
      if (stumbles >= MAX_STUMBLES) throw thrown;
    }
    await delay(wait, undefined, { signal }).catch(() => undefined);
  }
}

import { setTimeout as delay } from 'node:timers/promises';

const LIMIT_MS = 30_000;
const PAUSE_MS = 50;

/** Looks again and again until it is so; then, and only then, the test goes on. */
export async function poll(
  isSo: () => boolean | Promise<boolean>,
  what: string | (() => string),
  limitMs = LIMIT_MS,
): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > end) {
      throw new Error(`Waited for ${typeof what === 'string' ? what : what()}.`);
    }
    await delay(PAUSE_MS);
  }
}

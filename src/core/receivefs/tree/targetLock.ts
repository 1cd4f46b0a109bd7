import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { errors } from '../../errors';

/** One engine per home, and one home per target: within the process is enough. */
const busy = new Set<string>();

/** Resolves with the function that lets go; it may be called again. @throws TARGET_BUSY */
export async function lockTarget(target: string): Promise<() => void> {
  const absolute = path.resolve(target);
  const key = await realpath(absolute).catch(() => absolute);
  if (busy.has(key)) throw errors.targetBusy(absolute);
  busy.add(key);
  let isHeld = true;
  return () => {
    if (isHeld) busy.delete(key);
    isHeld = false;
  };
}

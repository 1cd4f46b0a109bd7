import { errors } from '../core/errors';

/**
 * Loads what only a hub needs when it is needed, so that the rest works where it is not installed.
 * @throws PART_MISSING when the package itself is absent; a broken one throws what it throws
 */
export async function loadPart<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (isAbsent(error, name)) throw errors.partMissing(name, { cause: error });
    throw error;
  }
}

function isAbsent(error: unknown, name: string): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return (
    error instanceof Error &&
    (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') &&
    error.message.includes(`'${name}'`)
  );
}

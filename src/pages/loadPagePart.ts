import { errors } from '../core/errors';

/**
 * Loads what only a page in the browser needs when it is needed, so that the rest works without.
 * @throws PART_MISSING when the package itself is absent; a broken one throws what it throws
 */
export async function loadPagePart<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const code = (error as { code?: unknown } | null)?.code;
    const isAbsent =
      error instanceof Error &&
      (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') &&
      error.message.includes(`'${name}'`);
    throw isAbsent ? errors.partMissing(name, { cause: error }) : error;
  }
}

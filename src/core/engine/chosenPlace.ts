import path from 'node:path';
import type { Decision } from '../engine';
import { errors } from '../errors';

/** Where something accepted goes: under its own name in a folder, or under exactly this path. */
export type ChosenPlace = { readonly directory: string } | { readonly path: string };

/** @throws CONFIG_INVALID */
export function chosenPlace(
  decision: Pick<Extract<Decision, { kind: 'accept' }>, 'directory' | 'path'>,
  saveDirectory: string,
): ChosenPlace {
  const directory = decision.directory ?? saveDirectory;
  for (const given of [directory, decision.path]) {
    if (given !== undefined && !path.isAbsolute(given)) {
      throw errors.configInvalid(`Where to save must be an absolute path, not "${given}".`);
    }
  }
  return decision.path === undefined ? { directory } : { path: decision.path };
}

/** The folder in which it will lie. */
export function folderOf(place: ChosenPlace): string {
  return 'path' in place ? path.dirname(place.path) : place.directory;
}

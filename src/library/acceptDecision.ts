import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Decision } from '../core/engine';
import type { IncomingOffer } from '../core/events';

type Accepting = Extract<Decision, { kind: 'accept' }>;

/**
 * Where an accepted offer is saved.
 * @param target as `FileOffer.accept` takes it
 * @param directory the folder when nothing is named, absolute
 */
export async function acceptDecision(
  offer: IncomingOffer,
  target: string | undefined,
  directory: string,
): Promise<Accepting> {
  // What was granted goes on where it is; a folder that is named may be another one.
  if (offer.sync?.granted === true && (await isWithin(offer.sync.path, target))) {
    return { kind: 'accept' };
  }
  if (target === undefined) return { kind: 'accept', directory };
  const absolute = path.resolve(target);
  const isFolder =
    /[/\\]$/.test(target) ||
    ((await stat(absolute).catch(() => undefined))?.isDirectory() ?? false);
  return isFolder ? { kind: 'accept', directory: absolute } : { kind: 'accept', path: absolute };
}

/** Whether a place that is named is the granted folder, or the folder that it lies in. */
async function isWithin(granted: string | undefined, named: string | undefined): Promise<boolean> {
  if (named === undefined) return true;
  if (granted === undefined) return false;
  const real = (where: string): Promise<string> => realpath(where).catch(() => where);
  const place = await real(path.resolve(named));
  return place === (await real(granted)) || place === (await real(path.dirname(granted)));
}

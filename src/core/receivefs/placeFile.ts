import { link, open, opendir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { errors } from '../errors';
import { systemCode } from './diskError';
import { MAX_NAME_BYTES, foldName, splitExtension } from './fileName';
import { fitName } from './safeName';

/** Tries before giving up; nobody keeps that many files of one name. */
const MAX_COPIES = 9_999;
/** Bytes a name is cut to where the disk takes less than 255, such as an encrypted home's 143. */
const SHORT_NAME_BYTES = 120;

/**
 * Moves the finished partial to the name, or to `name (1).ext` and so on, and never over anything.
 * Taken is also what differs only in case or Unicode spelling, since a person, and another system,
 * takes the two for one. Resolves with the path.
 */
export async function placeFile(
  partial: string,
  directory: string,
  name: string,
  claim: Claim = claimName,
): Promise<string> {
  const taken = await takenNames(directory, name);
  let wanted = name;
  for (let copy = 0; copy <= MAX_COPIES; copy++) {
    const candidate = numbered(wanted, copy);
    if (taken.has(foldName(candidate))) continue;
    const target = path.join(directory, candidate);
    try {
      await claim(partial, target);
      await flushFolder(directory);
      return target;
    } catch (thrown) {
      const code = systemCode(thrown);
      if (code === 'ENAMETOOLONG' && wanted === name) {
        wanted = fitName(name, SHORT_NAME_BYTES);
        copy = -1;
      } else if (code !== 'EEXIST') throw thrown;
    }
  }
  throw errors.folderUnusable(directory, `it holds ${MAX_COPIES} files of that name`);
}

export function numbered(name: string, copy: number): string {
  if (copy === 0) return name;
  const mark = ` (${copy})`;
  const { stem, extension } = splitExtension(fitName(name, MAX_NAME_BYTES - mark.length));
  return stem + mark + extension;
}

/** Moves the partial to the target, or rejects with EEXIST, in one step that cannot be raced. */
export type Claim = (partial: string, target: string) => Promise<void>;

export const claimName: Claim = async (partial, target) => {
  try {
    await link(partial, target);
  } catch (thrown) {
    if (!lacksLinks.has(systemCode(thrown))) throw thrown;
    await claimByPlaceholder(partial, target);
    return;
  }
  await rm(partial, { force: true });
};

/**
 * For disks without hard links: an empty file reserves the name, and the partial takes its place.
 * A crash between the two leaves that empty file.
 */
export const claimByPlaceholder: Claim = async (partial, target) => {
  await (await open(target, 'wx')).close();
  try {
    await rename(partial, target);
  } catch (thrown) {
    await rm(target, { force: true });
    throw thrown;
  }
};

/** EPERM is what Linux says on FAT, EACCES Android, EISDIR and UNKNOWN some drives on Windows. */
const lacksLinks = new Set([
  'EPERM',
  'EACCES',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EINVAL',
  'EMLINK',
  'EISDIR',
  'UNKNOWN',
]);

/** The folded names in the folder that begin like this one; only those can be in the way. */
async function takenNames(directory: string, name: string): Promise<ReadonlySet<string>> {
  const begin = foldName(splitExtension(name).stem).slice(0, COMPARED_CHARACTERS);
  const taken = new Set<string>();
  for await (const entry of await opendir(directory, { bufferSize: 1_024 })) {
    const folded = foldName(entry.name);
    if (folded.startsWith(begin)) taken.add(folded);
  }
  return taken;
}

/** Short enough that also a name cut to make room for its number begins like this. */
const COMPARED_CHARACTERS = 16;

/** Makes the name itself durable. Windows and some network drives cannot, and do not need it. */
async function flushFolder(directory: string): Promise<void> {
  try {
    const handle = await open(directory, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // The bytes are safe; only the name could be lost with the power.
  }
}

import { type FileHandle, lutimes, open } from 'node:fs/promises';
import { constants } from 'node:fs';
import { systemCode } from '../diskError';

/** Half a microsecond: libuv cuts what a floating-point number of seconds has too little. */
const ROUNDING_S = 5e-7;

/** Whole milliseconds as the seconds that Node takes, so that the very same come out again. */
export function secondsOf(mtime: number): number {
  return mtime / 1000 + ROUNDING_S;
}

/** Of what may be a link, which is not followed. Disks that cannot are left as they are. */
export async function setTime(file: string, mtime: number): Promise<void> {
  await lutimes(file, secondsOf(mtime), secondsOf(mtime)).catch(ignoreUnable);
}

/** Mode and time of an open file or folder. FAT and network shares have no modes. */
export async function setTraits(
  handle: FileHandle,
  traits: { readonly mode: number; readonly mtime: number },
): Promise<void> {
  const seconds = secondsOf(traits.mtime);
  await handle.utimes(seconds, seconds).catch(ignoreUnable);
  await handle.chmod(traits.mode).catch(ignoreUnable);
}

/** The same by name, without following a link that somebody put there. */
export async function setTraitsOf(
  file: string,
  traits: { readonly mode: number; readonly mtime: number },
): Promise<void> {
  const handle = await openAny(file);
  if (handle === undefined) return;
  try {
    await setTraits(handle, traits);
  } finally {
    await handle.close();
  }
}

/** Who may not read a file of theirs may perhaps write it. Without either its traits stay. */
async function openAny(file: string): Promise<FileHandle | undefined> {
  for (const access of [constants.O_RDONLY, constants.O_WRONLY]) {
    try {
      return await open(file, access | NO_FOLLOW);
    } catch (thrown) {
      if (!['EACCES', 'EPERM', 'EISDIR'].includes(systemCode(thrown))) throw thrown;
    }
  }
  return undefined;
}

const NO_FOLLOW =
  ((constants as Partial<typeof constants>).O_NOFOLLOW ?? 0) |
  ((constants as Partial<typeof constants>).O_NONBLOCK ?? 0);

function ignoreUnable(thrown: unknown): void {
  if (!UNABLE.has(systemCode(thrown))) throw thrown;
}

const UNABLE = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EROFS']);

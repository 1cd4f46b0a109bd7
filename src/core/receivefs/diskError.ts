import { BeelineError, errors } from '../errors';

/** What the file system threw, as one of our errors about the folder. */
export function diskError(folder: string, thrown: unknown): BeelineError {
  if (thrown instanceof BeelineError) return thrown;
  const code = systemCode(thrown);
  if (code === 'ENOSPC' || code === 'EDQUOT') return errors.diskFull(folder, { cause: thrown });
  return errors.folderUnusable(folder, reasons[code] ?? `the disk answered ${code}`, {
    cause: thrown,
  });
}

/** The system's own name for an error, such as `ENOENT`. */
export function systemCode(thrown: unknown): string {
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') {
    return thrown.code;
  }
  return 'an unknown error';
}

const reasons: Readonly<Record<string, string | undefined>> = {
  EACCES: 'your permissions do not allow it',
  EPERM: 'your permissions do not allow it',
  EROFS: 'it is read-only',
  ENOENT: 'it is not there any more',
  ENOTDIR: 'a part of it is a file, not a folder',
  EEXIST: 'it is a file, not a folder',
  ENAMETOOLONG: 'its path is too long for this disk',
  EINVAL: 'this disk does not take such a name',
  EILSEQ: 'this disk does not take such a name',
  EFBIG: 'this disk does not hold files of that size',
  EIO: 'the disk reports a defect',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ESTALE: 'the network drive went away',
};

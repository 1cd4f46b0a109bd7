import path from 'node:path';
import type { ManifestEntry } from '../../../src/core/wire/v2Entry';
import { demand } from '../properties';

/** What an entry may say, told apart from how the decoder finds out. */
export function demandGoodEntry(entry: ManifestEntry): void {
  const { mode, mtime, size } = entry;
  demand(Number.isInteger(mode) && mode >= 0 && mode <= 0o777, 'a mode beyond permissions');
  demand(!Number.isNaN(new Date(mtime).getTime()) && mtime >= 0, 'a time that is none');
  demand(Number.isSafeInteger(size) && size >= 0, 'a size that is none');
  demandHarmless(entry.path);
  if (entry.kind === 'link') {
    demand(entry.target !== '' && !entry.target.includes('\0'), 'a link to nowhere');
  }
}

/** Below any folder on any system it names something below that folder, and only one thing. */
function demandHarmless(relative: string): void {
  demand(Buffer.byteLength(relative) <= 4096, 'a path of too many bytes');
  demand(Buffer.from(relative).toString() === relative, 'a path that is not Unicode');
  demand(!relative.includes('\0'), 'a path with a NUL');
  demand(path.posix.normalize(relative) === relative, 'a path with detours');
  demand(path.posix.join('/home', relative).startsWith('/home/'), 'a path out of its folder');
  const onWindows = path.win32.join('Z:\\home', relative);
  demand(onWindows.startsWith('Z:\\home\\'), 'a path out of its folder on Windows');
  demand(!path.win32.isAbsolute(relative), 'a path that is absolute on Windows');
  demand(path.win32.resolve('Z:\\home', relative) === onWindows, 'a path to another drive');
  demand(!relative.endsWith('/'), 'a path that ends with a slash');
}

import fs from 'node:fs';
import { type DiskWork, disk } from '../shortCalls';
import { secondsOf } from './fileTimes';

/** Writes a small file that is not there yet, with its mode and time. */
export function* writeSmall(
  file: string,
  content: Buffer,
  traits: { readonly mode: number; readonly mtime: number; readonly keptMode: number },
): DiskWork<void> {
  const fd = yield* disk.open(file, CREATE_FLAGS, traits.mode);
  try {
    for (let written = 0; written < content.length;) {
      written += yield* disk.write(fd, content, written, written);
    }
    // Disks without times and modes keep what they can.
    yield* ifPossible(disk.futimes(fd, secondsOf(traits.mtime)));
    if ((traits.mode & traits.keptMode) !== traits.mode) {
      yield* ifPossible(disk.fchmod(fd, traits.mode));
    }
  } finally {
    yield* ifPossible(disk.close(fd));
  }
}

function* ifPossible(work: DiskWork<void>): DiskWork<void> {
  try {
    yield* work;
  } catch {
    // As the one who calls has it.
  }
}

const CREATE_FLAGS =
  fs.constants.O_WRONLY |
  fs.constants.O_CREAT |
  fs.constants.O_EXCL |
  ((fs.constants as Partial<typeof fs.constants>).O_NOFOLLOW ?? 0);

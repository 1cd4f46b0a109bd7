import fs from 'node:fs';
import { secondsOf } from './fileTimes';

/**
 * Writes a small file that is not there yet, with its mode and time. By callbacks: for ten thousand
 * files, the handles of `fs/promises` cost as much as the disk.
 */
export function writeSmall(
  file: string,
  content: Buffer,
  traits: { readonly mode: number; readonly mtime: number; readonly keptMode: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.open(file, CREATE_FLAGS, traits.mode, (failed, fd) => {
      if (failed !== null) {
        reject(failed);
        return;
      }
      const end = (thrown?: Error | null): void => {
        fs.close(fd, () => {
          if (thrown === null || thrown === undefined) resolve();
          else reject(thrown);
        });
      };
      writeRest(fd, content, 0, (thrown) => {
        if (thrown !== null) {
          end(thrown);
          return;
        }
        const seconds = secondsOf(traits.mtime);
        // Disks without times and modes keep what they can.
        fs.futimes(fd, seconds, seconds, () => {
          if ((traits.mode & traits.keptMode) === traits.mode) end();
          else {
            fs.fchmod(fd, traits.mode, () => {
              end();
            });
          }
        });
      });
    });
  });
}

function writeRest(
  fd: number,
  content: Buffer,
  from: number,
  done: (thrown: Error | null) => void,
): void {
  if (from === content.length) {
    done(null);
    return;
  }
  fs.write(fd, content, from, content.length - from, from, (thrown, written) => {
    if (thrown !== null) done(thrown);
    else writeRest(fd, content, from + written, done);
  });
}

const CREATE_FLAGS =
  fs.constants.O_WRONLY |
  fs.constants.O_CREAT |
  fs.constants.O_EXCL |
  ((fs.constants as Partial<typeof fs.constants>).O_NOFOLLOW ?? 0);

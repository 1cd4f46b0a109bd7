import { execFileSync } from 'node:child_process';
import fs from 'node:fs/promises';

/** A disk of its own at a folder, whose size can be changed while it is used. */
export interface SmallDisk {
  /** Leaves no more room than this, in bytes, beside what is used. */
  fill(room: number): Promise<void>;
  /** Makes it as large as this, in bytes. */
  grow(size: number): void;
  unmount(): void;
}

/** Undefined where none can be mounted, which needs root on Linux. */
export async function mountDisk(folder: string, size: number): Promise<SmallDisk | undefined> {
  await fs.mkdir(folder, { recursive: true });
  const mount = (options: string, ...rest: string[]) =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, ...rest, folder], { stdio: 'pipe' });
  try {
    mount(`size=${String(size)}`, 'tmpfs');
  } catch {
    return undefined;
  }
  return {
    async fill(room) {
      const { bsize, blocks, bfree } = await fs.statfs(folder);
      mount(`remount,size=${String((blocks - bfree) * bsize + room)}`);
    },
    grow(bytes) {
      mount(`remount,size=${String(bytes)}`);
    },
    unmount() {
      execFileSync('umount', ['-l', folder]);
    },
  };
}

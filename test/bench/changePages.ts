import { randomBytes, randomInt } from 'node:crypto';
import { open } from 'node:fs/promises';

/** Bytes that databases write at once. */
const PAGE_BYTES = 4096;

/** Writes this share of a file's pages anew, at random places, each once. */
export async function changePages(file: string, share: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const pages = Math.floor((await handle.stat()).size / PAGE_BYTES);
    const changed = new Set<number>();
    while (changed.size < Math.ceil(pages * share)) changed.add(randomInt(pages));
    for (const page of changed) {
      await handle.write(randomBytes(PAGE_BYTES), 0, PAGE_BYTES, page * PAGE_BYTES);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

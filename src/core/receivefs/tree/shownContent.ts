import { type FileHandle, open } from 'node:fs/promises';
import { errors } from '../../errors';
import { READ_FLAGS, stampOf } from './fileHashes';

/** A file, or its beginning, as it was read when the plan was made. */
export interface ShownPart {
  readonly path: string;
  readonly stamp: string;
  /** Bytes up to which it is used. */
  readonly to: number;
}

/**
 * What a plan showed of a file by blocks: what had arrived of it, and behind that the earlier version
 * from the same offset on. Without the first, a file that changed all over would never get further
 * than one link lasts.
 */
export class ShownContent {
  readonly #handles: (FileHandle | undefined)[] = [];

  constructor(
    readonly parts: readonly ShownPart[],
    /** Bytes. */
    readonly size: number,
  ) {}

  /** Reads a range, wherever it lies. @throws FOLDER_UNUSABLE when it is not as it was any more */
  async read(target: Buffer, position: number): Promise<void> {
    for (let done = 0; done < target.length;) {
      const at = position + done;
      const index = this.parts.findIndex((part) => at < part.to);
      const part = this.parts[index];
      if (part === undefined) throw errors.protocol('a copy of what is not there');
      const handle = (this.#handles[index] ??= await openAsShown(part));
      const wanted = Math.min(target.length - done, part.to - at);
      const { bytesRead } = await handle.read(target, done, wanted, at);
      if (bytesRead === 0) throw changed(part.path);
      done += bytesRead;
    }
  }

  /** Once all of it was used: whether it stayed as it was all the time. @throws FOLDER_UNUSABLE */
  async demandUnchanged(): Promise<void> {
    for (const [index, handle] of this.#handles.entries()) {
      const part = this.parts[index];
      if (handle === undefined || part === undefined) continue;
      if (stampOf(await handle.stat({ bigint: true })) !== part.stamp) throw changed(part.path);
    }
  }

  async close(): Promise<void> {
    for (const handle of this.#handles.splice(0)) await handle?.close();
  }
}

async function openAsShown(part: ShownPart): Promise<FileHandle> {
  const handle = await open(part.path, READ_FLAGS);
  if (stampOf(await handle.stat({ bigint: true })) === part.stamp) return handle;
  await handle.close();
  throw changed(part.path);
}

function changed(file: string): Error {
  return errors.folderUnusable(file, 'it changed while it was being compared');
}

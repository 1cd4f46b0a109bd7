import type { FileHandle } from 'node:fs/promises';
import { errors } from '../errors';
import { DATA_BYTES, FrameType, HEADER_BYTES, writeHeader } from '../wire/v1';
import { type SourceStat, hasChanged, reopenSource, sourceError } from './sourceFile';

/** DATA frames read by one call: 1 MiB, after which the calls do not count any more. */
const FRAMES_PER_READ = 16;
const SLOT_BYTES = HEADER_BYTES + DATA_BYTES;
/**
 * Frames given to the channel at once. Each write costs a Noise message and its bookkeeping; with
 * four frames in one, that takes a sixth less of the processor. More would make a slow line seem
 * silent, because a message counts only when it is whole.
 */
const FRAMES_PER_WRITE = 4;

/** Whole DATA frames, to be written as they are. */
export interface FrameBlock {
  readonly bytes: Buffer;
  /** Bytes of the file in it. */
  readonly payloadBytes: number;
}

/**
 * A file as DATA frames, ready to be sent as they are: the disk reads each payload straight behind
 * the room for its header. The buffers are given away, so each read gets fresh ones.
 */
export class FrameSource {
  readonly #handle: FileHandle;
  readonly #source: SourceStat;
  #position = 0;

  /** @throws SOURCE_CHANGED, PATH_UNREADABLE */
  static async open(source: SourceStat): Promise<FrameSource> {
    return new FrameSource(await reopenSource(source), source);
  }

  private constructor(handle: FileHandle, source: SourceStat) {
    this.#handle = handle;
    this.#source = source;
  }

  /** What comes next, nothing at the end. One call at a time. @throws SOURCE_CHANGED, PATH_UNREADABLE */
  async read(): Promise<readonly FrameBlock[]> {
    const position = this.#position;
    const bytes = Math.min(FRAMES_PER_READ * DATA_BYTES, this.#source.size - position);
    if (bytes === 0) return [];
    this.#position += bytes;
    const slab = makeSlab(bytes);
    const payloads = cut(slab, SLOT_BYTES).map((frame) => frame.subarray(HEADER_BYTES));
    try {
      const { bytesRead } = await this.#handle.readv(payloads, position);
      if (bytesRead < bytes) await this.#readAgain(payloads, position);
    } catch (thrown) {
      throw sourceError(this.#source.path, thrown);
    }
    return cut(slab, FRAMES_PER_WRITE * SLOT_BYTES).map((block) => ({
      bytes: block,
      payloadBytes: block.length - Math.ceil(block.length / SLOT_BYTES) * HEADER_BYTES,
    }));
  }

  hasChanged(): Promise<boolean> {
    return hasChanged(this.#handle, this.#source);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** A short read is allowed to happen; one that gives nothing means the file was cut. */
  async #readAgain(payloads: readonly Buffer[], start: number): Promise<void> {
    let position = start;
    for (const payload of payloads) {
      for (let filled = 0; filled < payload.length;) {
        const { bytesRead } = await this.#handle.read(payload, filled, undefined, position);
        if (bytesRead === 0) throw errors.sourceChanged(this.#source.path);
        filled += bytesRead;
        position += bytesRead;
      }
    }
  }
}

/** Room for so many bytes of the file, with the headers of their frames in place. */
function makeSlab(bytes: number): Buffer {
  const slab = Buffer.allocUnsafeSlow(bytes + Math.ceil(bytes / DATA_BYTES) * HEADER_BYTES);
  for (const frame of cut(slab, SLOT_BYTES)) {
    writeHeader(frame, FrameType.data, frame.length - HEADER_BYTES);
  }
  return slab;
}

function cut(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

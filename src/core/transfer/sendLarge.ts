import { type Hash, createHash, hash as hashOf } from 'node:crypto';
import { errors } from '../errors';
import { MAX_DATA_BYTES, MessageType, encodeCopy, encodeFileHead } from '../wire/v2';
import type { FileEntry } from '../wire/v2Entry';
import { MAX_TRIES } from '../wire/v2File';
import { BLOCK_HASH_BYTES, type BlocksItem, type PlanItem, type PrefixItem } from '../wire/v2Plan';
import { type Allowance, isAsListed } from './allowance';
import { BLOCK_BYTES, type BlockPair, BlockReader } from './blockReader';
import type { SenderTalk } from './senderTalk';
import type { FileState, SendingTree, SourceReader } from './sendingTree';
import type { TransferMeter } from './transferMeter';

export interface SendLargeParts {
  readonly talk: SenderTalk;
  readonly tree: SendingTree;
  readonly meter: TransferMeter;
  readonly allowance: Allowance;
  readonly blocks: BlockPair;
}

export interface SentFile {
  readonly state: FileState;
  readonly sha256: Buffer;
  /** Bytes that did not have to travel. */
  readonly spared: number;
}

/** Bytes after which a copy is told though more of it may follow, so that it is heard of. */
const TOLD_COPY_BYTES = 16 * 1024 * 1024;

/**
 * Sends a file as it is read, up to what `fileEnd` says; again from its beginning when it changed
 * meanwhile. Resolves with undefined when it is gone, of which nothing is said here.
 * @throws SOURCE_CHANGED, PATH_UNREADABLE, and what ends the talk
 */
export async function sendLarge(
  parts: SendLargeParts,
  index: number,
  entry: FileEntry,
  item: PlanItem | undefined,
): Promise<SentFile | undefined> {
  const { talk, tree } = parts;
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    const reader = await talk.working(tree.open(index));
    if (reader === undefined) return undefined;
    try {
      const isFirst = tries === 1;
      const sent = await new Sending(parts, reader, index, entry, isFirst).run(item);
      if (sent !== undefined) return sent;
    } finally {
      await reader.close();
    }
  }
  throw errors.sourceChanged(entry.path);
}

/** One try. */
class Sending {
  readonly #parts: SendLargeParts;
  readonly #reader: SourceReader;
  readonly #index: number;
  readonly #entry: FileEntry;
  readonly #isFirst: boolean;
  #hash: Hash = createHash('sha256');
  #spared = 0;

  constructor(
    parts: SendLargeParts,
    reader: SourceReader,
    index: number,
    entry: FileEntry,
    isFirst: boolean,
  ) {
    this.#parts = parts;
    this.#reader = reader;
    this.#index = index;
    this.#entry = entry;
    this.#isFirst = isFirst;
  }

  /** Undefined when the file changed meanwhile. */
  async run(item: PlanItem | undefined): Promise<SentFile | undefined> {
    const { talk, tree, allowance } = this.#parts;
    const { state } = this.#reader;
    if (!allowance.admits(state.size)) throw errors.sourceGrew(this.#entry.path);
    const isWhole = await this.#sendBytes(item);
    if (!isWhole || !(await talk.working(this.#reader.isUnchanged()))) return undefined;
    const sha256 = this.#hash.digest();
    tree.remember(this.#index, state, sha256);
    return { state, sha256, spared: this.#spared };
  }

  #sendBytes(item: PlanItem | undefined): Promise<boolean> {
    // What has arrived of a beginning was dropped with the first try.
    if (item?.kind === 'prefix' && this.#isFirst) return this.#goOn(item);
    return item?.kind === 'blocks' ? this.#sendBlocks(item) : this.#sendWhole();
  }

  async #sendWhole(): Promise<boolean> {
    const { talk, meter } = this.#parts;
    const { state } = this.#reader;
    meter.begin(this.#index, 0);
    if (!this.#isFirst || !isAsListed(this.#entry, state)) {
      const head = encodeFileHead({ how: 'whole', index: this.#index, state });
      await talk.tell(MessageType.file, head);
    }
    return this.#sendRest(0);
  }

  async #goOn({ marks }: PrefixItem): Promise<boolean> {
    const { talk, meter } = this.#parts;
    const { state } = this.#reader;
    const offset = await talk.working(this.#largestRight(marks));
    if (offset === undefined) return false;
    if (offset === 0) return this.#sendWhole();
    meter.begin(this.#index, offset);
    this.#spared = offset;
    const head = encodeFileHead({ how: 'from', index: this.#index, state, offset });
    await talk.tell(MessageType.file, head);
    return this.#sendRest(offset);
  }

  /**
   * The last mark before which our file is the same, zero when there is none; the hash is then of
   * what lies before it. Undefined when the file became shorter.
   */
  async #largestRight(marks: PrefixItem['marks']): Promise<number | undefined> {
    const { size } = this.#reader.state;
    const possible = marks.filter(({ offset }) => offset <= size);
    const blocks = new BlockReader(this.#reader, this.#parts.blocks.ofBytes(BLOCK_BYTES));
    const hash = createHash('sha256');
    let position = 0;
    let right = 0;
    try {
      for (const { offset, sha256 } of possible) {
        while (position < offset) {
          // Who asks for a long beginning and leaves must not keep our disk busy with it.
          if (this.#parts.talk.stopped !== undefined) throw this.#parts.talk.stopped;
          // A block may go beyond the mark; what is beyond is taken up again for the next one.
          const block = this.#leftOver ?? (await blocks.read());
          if (block === undefined) return undefined;
          const bytes = Math.min(block.length, offset - position);
          hash.update(block.subarray(0, bytes));
          this.#leftOver = bytes < block.length ? block.subarray(bytes) : undefined;
          position += bytes;
        }
        if (!hash.copy().digest().equals(sha256)) continue;
        right = offset;
        this.#hash = hash.copy();
      }
      return right;
    } finally {
      this.#leftOver = undefined;
      await blocks.settle();
    }
  }

  #leftOver: Buffer | undefined;

  async #sendRest(from: number): Promise<boolean> {
    const { size } = this.#reader.state;
    const blockBytes = Math.min(BLOCK_BYTES, Math.max(size, 1));
    const blocks = new BlockReader(this.#reader, this.#parts.blocks.ofBytes(blockBytes), from);
    try {
      for (;;) {
        const block = await this.#parts.talk.working(blocks.read());
        if (block === undefined) return false;
        if (block.length === 0) return true;
        await this.#tellData(block, true);
      }
    } finally {
      await blocks.settle();
    }
  }

  async #sendBlocks(item: BlocksItem): Promise<boolean> {
    const { talk, meter, blocks: pair } = this.#parts;
    meter.begin(this.#index, 0);
    const { state } = this.#reader;
    await talk.tell(MessageType.file, encodeFileHead({ how: 'blocks', index: this.#index, state }));
    const readBytes = Math.max(item.blockBytes, BLOCK_BYTES);
    const blocks = new BlockReader(this.#reader, pair.ofBytes(readBytes));
    try {
      let copied = 0;
      for (let position = 0; ;) {
        const read = await talk.working(blocks.read());
        if (read === undefined) return false;
        // Two runs take turns: of what is there, which is told when it ends, and of what is not.
        let begin = 0;
        for (let at = 0; at < read.length;) {
          const block = read.subarray(at, at + item.blockBytes);
          const isThere = isSameBlock(item, (position + at) / item.blockBytes, block);
          if (isThere && begin < at) await this.#tellData(read.subarray(begin, at), false);
          if (!isThere && copied > 0) copied = await this.#tellCopy(copied);
          at += block.length;
          if (!isThere) continue;
          copied += block.length;
          begin = at;
        }
        if (begin < read.length) await this.#tellData(read.subarray(begin), false);
        if (copied >= TOLD_COPY_BYTES || read.length === 0) copied = await this.#tellCopy(copied);
        this.#hash.update(read);
        if (read.length === 0) return true;
        position += read.length;
      }
    } finally {
      await blocks.settle();
    }
  }

  async #tellData(bytes: Buffer, hashing: boolean): Promise<void> {
    const { talk, meter } = this.#parts;
    for (let at = 0; at < bytes.length; at += MAX_DATA_BYTES) {
      const piece = bytes.subarray(at, at + MAX_DATA_BYTES);
      if (hashing) this.#hash.update(piece);
      const room = talk.tell(MessageType.data, piece);
      if (room !== undefined) await room;
      meter.add(piece.length);
    }
  }

  /** Resolves with what is to be copied then, which is nothing. */
  async #tellCopy(bytes: number): Promise<number> {
    if (bytes === 0) return 0;
    await this.#parts.talk.tell(MessageType.copy, encodeCopy({ bytes }));
    this.#parts.meter.add(bytes);
    this.#spared += bytes;
    return 0;
  }
}

/** Whether the earlier version has the same block at this place. */
function isSameBlock(
  { blockBytes, size, hashes }: BlocksItem,
  number: number,
  block: Buffer,
): boolean {
  if (Math.min(blockBytes, size - number * blockBytes) !== block.length) return false;
  const at = number * BLOCK_HASH_BYTES;
  const digest = hashOf('sha256', block, 'buffer');
  return digest.compare(hashes, at, at + BLOCK_HASH_BYTES, 0, BLOCK_HASH_BYTES) === 0;
}

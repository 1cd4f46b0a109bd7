import { hash } from 'node:crypto';
import { errors } from '../errors';
import { MessageType, decodeCopy, decodeData, decodeFileEnd, decodeFileHead } from '../wire/v2';
import type { FileEntry } from '../wire/v2Entry';
import { type FileHead, MAX_TRIES } from '../wire/v2File';
import type { PlanItem } from '../wire/v2Plan';
import type { Allowance } from './allowance';
import type { Arrivals } from './arrivals';
import type { ChannelMessage } from './messageChannel';
import { SMALL_FILE_BYTES } from './readAhead';
import type { ReceiverTalk } from './receiverTalk';
import type { ArrivingFile, ArrivingState, FileBegin, ReceivingTree } from './receivingTree';
import type { TransferMeter } from './transferMeter';

export interface TakeFileParts {
  readonly talk: ReceiverTalk;
  readonly tree: ReceivingTree;
  readonly meter: TransferMeter;
  readonly allowance: Allowance;
  readonly arrivals: Arrivals;
  /** The next message; a wait for the other side. */
  readonly next: () => Promise<ChannelMessage>;
}

export interface TakenFile {
  readonly state: ArrivingState;
  readonly sha256: Buffer;
  /** Bytes that did not have to travel. */
  readonly spared: number;
}

/**
 * Takes one file, whichever way the sender has chosen, up to its end; the disk may still be busy with
 * it. Resolves with undefined when the sender does not have it any more.
 * @throws PROTOCOL, META_MISMATCH, HASH_MISMATCH, what the disk says, and what ends the talk
 */
export function takeFile(
  parts: TakeFileParts,
  index: number,
  entry: FileEntry,
  item: PlanItem | undefined,
): Promise<TakenFile | undefined> {
  return new Taking(parts, index, entry, item).run();
}

/** What comes of a file that was begun. */
interface Coming {
  readonly how: 'whole' | 'from' | 'blocks';
  readonly state: ArrivingState;
  /** Undefined for a small one, which is held whole. */
  readonly file: ArrivingFile | undefined;
  readonly pieces: Buffer[];
  position: number;
  spared: number;
}

class Taking {
  readonly #parts: TakeFileParts;
  readonly #index: number;
  readonly #entry: FileEntry;
  readonly #item: PlanItem | undefined;
  #tries = 0;
  /** The tree was told of a beginning, and holds something that the next one drops. */
  #isInTree = false;

  constructor(parts: TakeFileParts, index: number, entry: FileEntry, item: PlanItem | undefined) {
    this.#parts = parts;
    this.#index = index;
    this.#entry = entry;
    this.#item = item;
  }

  async run(): Promise<TakenFile | undefined> {
    let coming: Coming | undefined;
    for (;;) {
      const { type, payload } = await this.#parts.next();
      switch (type) {
        case MessageType.file: {
          const head = decodeFileHead(payload);
          this.#checkHead(head);
          if (head.how === 'gone') {
            await this.#takeGone();
            return undefined;
          }
          if (head.how === 'same') return await this.#takeSame(head.state);
          coming = await this.#begin(beginOf(head));
          break;
        }
        case MessageType.data:
          coming ??= await this.#beginAsListed();
          await this.#takeData(coming, decodeData(payload));
          break;
        case MessageType.copy:
          await this.#takeCopy(coming, decodeCopy(payload).bytes);
          break;
        case MessageType.fileEnd: {
          const end = decodeFileEnd(payload);
          if (end.index !== this.#index) throw errors.protocol(`the end of entry ${end.index}`);
          coming ??= await this.#beginAsListed();
          return await this.#finish(coming, end.sha256);
        }
        default:
          throw errors.protocol(`a message of type ${type} within a file`);
      }
    }
  }

  /** The sender may only refer to what the plan has said, and only before it began anew. */
  #checkHead(head: FileHead): void {
    if (head.index !== this.#index) throw errors.protocol(`the beginning of entry ${head.index}`);
    const isFirst = this.#tries === 0;
    const item = this.#item;
    switch (head.how) {
      case 'same':
        if (isFirst && item?.kind === 'have') return;
        break;
      case 'from':
        if (!isFirst || item?.kind !== 'prefix') break;
        if (item.marks.some(({ offset }) => offset === head.offset)) return;
        break;
      case 'blocks':
        if (item?.kind === 'blocks') return;
        break;
      case 'whole':
      case 'gone':
        return;
    }
    throw errors.protocol(`a file that begins by ${head.how}, which nothing was said of`);
  }

  #beginAsListed(): Promise<Coming> {
    const { size, mode, mtime } = this.#entry;
    return this.#begin({ kind: 'whole', state: { size, mode, mtime } });
  }

  async #begin(begin: FileBegin): Promise<Coming> {
    const { talk, tree, meter } = this.#parts;
    const { state } = begin;
    this.#countTry();
    this.#checkSize(state);
    const position = begin.kind === 'from' ? begin.offset : 0;
    meter.begin(this.#index, position);
    const common = { how: begin.kind, state, pieces: [], position, spared: position };
    const isSmall = begin.kind === 'whole' && state.size <= SMALL_FILE_BYTES && !this.#isInTree;
    if (isSmall) return { ...common, file: undefined };
    this.#isInTree = true;
    return { ...common, file: await talk.working(tree.begin(this.#index, begin)) };
  }

  #countTry(): void {
    if (++this.#tries > MAX_TRIES) throw errors.protocol('a file that is begun again and again');
  }

  #checkSize({ size }: ArrivingState): void {
    if (!this.#parts.allowance.admits(size)) throw errors.metaMismatch('more bytes');
  }

  async #takeData(coming: Coming, bytes: Buffer): Promise<void> {
    this.#move(coming, bytes.length);
    if (coming.file === undefined) {
      coming.pieces.push(bytes);
      return;
    }
    const room = coming.file.write(bytes);
    if (room !== undefined) await this.#parts.talk.working(room);
  }

  async #takeCopy(coming: Coming | undefined, bytes: number): Promise<void> {
    if (coming?.how !== 'blocks' || coming.file === undefined || this.#item?.kind !== 'blocks') {
      throw errors.protocol('a copy in a file that does not come by blocks');
    }
    if (bytes > this.#item.size - coming.position) {
      throw errors.protocol('a copy of what was never here');
    }
    this.#move(coming, bytes);
    coming.spared += bytes;
    await this.#parts.talk.working(coming.file.copy(bytes));
  }

  #move(coming: Coming, bytes: number): void {
    if (bytes > coming.state.size - coming.position) {
      throw errors.protocol('more bytes than promised');
    }
    coming.position += bytes;
    this.#parts.meter.add(bytes);
  }

  async #finish(coming: Coming, sha256: Buffer): Promise<TakenFile> {
    const { talk, tree, arrivals } = this.#parts;
    const { state, file, pieces, position, spared } = coming;
    if (position !== state.size)
      throw errors.protocol(`${position} bytes instead of ${state.size}`);
    if (file === undefined) {
      const [only, ...others] = pieces;
      const content =
        only !== undefined && others.length === 0 ? only : Buffer.concat(pieces, state.size);
      const found = hash('sha256', content, 'buffer');
      if (!found.equals(sha256)) throw errors.hashMismatch();
      const writing = tree.put(this.#index, state, content, sha256);
      const room = arrivals.add(this.#index, state.size, writing);
      if (room !== undefined) await talk.working(room);
    } else {
      await talk.working(file.finish(sha256));
      arrivals.addHere(this.#index);
    }
    return { state, sha256, spared };
  }

  async #takeSame(state: ArrivingState): Promise<TakenFile> {
    const { talk, tree, meter, arrivals } = this.#parts;
    if (this.#item?.kind !== 'have') throw errors.internal('the same as nothing');
    this.#checkSize(state);
    meter.begin(this.#index, state.size);
    await talk.working(tree.same(this.#index, state));
    arrivals.addHere(this.#index);
    return { state, sha256: this.#item.sha256, spared: state.size };
  }

  async #takeGone(): Promise<void> {
    const { talk, tree, meter, arrivals } = this.#parts;
    this.#countTry();
    meter.begin(this.#index, 0);
    await talk.working(tree.gone(this.#index));
    arrivals.addHere(this.#index);
  }
}

function beginOf(head: Exclude<FileHead, { how: 'same' | 'gone' }>): FileBegin {
  const { state } = head;
  if (head.how === 'from') return { kind: head.how, state, offset: head.offset };
  return { kind: head.how, state };
}

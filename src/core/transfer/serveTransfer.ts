import { createHash, timingSafeEqual } from 'node:crypto';
import { type BeelineError, errors, toBeelineError } from '../errors';
import type { Progress } from '../events';
import { MessageType, encodeDone, encodeFileEnd } from '../wire/v2';
import { BLOCK_BYTES, Block, BlockReader } from './blockReader';
import { within } from './conversation';
import { type Manifest, manifestPages } from './manifest';
import type { MessageTalkOptions } from './messageTalk';
import { ProgressMeter } from './progressMeter';
import { SenderTalk } from './senderTalk';
import type { SourceStat } from './sourceFile';
import { TreeHash } from './treeHash';

export interface ServeTransferOptions extends MessageTalkOptions {
  readonly manifest: Manifest;
  /** What the manifest was made of, in any order. */
  readonly sources: readonly SourceStat[];
  /** The receipt for a tree hash, by the key of the pair. */
  readonly receipt: (treeHash: Buffer) => Buffer;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** The receiver has accepted; bytes begin to flow. */
  readonly onStart?: (() => void) | undefined;
}

export type ServeOutcome =
  | { readonly kind: 'looked' }
  | {
      readonly kind: 'received';
      /** Lower-case hex, as is the receipt. */
      readonly treeHash: string;
      readonly receipt: string;
      readonly bytes: number;
      /** From the acceptance to the receipt. */
      readonly durationMs: number;
      /** Of a single file. */
      readonly sha256?: string;
    };

/** Milliseconds in which a last word that explains a lost connection is still read. */
const LAST_WORD_MS = 1_000;

/**
 * Serves a channel that a receiver has opened: shows the list, and sends the files once it is
 * accepted. Each is read once and hashed as it goes out. The channel is closed in every case, and the
 * other side told why where it can be.
 *
 * @throws SOURCE_CHANGED, PATH_UNREADABLE, RECEIPT_MISMATCH, PROTOCOL, CANCELLED, CANCELLED_BY_PEER,
 * PEER_LOST, PEER_SILENT, PEER_ERROR, and what the receiver gave as its reason (DISK_FULL, …)
 */
export async function serveTransfer(options: ServeTransferOptions): Promise<ServeOutcome> {
  const serving = new Serving(options);
  try {
    return await serving.run();
  } catch (thrown) {
    throw await serving.fail(toBeelineError(thrown));
  } finally {
    serving.close();
  }
}

class Serving {
  readonly #options: ServeTransferOptions;
  readonly #talk: SenderTalk;
  #meter: ProgressMeter | undefined;
  #lastSha256: Buffer | undefined;

  constructor(options: ServeTransferOptions) {
    this.#options = options;
    this.#talk = new SenderTalk(options, options.manifest);
  }

  async run(): Promise<ServeOutcome> {
    const talk = this.#talk;
    const { purpose } = await talk.until(talk.wanted.promise);
    await this.#list();
    if (purpose === 'look') return await this.#waitForLooked();
    await talk.until(talk.accepted.promise);
    const began = performance.now();
    this.#options.onStart?.();
    const treeHash = await this.#stream();
    talk.enterDone();
    await talk.tell(MessageType.done, encodeDone({ treeHash }));
    return await this.#conclude(treeHash, began);
  }

  /** Says why where it makes sense, and finds the true reason where the first one is a symptom. */
  async fail(first: BeelineError): Promise<BeelineError> {
    // A receiver that says no and leaves is noticed by what cannot be sent any more.
    if (first.code === 'PEER_LOST') await within(LAST_WORD_MS, this.#talk.hearing);
    const error = first.code === 'PEER_LOST' ? (this.#talk.stopped ?? first) : first;
    this.#talk.farewell(error);
    return error;
  }

  close(): void {
    this.#meter?.close();
    this.#talk.close();
  }

  async #list(): Promise<void> {
    // One page is held back, because what is allowed changes before the last one goes out.
    let held: Buffer | undefined;
    for (const page of manifestPages(this.#options.manifest.entries)) {
      if (held !== undefined) await this.#talk.tell(MessageType.manifest, held);
      held = page;
    }
    this.#talk.enterListed();
    if (held !== undefined) await this.#talk.tell(MessageType.manifest, held);
  }

  /** Who has seen enough closes the channel. */
  async #waitForLooked(): Promise<ServeOutcome> {
    try {
      return await this.#talk.until(this.#talk.hearing);
    } catch (thrown) {
      if (toBeelineError(thrown).code === 'PEER_LOST') return { kind: 'looked' };
      throw thrown;
    }
  }

  /** All files, in the manifest's order. Resolves with the tree hash. */
  async #stream(): Promise<Buffer> {
    const { manifest, sources, onProgress } = this.#options;
    const byName = new Map(sources.map((source) => [source.name, source]));
    const meter = new ProgressMeter(manifest.bytes, onProgress);
    this.#meter = meter;
    const blockBytes = largestOf(manifest);
    const blocks = [new Block(blockBytes), new Block(blockBytes)] as const;
    const tree = new TreeHash();
    for (const [index, entry] of manifest.entries.entries()) {
      if (entry.kind !== 'file') throw errors.internal('folders are not sent yet');
      const source = byName.get(entry.path);
      if (source === undefined) throw errors.internal(`no source for ${entry.path}`);
      const reader = await this.#talk.working(BlockReader.open(source, blocks));
      try {
        this.#lastSha256 = await this.#sendFile(index, reader, source, meter);
      } finally {
        await reader.close();
      }
      tree.addFile(entry, this.#lastSha256);
    }
    return tree.digest();
  }

  async #sendFile(
    index: number,
    reader: BlockReader,
    source: SourceStat,
    meter: ProgressMeter,
  ): Promise<Buffer> {
    const talk = this.#talk;
    const hash = createHash('sha256');
    for (;;) {
      const pieces = await talk.working(reader.read());
      if (pieces.length === 0) break;
      for (const piece of pieces) {
        hash.update(piece);
        await talk.tell(MessageType.data, piece);
        meter.add(piece.length);
      }
    }
    if (await talk.working(reader.hasChanged())) throw errors.sourceChanged(source.path);
    const sha256 = hash.digest();
    talk.enterFileEnd();
    await talk.tell(MessageType.fileEnd, encodeFileEnd({ index, sha256 }));
    return sha256;
  }

  async #conclude(treeHash: Buffer, began: number): Promise<ServeOutcome> {
    const { manifest, receipt } = this.#options;
    const confirmed = await this.#talk.until(this.#talk.received.promise);
    const expected = receipt(treeHash);
    if (!same(confirmed.treeHash, treeHash) || !same(confirmed.receipt, expected)) {
      throw errors.receiptMismatch();
    }
    this.#meter?.finish();
    const only = manifest.entries.length === 1 ? this.#lastSha256 : undefined;
    return {
      kind: 'received',
      treeHash: treeHash.toString('hex'),
      receipt: expected.toString('hex'),
      bytes: manifest.bytes,
      durationMs: Math.round(performance.now() - began),
      ...(only !== undefined && { sha256: only.toString('hex') }),
    };
  }
}

/** Bytes of a block: a transfer of small files does not need large ones. */
function largestOf({ entries }: Manifest): number {
  let largest = 1;
  for (const { size } of entries) largest = Math.max(largest, size);
  return Math.min(largest, BLOCK_BYTES);
}

function same(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

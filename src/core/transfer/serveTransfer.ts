import { timingSafeEqual } from 'node:crypto';
import { type BeelineError, errors, toBeelineError } from '../errors';
import type { Progress } from '../events';
import { MAX_DATA_BYTES, MessageType, encodeDone, encodeFileEnd, encodeFileHead } from '../wire/v2';
import type { FileEntry } from '../wire/v2Entry';
import { Allowance, isAsListed } from './allowance';
import { BlockPair } from './blockReader';
import { within } from './conversation';
import { manifestPages } from './manifest';
import type { MessageTalkOptions } from './messageTalk';
import type { Plan } from './planReader';
import { type AheadFile, ReadAhead } from './readAhead';
import { type SentFile, sendLarge } from './sendLarge';
import { SenderTalk } from './senderTalk';
import type { SendingTree } from './sendingTree';
import { type Counts, Tally } from './tally';
import { TransferMeter } from './transferMeter';
import { TreeHash } from './treeHash';

export interface ServeTransferOptions extends MessageTalkOptions {
  readonly tree: SendingTree;
  /** The receipt for a tree hash, by the key of the pair. */
  readonly receipt: (treeHash: Buffer) => Buffer;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** The receiver has accepted; bytes begin to flow. */
  readonly onStart?: (() => void) | undefined;
}

export type ServeOutcome = { readonly kind: 'looked' } | ServedTransfer;

export interface ServedTransfer extends Counts {
  readonly kind: 'received';
  /** Lower-case hex, as is the receipt. */
  readonly treeHash: string;
  readonly receipt: string;
  /** From the acceptance to the receipt. */
  readonly durationMs: number;
  /** Of a single file. */
  readonly sha256?: string;
}

/** Milliseconds in which a last word that explains a lost connection is still read. */
const LAST_WORD_MS = 1_000;

/**
 * Serves a channel that a receiver has opened: shows the list, and sends what the receiver does not
 * have once it is accepted. Files are read once and hashed as they go out, and go out as they are
 * then. The channel is closed in every case, and the other side told why where it can be.
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
  readonly #treeHash = new TreeHash();
  readonly #tally = new Tally();
  readonly #allowance: Allowance;
  readonly #blocks = new BlockPair();
  #meter: TransferMeter | undefined;
  #lastSha256: Buffer | undefined;

  constructor(options: ServeTransferOptions) {
    this.#options = options;
    this.#talk = new SenderTalk(options, options.tree.manifest);
    this.#allowance = new Allowance(options.tree.manifest);
  }

  async run(): Promise<ServeOutcome> {
    const talk = this.#talk;
    const { purpose } = await talk.until(talk.wanted.promise);
    await this.#list();
    if (purpose === 'look') return await this.#waitForLooked();
    const plan = await talk.until(talk.accepted.promise);
    const began = performance.now();
    this.#options.onStart?.();
    await this.#stream(plan);
    const treeHash = this.#treeHash.digest();
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
    for (const page of manifestPages(this.#options.tree.manifest.entries)) {
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

  /** All files, in the manifest's order. */
  async #stream(plan: Plan): Promise<void> {
    const { tree, onProgress } = this.#options;
    const talk = this.#talk;
    const meter = new TransferMeter(tree.manifest, plan, onProgress);
    this.#meter = meter;
    const parts = { talk, tree, meter, allowance: this.#allowance, blocks: this.#blocks };
    const ahead = new ReadAhead(tree, plan, talk.ending);
    try {
      for (const [index, entry] of tree.manifest.entries.entries()) {
        if (entry.kind !== 'file') {
          this.#treeHash.addOther(entry);
          continue;
        }
        const file = await talk.working(ahead.next());
        if (talk.stopped !== undefined) throw talk.stopped;
        const sent =
          file.kind === 'large'
            ? await sendLarge(parts, index, entry, plan.get(index))
            : await this.#sendAhead(index, entry, file, meter);
        await this.#endFile(index, entry, sent, file.kind === 'same', meter);
      }
    } finally {
      await ahead.close();
    }
  }

  /** What is known already, up to its end. Resolves with undefined when it is gone. */
  async #sendAhead(
    index: number,
    entry: FileEntry,
    file: Exclude<AheadFile, { kind: 'large' }>,
    meter: TransferMeter,
  ): Promise<SentFile | undefined> {
    if (file.kind === 'gone') return undefined;
    const { state, sha256 } = file;
    if (!this.#allowance.admits(state.size)) throw errors.sourceGrew(entry.path);
    if (file.kind === 'same') {
      meter.begin(index, state.size);
      return { state, sha256, spared: state.size };
    }
    meter.begin(index, 0);
    if (!isAsListed(entry, state)) {
      const head = encodeFileHead({ how: 'whole', index, state });
      await this.#talk.tell(MessageType.file, head);
    }
    for (let at = 0; at < state.size; at += MAX_DATA_BYTES) {
      const piece = file.content.subarray(at, at + MAX_DATA_BYTES);
      const room = this.#talk.tell(MessageType.data, piece);
      if (room !== undefined) await room;
      meter.add(piece.length);
    }
    return { state, sha256, spared: 0 };
  }

  /** Says how the file ends, which every file does by exactly one message. */
  async #endFile(
    index: number,
    entry: FileEntry,
    sent: SentFile | undefined,
    isSame: boolean,
    meter: TransferMeter,
  ): Promise<void> {
    if (sent === undefined) meter.begin(index, 0);
    meter.end();
    this.#talk.enterFileEnd(index);
    const room = this.#tellEnd(index, sent, isSame);
    if (room !== undefined) await room;
    this.#lastSha256 = sent?.sha256;
    if (sent === undefined) {
      this.#tally.addGone();
      return;
    }
    const { size, mode } = sent.state;
    this.#treeHash.addFile({ ...entry, size, mode }, sent.sha256);
    this.#tally.addFile(entry, sent.state, sent.spared);
    this.#allowance.take(size);
  }

  #tellEnd(index: number, sent: SentFile | undefined, isSame: boolean): Promise<void> | undefined {
    const talk = this.#talk;
    if (sent === undefined) {
      return talk.tell(MessageType.file, encodeFileHead({ how: 'gone', index }));
    }
    if (isSame) {
      const head = encodeFileHead({ how: 'same', index, state: sent.state });
      return talk.tell(MessageType.file, head);
    }
    return talk.tell(MessageType.fileEnd, encodeFileEnd({ index, sha256: sent.sha256 }));
  }

  async #conclude(treeHash: Buffer, began: number): Promise<ServedTransfer> {
    const { tree, receipt } = this.#options;
    const confirmed = await this.#talk.until(this.#talk.received.promise);
    const expected = receipt(treeHash);
    if (!same(confirmed.treeHash, treeHash) || !same(confirmed.receipt, expected)) {
      throw errors.receiptMismatch();
    }
    this.#meter?.finish();
    const only = tree.manifest.entries.length === 1 ? this.#lastSha256 : undefined;
    return {
      kind: 'received',
      ...this.#tally.counts(),
      treeHash: treeHash.toString('hex'),
      receipt: expected.toString('hex'),
      durationMs: Math.round(performance.now() - began),
      ...(only !== undefined && { sha256: only.toString('hex') }),
    };
  }
}

function same(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

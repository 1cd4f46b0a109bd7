import { errors, toBeelineError } from '../errors';
import type { Progress } from '../events';
import { MessageType, decodeDone, encodeAccept, encodeGot, encodeReceived } from '../wire/v2';
import type { PlanItem } from '../wire/v2Plan';
import { Allowance } from './allowance';
import { Arrivals } from './arrivals';
import { within } from './conversation';
import type { Manifest } from './manifest';
import type { ExpectedManifest } from './manifestReader';
import type { ChannelMessage } from './messageChannel';
import type { MessageTalkOptions } from './messageTalk';
import { itemsThatFit, planPages } from './planPages';
import type { Plan } from './planReader';
import { ReceiverTalk } from './receiverTalk';
import type { PlacedTree, ReceivingTree } from './receivingTree';
import { takeFile } from './takeFile';
import { type Counts, Tally } from './tally';
import { TransferMeter } from './transferMeter';
import { TreeHash } from './treeHash';

export interface FetchTransferOptions extends MessageTalkOptions {
  /** As it was offered; the manifest has to say the same. */
  readonly expected: ExpectedManifest;
  readonly tree: ReceivingTree;
  /** The receipt for a tree hash, by the key of the pair. */
  readonly receipt: (treeHash: Buffer) => Buffer;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /**
   * All is in its place. Waited for before the sender hears of it, so that a journal knows first.
   */
  readonly onPlaced?: ((fetched: FetchedTransfer) => void | Promise<void>) | undefined;
}

export interface FetchedTransfer extends Counts {
  readonly placed: PlacedTree;
  /** Lower-case hex, as is the receipt. */
  readonly treeHash: string;
  readonly receipt: string;
  /** Of a single file. */
  readonly sha256?: string;
}

/** Milliseconds for our last word to reach the sender. All is safe whether it does or not. */
const GOODBYE_MS = 10_000;
/** Files after which the sender hears that they are here, though more are waiting to be dealt with. */
const GOT_EVERY_FILES = 64;

/**
 * Receives a transfer by wire version 2. Nothing gets its place before every SHA-256 and the tree
 * hash are right; what has arrived when it ends early stays where it is, to go on from. The channel
 * is closed in every case, and the other side told why.
 *
 * @throws META_MISMATCH, PROTOCOL, HASH_MISMATCH, NAME_REFUSED, LINK_REFUSED, TOO_LARGE, DISK_FULL,
 * FOLDER_UNUSABLE, JOURNAL_NEWER, OFFER_UNKNOWN, SOURCE_CHANGED, CANCELLED, CANCELLED_BY_PEER,
 * PEER_LOST, PEER_SILENT, PEER_ERROR
 */
export async function fetchTransfer(options: FetchTransferOptions): Promise<FetchedTransfer> {
  const fetching = new Fetching(options);
  try {
    return await fetching.run();
  } catch (thrown) {
    throw fetching.fail(thrown);
  } finally {
    await fetching.close();
  }
}

class Fetching {
  readonly #options: FetchTransferOptions;
  readonly #talk: ReceiverTalk;
  readonly #arrivals: Arrivals;
  readonly #treeHash = new TreeHash();
  readonly #tally = new Tally();
  #meter: TransferMeter | undefined;
  #lastSha256: Buffer | undefined;
  /** The last file that is here, what the sender was told, and files between them. */
  #through = -1;
  #told = -1;
  #untold = 0;

  constructor(options: FetchTransferOptions) {
    this.#options = options;
    this.#talk = new ReceiverTalk(options, 'receive');
    this.#arrivals = new Arrivals(
      (index) => {
        this.#gotThrough(index);
      },
      (thrown) => {
        this.#talk.stop(toBeelineError(thrown));
      },
    );
  }

  async run(): Promise<FetchedTransfer> {
    const manifest = await this.#talk.readManifest(this.#options.expected);
    const items = await this.#prepare(manifest);
    const plan = new Map(items.map((item) => [item.index, item]));
    this.#meter = new TransferMeter(manifest, plan, this.#options.onProgress);
    await this.#accept(manifest, items);
    await this.#takeAll(manifest, plan, this.#meter);
    return await this.#conclude(manifest);
  }

  fail(thrown: unknown): Error {
    // What ended the talk came before what our disk said while it was still busy.
    const error = this.#talk.stopped ?? toBeelineError(thrown);
    this.#talk.farewell(error);
    return error;
  }

  async close(): Promise<void> {
    this.#meter?.close();
    this.#talk.close();
    await this.#arrivals.settle();
    await this.#options.tree.close();
  }

  /** What is here. A target that cannot take the transfer is a reason not to accept at all. */
  async #prepare(manifest: Manifest): Promise<readonly PlanItem[]> {
    const { tree } = this.#options;
    try {
      return itemsThatFit(await this.#talk.working(tree.prepare(manifest, this.#talk.ending)));
    } catch (thrown) {
      // Then it was given up because nobody is there any more.
      throw this.#talk.over ?? thrown;
    }
  }

  async #accept({ digest }: Manifest, items: readonly PlanItem[]): Promise<void> {
    this.#checkNothingCame();
    const plan = items.length === 0 ? 'all' : 'planned';
    await this.#talk.send(MessageType.accept, encodeAccept({ manifestDigest: digest, plan }));
    if (items.length === 0) return;
    for (const page of planPages(items)) {
      this.#checkNothingCame();
      await this.#talk.send(MessageType.plan, page);
    }
  }

  #checkNothingCame(): void {
    if (this.#talk.isAhead) throw errors.protocol('a message before the list was accepted');
  }

  /** All files, in the manifest's order. */
  async #takeAll(manifest: Manifest, plan: Plan, meter: TransferMeter): Promise<void> {
    const parts = {
      talk: this.#talk,
      tree: this.#options.tree,
      meter,
      allowance: new Allowance(manifest),
      arrivals: this.#arrivals,
      next: () => this.#next(),
    };
    for (const [index, entry] of manifest.entries.entries()) {
      if (entry.kind !== 'file') {
        this.#treeHash.addOther(entry);
        continue;
      }
      const taken = await takeFile(parts, index, entry, plan.get(index));
      meter.end();
      this.#lastSha256 = taken?.sha256;
      if (taken === undefined) {
        this.#tally.addGone();
        continue;
      }
      const { size, mode } = taken.state;
      this.#treeHash.addFile({ ...entry, size, mode }, taken.sha256);
      this.#tally.addFile(entry, taken.state, taken.spared);
      parts.allowance.take(size);
    }
  }

  async #conclude({ entries }: Manifest): Promise<FetchedTransfer> {
    const { tree, receipt: receiptOf, onPlaced } = this.#options;
    const talk = this.#talk;
    const { type, payload } = await this.#next();
    if (type !== MessageType.done) {
      throw errors.protocol(`a message of type ${type} after the last file`);
    }
    const treeHash = this.#treeHash.digest();
    if (!decodeDone(payload).treeHash.equals(treeHash)) throw errors.protocol('another tree hash');
    await talk.working(this.#arrivals.drain());
    if (talk.stopped !== undefined) throw talk.stopped;
    const placed = await talk.working(tree.place());
    const receipt = receiptOf(treeHash);
    const only = entries.length === 1 ? this.#lastSha256 : undefined;
    const fetched = {
      placed,
      ...this.#tally.counts(),
      treeHash: treeHash.toString('hex'),
      receipt: receipt.toString('hex'),
      ...(only !== undefined && { sha256: only.toString('hex') }),
    };
    const noted = onPlaced?.(fetched);
    if (noted !== undefined) await talk.working(noted);
    // From here on all is received, whatever becomes of the connection.
    this.#meter?.finish();
    this.#sayGot();
    talk.say(MessageType.received, encodeReceived({ treeHash, receipt }));
    await within(GOODBYE_MS, talk.heardAll());
    return fetched;
  }

  #next(): Promise<ChannelMessage> {
    // Who is about to wait for the sender says first what it has.
    if (!this.#talk.isAhead) this.#sayGot();
    return this.#talk.expect();
  }

  #gotThrough(index: number): void {
    this.#through = index;
    this.#untold++;
    if (this.#untold >= GOT_EVERY_FILES || !this.#talk.isAhead) this.#sayGot();
  }

  #sayGot(): void {
    if (this.#through === this.#told) return;
    this.#told = this.#through;
    this.#untold = 0;
    this.#talk.say(MessageType.got, encodeGot({ index: this.#through }));
  }
}

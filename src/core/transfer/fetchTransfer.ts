import { createHash } from 'node:crypto';
import { errors, toBeelineError } from '../errors';
import type { Progress } from '../events';
import type { IncomingFile } from '../receivefs/incomingFile';
import { safeName } from '../receivefs/safeName';
import {
  MessageType,
  decodeData,
  decodeDone,
  decodeFileEnd,
  encodeAccept,
  encodeGot,
  encodeReceived,
} from '../wire/v2';
import type { FileEntry } from '../wire/v2Entry';
import { within } from './conversation';
import { FileWriter } from './fileWriter';
import type { Manifest } from './manifest';
import type { ExpectedManifest } from './manifestReader';
import type { MessageTalkOptions } from './messageTalk';
import { ProgressMeter } from './progressMeter';
import { ReceiverTalk } from './receiverTalk';
import { TreeHash } from './treeHash';

export interface FetchTransferOptions extends MessageTalkOptions {
  /** As it was offered; the manifest has to say the same. */
  readonly expected: ExpectedManifest;
  /** Called for each file when its turn comes; the first before anything is accepted. */
  readonly open: (entry: FileEntry, target: FetchTarget) => Promise<IncomingFile>;
  /** The receipt for a tree hash, by the key of the pair. */
  readonly receipt: (treeHash: Buffer) => Buffer;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Where a file lies until it is whole; for a journal. */
  readonly onTemporary?: ((temporaryPath: string) => void) | undefined;
  /**
   * Each file once it has its name: what stays, should the rest not come. Waited for before the
   * sender hears of it, so that a journal knows first.
   */
  readonly onFile?: ((file: FetchedFile) => void | Promise<void>) | undefined;
}

/** Where a file may go: what `openIncoming` wants beside the folder. */
export interface FetchTarget {
  /** From the entry's path, through `safeName`. */
  readonly name: string;
  readonly size: number;
}

export interface FetchedFile {
  /** Absolute. */
  readonly path: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface FetchedTransfer {
  /** In the manifest's order. */
  readonly files: readonly FetchedFile[];
  /** Lower-case hex, as is the receipt. */
  readonly treeHash: string;
  readonly receipt: string;
  readonly bytes: number;
}

/** Milliseconds for our last word to reach the sender. The files are safe whether it does or not. */
const GOODBYE_MS = 10_000;

/**
 * Receives a transfer by wire version 2. A file gets its name when its SHA-256 and size are right and
 * the sender has vouched that it did not change, and never otherwise; those that have theirs stay,
 * should a later one fail. The channel is closed in every case, and the other side told why.
 *
 * @throws META_MISMATCH, PROTOCOL, HASH_MISMATCH, NAME_REFUSED, DISK_FULL, FOLDER_UNUSABLE,
 * OFFER_UNKNOWN, SOURCE_CHANGED, CANCELLED, CANCELLED_BY_PEER, PEER_LOST, PEER_SILENT, PEER_ERROR
 */
export async function fetchTransfer(options: FetchTransferOptions): Promise<FetchedTransfer> {
  const fetching = new Fetching(options);
  try {
    return await fetching.run();
  } catch (thrown) {
    throw await fetching.fail(thrown);
  } finally {
    fetching.close();
  }
}

class Fetching {
  readonly #options: FetchTransferOptions;
  readonly #talk: ReceiverTalk;
  readonly #files: FetchedFile[] = [];
  #meter: ProgressMeter | undefined;
  /** The file whose turn it is. */
  #arriving: IncomingFile | undefined;

  constructor(options: FetchTransferOptions) {
    this.#options = options;
    this.#talk = new ReceiverTalk(options, 'receive');
  }

  async run(): Promise<FetchedTransfer> {
    const manifest = await this.#talk.readManifest(this.#options.expected);
    const entries = singleFiles(manifest);
    this.#meter = new ProgressMeter(manifest.bytes, this.#options.onProgress);
    await this.#accept(manifest, entries);
    const tree = new TreeHash();
    for (const [index, entry] of entries.entries()) {
      tree.addFile(entry, await this.#take(index, entry, this.#meter));
    }
    return this.#conclude(tree.digest(), manifest.bytes);
  }

  async fail(thrown: unknown): Promise<Error> {
    // What ended the talk came before what our disk said while it was still busy.
    const error = this.#talk.stopped ?? toBeelineError(thrown);
    this.#talk.farewell(error);
    await this.#arriving?.abort();
    return error;
  }

  close(): void {
    this.#meter?.close();
    this.#talk.close();
  }

  /** A folder that cannot take the first file is a reason not to accept at all. */
  async #accept({ digest }: Manifest, [first]: readonly FileEntry[]): Promise<void> {
    if (first !== undefined) this.#arriving = await this.#open(first);
    if (this.#talk.isAhead) throw errors.protocol('a message before the list was accepted');
    const accept = encodeAccept({ manifestDigest: digest, plan: 'all' });
    await this.#talk.send(MessageType.accept, accept);
  }

  async #open(entry: FileEntry): Promise<IncomingFile> {
    const { open, onTemporary } = this.#options;
    const { name } = safeName(entry.path);
    const file = await this.#talk.working(open(entry, { name, size: entry.size }));
    onTemporary?.(file.temporaryPath);
    return file;
  }

  /** Resolves with the file's SHA-256 once it has its name. */
  async #take(index: number, entry: FileEntry, meter: ProgressMeter): Promise<Buffer> {
    const talk = this.#talk;
    const file = (this.#arriving ??= await this.#open(entry));
    const writer = new FileWriter(file);
    const sent = await this.#takeBytes(index, entry, writer, meter);
    await talk.working(writer.finish());
    if (talk.stopped !== undefined) throw talk.stopped;
    const path = await talk.working(file.commit());
    this.#arriving = undefined;
    const fetched = { path, size: entry.size, sha256: sent.toString('hex') };
    this.#files.push(fetched);
    const noted = this.#options.onFile?.(fetched);
    if (noted !== undefined) await talk.working(noted);
    await talk.send(MessageType.got, encodeGot({ index }));
    return sent;
  }

  /** Everything up to the end of the file. @throws PROTOCOL, HASH_MISMATCH */
  async #takeBytes(
    index: number,
    { size }: FileEntry,
    writer: FileWriter,
    meter: ProgressMeter,
  ): Promise<Buffer> {
    const hash = createHash('sha256');
    for (let bytes = 0; ;) {
      const { type, payload } = await this.#talk.expect();
      if (type === MessageType.fileEnd) {
        const end = decodeFileEnd(payload);
        if (end.index !== index) throw errors.protocol(`the end of entry ${end.index}`);
        if (bytes !== size) throw errors.protocol(`${bytes} bytes instead of ${size}`);
        if (!hash.digest().equals(end.sha256)) throw errors.hashMismatch();
        return end.sha256;
      }
      if (type !== MessageType.data) {
        throw errors.protocol(`a message of type ${type} within a file`);
      }
      bytes += decodeData(payload).length;
      if (bytes > size) throw errors.protocol('more bytes than promised');
      meter.add(payload.length);
      const room = writer.write(payload);
      hash.update(payload);
      if (room !== undefined) await this.#talk.working(room);
    }
  }

  async #conclude(treeHash: Buffer, bytes: number): Promise<FetchedTransfer> {
    const { type, payload } = await this.#talk.expect();
    if (type !== MessageType.done) {
      throw errors.protocol(`a message of type ${type} after the last file`);
    }
    if (!decodeDone(payload).treeHash.equals(treeHash)) throw errors.protocol('another tree hash');
    const receipt = this.#options.receipt(treeHash);
    // From here on all is received, whatever becomes of the connection.
    this.#meter?.finish();
    this.#talk.say(MessageType.received, encodeReceived({ treeHash, receipt }));
    await within(GOODBYE_MS, this.#talk.heardAll());
    return {
      files: this.#files,
      treeHash: treeHash.toString('hex'),
      receipt: receipt.toString('hex'),
      bytes,
    };
  }
}

/** Folders and links are shown to who looks; taking them comes with the next version of the plan. */
function singleFiles({ entries }: Manifest): readonly FileEntry[] {
  return entries.map((entry) => {
    if (entry.kind !== 'file') throw errors.protocol(`a ${entry.kind}, which is not taken yet`);
    if (entry.path.includes('/')) throw errors.protocol('a folder, which is not taken yet');
    return entry;
  });
}

import { type BeelineError, errors, toBeelineError } from '../errors';
import type { Progress } from '../events';
import { FrameType, encodeFrame } from '../wire/v1';
import { type Meta, encodeMeta } from '../wire/v1Meta';
import type { ByteChannel } from './byteChannel';
import { Conversation, within } from './conversation';
import { FrameSource } from './frameSource';
import { ProgressMeter } from './progressMeter';
import type { SourceFile } from './sourceFile';

export interface SendFileOptions {
  readonly channel: ByteChannel;
  readonly source: SourceFile;
  /** As it was offered. */
  readonly meta: Meta;
  /** Milliseconds without a sign of life. */
  readonly inactivityMs: number;
  /** For sentences. */
  readonly peerName?: string | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds for the goodbye after the ACK; nothing depends on it any more. */
const GOODBYE_MS = 1_000;
/** Milliseconds in which a last word that explains a lost connection is still read. */
const LAST_WORD_MS = 1_000;

/**
 * Sends one file by wire version 1 and resolves once the recipient has verified it.
 * The channel is closed in every case, and the other side told why where it can be.
 *
 * META is said before the file is opened, so that a recipient who hears that the file changed knows
 * that it hears it from whom it expects.
 *
 * @throws SOURCE_CHANGED, PATH_UNREADABLE, CANCELLED, CANCELLED_BY_PEER, PEER_LOST, PEER_SILENT,
 * PEER_ERROR, PROTOCOL, and what the recipient gave as its reason (HASH_MISMATCH, DISK_FULL, …)
 */
export async function sendFile(options: SendFileOptions): Promise<void> {
  const sending = new Sending(options);
  try {
    await sending.run();
  } catch (thrown) {
    throw await sending.fail(toBeelineError(thrown));
  } finally {
    await sending.close();
  }
}

class Sending {
  readonly #options: SendFileOptions;
  readonly #talk: Conversation;
  readonly #meter: ProgressMeter;
  #hearing: Promise<void> = Promise.resolve();
  #phase: 'streaming' | 'done' = 'streaming';
  #source: FrameSource | undefined;

  constructor(options: SendFileOptions) {
    this.#options = options;
    this.#talk = new Conversation(options);
    this.#meter = new ProgressMeter(options.source.size, options.onProgress);
  }

  async run(): Promise<void> {
    const { source, meta, channel } = this.#options;
    const first = encodeFrame(FrameType.meta, encodeMeta(meta));
    if (this.#talk.stopped !== undefined) {
      // Cancelled already: META goes first all the same, so that the recipient believes the rest.
      channel.write(first)?.catch(ignore);
      throw this.#talk.stopped;
    }
    this.#hearing = this.#hear();
    this.#hearing.catch(ignore);
    await this.#talk.send(first);
    this.#source = await FrameSource.open(source);
    await this.#stream(this.#source);
    if (await this.#source.hasChanged()) throw errors.sourceChanged(source.path);
    this.#phase = 'done';
    await this.#talk.send(encodeFrame(FrameType.done));
    await this.#talk.until(this.#hearing);
    this.#meter.finish();
    await this.#talk.end(GOODBYE_MS);
  }

  /** Says why where it makes sense, and finds the true reason where the first one is a symptom. */
  async fail(first: BeelineError): Promise<BeelineError> {
    // A recipient that says no and leaves is noticed by what cannot be written any more.
    const lost = first.code === 'PEER_LOST';
    if (lost) await within(LAST_WORD_MS, this.#hearing);
    const heard = lost ? (this.#talk.stopped ?? first) : first;
    const error = (await this.#blamesSource(heard))
      ? errors.sourceChanged(this.#options.source.path, { cause: heard })
      : heard;
    await this.#talk.farewell(error, 'sender');
    return error;
  }

  async close(): Promise<void> {
    this.#meter.close();
    this.#talk.close();
    await this.#source?.close().catch(ignore);
  }

  /** With one read ahead, so that disk and network work at the same time. */
  async #stream(source: FrameSource): Promise<void> {
    let ahead = source.read();
    for (;;) {
      const blocks = await ahead;
      if (blocks.length === 0) return;
      ahead = source.read();
      ahead.catch(ignore);
      for (const { bytes, payloadBytes } of blocks) {
        await this.#talk.send(bytes);
        this.#meter.add(payloadBytes);
      }
    }
  }

  /** Listens all the while: resolves on ACK, and stops the sending on everything else. */
  async #hear(): Promise<void> {
    try {
      const { type } = await this.#talk.nextFrame();
      if (type === FrameType.ack && this.#phase === 'done') return;
      throw errors.protocol(`a frame of type ${type} from the recipient`);
    } catch (thrown) {
      const error = toBeelineError(thrown);
      this.#talk.stop(error);
      throw error;
    }
  }

  /** A recipient complains about the bytes: did they change under our hands? */
  async #blamesSource(error: BeelineError): Promise<boolean> {
    if (error.code !== 'HASH_MISMATCH' && error.code !== 'PEER_ERROR') return false;
    return (await this.#source?.hasChanged().catch(() => true)) ?? false;
  }
}

function ignore(): void {
  // It rejects again where it is awaited, or nobody needs it any more.
}

import { type Hash, createHash } from 'node:crypto';
import { type BeelineError, errors, toBeelineError } from '../errors';
import type { Progress } from '../events';
import { BlockWriter } from '../receivefs/blockWriter';
import type { IncomingFile } from '../receivefs/incomingFile';
import { type Frame, FrameType, encodeFrame } from '../wire/v1';
import { type Meta, decodeMeta } from '../wire/v1Meta';
import type { ByteChannel } from './byteChannel';
import { Conversation } from './conversation';
import { ProgressMeter } from './progressMeter';

export interface ReceiveFileOptions {
  readonly channel: ByteChannel;
  /** As it was offered; META has to say the same. */
  readonly expected: Meta;
  /** Called once, when the sender has shown that it knows the offer. */
  readonly open: (meta: Meta) => Promise<IncomingFile>;
  /** Milliseconds for META to be here whole. */
  readonly metaTimeoutMs?: number;
  /** Milliseconds without a sign of life. */
  readonly inactivityMs: number;
  /** Bytes. */
  readonly maxFileSize?: number | undefined;
  /** For sentences. */
  readonly peerName?: string | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A transfer that fails rejects; a connection that was none of ours is an outcome. */
export type ReceiveOutcome =
  | {
      readonly kind: 'received';
      readonly bytes: number;
      /** SHA-256, lower-case hex. */
      readonly sha256: string;
      /** Absolute. */
      readonly path: string;
    }
  /** It never showed the offered META, so it proves nothing about the transfer: try the next one. */
  | { readonly kind: 'badCandidate'; readonly error: BeelineError };

/** Who knows the offer says so at once; who does not shall not block the one who does. */
const META_TIMEOUT_MS = 10_000;
/** Milliseconds for the ACK to reach the sender. The file is safe whether it does or not. */
const GOODBYE_MS = 10_000;

/**
 * Receives one file by wire version 1. The file has its final name before the ACK is sent, and never
 * otherwise. The channel is closed in every case, and the other side told why where it can be.
 *
 * @throws PROTOCOL, HASH_MISMATCH, TOO_LARGE, DISK_FULL, FOLDER_UNUSABLE, NAME_REFUSED, CANCELLED,
 * CANCELLED_BY_PEER, PEER_LOST, PEER_SILENT, PEER_ERROR, SOURCE_CHANGED
 */
export async function receiveFile(options: ReceiveFileOptions): Promise<ReceiveOutcome> {
  const talk = new Conversation(options);
  try {
    const meta = await introduced(talk, options);
    if (meta instanceof Error) {
      await talk.farewell(meta, 'recipient');
      return { kind: 'badCandidate', error: meta };
    }
    return await receive(talk, meta, options);
  } catch (thrown) {
    const error = toBeelineError(thrown);
    await talk.farewell(error, 'recipient');
    throw error;
  } finally {
    talk.close();
  }
}

/** The META that was offered, or why this is not the sender. @throws CANCELLED */
async function introduced(
  talk: Conversation,
  { expected, metaTimeoutMs = META_TIMEOUT_MS }: ReceiveFileOptions,
): Promise<Meta | BeelineError> {
  const limit = setTimeout(() => {
    talk.stop(errors.peerSilent(metaTimeoutMs / 1000));
  }, metaTimeoutMs);
  try {
    const { type, payload } = await talk.until(talk.nextFrame());
    if (type !== FrameType.meta) return errors.protocol(`a frame of type ${type} before META`);
    const meta = decodeMeta(payload);
    const difference = findDifference(meta, expected);
    return difference === undefined ? meta : errors.metaMismatch(difference);
  } catch (thrown) {
    const error = toBeelineError(thrown);
    if (error.code === 'CANCELLED') throw error;
    return error;
  } finally {
    clearTimeout(limit);
  }
}

function findDifference(meta: Meta, expected: Meta): string | undefined {
  if (meta.size !== expected.size) return 'another size';
  if (meta.hash !== expected.hash.toLowerCase()) return 'another SHA-256';
  if (expected.name !== undefined && meta.name !== expected.name) return 'another name';
  return undefined;
}

async function receive(
  talk: Conversation,
  meta: Meta,
  options: ReceiveFileOptions,
): Promise<ReceiveOutcome> {
  const { maxFileSize = Infinity, onProgress, open } = options;
  if (meta.size > maxFileSize) throw errors.tooLarge(meta.size, maxFileSize);
  const file = await open(meta);
  const meter = new ProgressMeter(meta.size, onProgress);
  try {
    const writer = new BlockWriter(file);
    const hash = createHash('sha256');
    await takeBytes(talk, { meta, writer, hash, meter });
    hearObjection(talk);
    await writer.finish();
    if (hash.digest('hex') !== meta.hash) throw errors.hashMismatch();
    if (talk.stopped !== undefined) throw talk.stopped;
    const path = await file.commit();
    // From here on the file is received, whatever becomes of the connection.
    meter.finish();
    options.channel.write(encodeFrame(FrameType.ack))?.catch(() => undefined);
    await talk.end(GOODBYE_MS);
    return { kind: 'received', bytes: meta.size, sha256: meta.hash, path };
  } finally {
    meter.close();
    await file.abort();
  }
}

/**
 * A sender may still cancel while its last bytes are written. One that is gone after DONE is no
 * reason to throw away a file that it sent whole.
 */
function hearObjection(talk: Conversation): void {
  talk.nextFrame().catch((thrown: unknown) => {
    const error = toBeelineError(thrown);
    if (error.code !== 'PEER_LOST' && error.code !== 'PROTOCOL') talk.stop(error);
  });
}

interface Arrival {
  readonly meta: Meta;
  readonly writer: BlockWriter;
  readonly hash: Hash;
  readonly meter: ProgressMeter;
}

/** Everything up to DONE. */
async function takeBytes(talk: Conversation, arrival: Arrival): Promise<void> {
  const { meta, writer, hash, meter } = arrival;
  for (;;) {
    const { type, payload }: Frame = await talk.until(talk.nextFrame());
    switch (type) {
      case FrameType.data: {
        if (meter.bytes + payload.length > meta.size) {
          throw errors.protocol('more bytes than promised');
        }
        meter.add(payload.length);
        const room = writer.write(payload);
        hash.update(payload);
        if (room !== undefined) await room;
        break;
      }
      case FrameType.done:
        if (meter.bytes === meta.size) return;
        throw errors.protocol(`${meter.bytes} bytes instead of ${meta.size}`);
      case FrameType.meta:
      case FrameType.ack:
      case FrameType.nack:
      case FrameType.error:
        throw errors.protocol(`a frame of type ${type} from the sender`);
    }
  }
}

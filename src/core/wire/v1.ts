import { errors } from '../errors';

/**
 * Wire version 1, as ats-p2p speaks it: `[1 byte type][4 bytes length, big endian][payload]`.
 *
 * Sender:    META, DATA…, DONE, or ERROR at any moment.
 * Recipient: ACK or NACK once, or ERROR at any moment. A NACK may come before DONE.
 */
export const FrameType = {
  /** JSON `{ name, size, hash }`; the first frame, once. */
  meta: 0x01,
  /** Bytes of the file, in order. */
  data: 0x02,
  /** All bytes were sent. Empty. */
  done: 0x03,
  /** The hash was verified and the file is in its place. Empty. */
  ack: 0x04,
  /** UTF-8: why the recipient does not take the file. */
  nack: 0x05,
  /** UTF-8: why the one who says it stops. */
  error: 0x06,
} as const;

export type FrameType = (typeof FrameType)[keyof typeof FrameType];

export interface Frame {
  readonly type: FrameType;
  readonly payload: Buffer;
}

/** Bytes before the payload. */
export const HEADER_BYTES = 5;
/** Bytes of a META payload: a name, a number and a hash fit a hundred times over. */
export const MAX_META_BYTES = 64 * 1024;
/** Bytes of a DATA payload as we write it, which is what ats-p2p has. */
export const DATA_BYTES = 64 * 1024;
/** Bytes of a DATA payload as we read it, for peers that cut larger; one frame is held in memory. */
export const MAX_DATA_BYTES = 1024 * 1024;
/** Bytes of a NACK or ERROR payload: a sentence, shown to a person. */
export const MAX_REASON_BYTES = 4 * 1024;
/** Bytes of a DONE or ACK payload. Ours are empty; some peers put words in, which nobody reads. */
export const MAX_EMPTY_BYTES = 4 * 1024;

/** By type; a type without an entry does not exist. */
const limits: readonly (number | undefined)[] = [
  undefined,
  MAX_META_BYTES,
  MAX_DATA_BYTES,
  MAX_EMPTY_BYTES,
  MAX_EMPTY_BYTES,
  MAX_REASON_BYTES,
  MAX_REASON_BYTES,
];

/** Header and payload in one buffer. */
export function encodeFrame(type: FrameType, payload: Buffer = Buffer.alloc(0)): Buffer {
  if (payload.length > (limits[type] ?? 0)) {
    throw errors.internal(`a frame of type ${type} cannot have ${payload.length} bytes`);
  }
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  writeHeader(frame, type, payload.length);
  payload.copy(frame, HEADER_BYTES);
  return frame;
}

/** For who has read the payload into its place already. */
export function writeHeader(frame: Buffer, type: FrameType, payloadBytes: number): void {
  frame[0] = type;
  frame.writeUInt32BE(payloadBytes, 1);
}

/** A NACK or ERROR frame; words that do not fit are cut, at a character's border. */
export function encodeReason(type: typeof FrameType.nack | typeof FrameType.error, text: string) {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_REASON_BYTES) return encodeFrame(type, bytes);
  let end = MAX_REASON_BYTES;
  while (isContinuationByte(bytes[end])) end--;
  return encodeFrame(type, bytes.subarray(0, end));
}

function isContinuationByte(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/**
 * Cuts a byte stream into frames, whatever the sizes of its chunks.
 *
 * Feed a chunk, then call `next` until it gives undefined, then feed the following one. A frame that
 * lies whole within one chunk is a view of it; another is put together in one buffer of its own, and
 * never more than that one frame is held.
 */
export class FrameReader {
  #chunk: Buffer | undefined;
  #offset = 0;
  readonly #header = Buffer.allocUnsafe(HEADER_BYTES);
  #headerBytes = 0;
  #type: FrameType = FrameType.meta;
  #payload: Buffer | undefined;
  #payloadBytes = 0;

  /** Whether the stream stands within a frame, so that an end here is a cut. */
  get isMidFrame(): boolean {
    return this.#headerBytes > 0 || this.#payload !== undefined;
  }

  feed(chunk: Buffer): void {
    if (this.#chunk !== undefined)
      throw errors.internal('a chunk was fed before the last was read');
    this.#chunk = chunk;
    this.#offset = 0;
  }

  /**
   * The next whole frame, or undefined when the chunk is used up.
   * @throws PROTOCOL from the header alone, before anything of a bad payload is kept
   */
  next(): Frame | undefined {
    const chunk = this.#chunk;
    if (chunk === undefined) return undefined;
    const frame =
      this.#payload === undefined ? this.#begin(chunk) : this.#continue(chunk, this.#payload);
    if (frame === undefined) this.#chunk = undefined;
    return frame;
  }

  #begin(chunk: Buffer): Frame | undefined {
    const length = this.#readHeader(chunk);
    if (length === undefined) return undefined;
    if (chunk.length - this.#offset >= length) {
      const payload = chunk.subarray(this.#offset, this.#offset + length);
      this.#offset += length;
      return { type: this.#type, payload };
    }
    this.#payload = Buffer.allocUnsafe(length);
    this.#payloadBytes = 0;
    return this.#continue(chunk, this.#payload);
  }

  #continue(chunk: Buffer, payload: Buffer): Frame | undefined {
    const copied = chunk.copy(payload, this.#payloadBytes, this.#offset);
    this.#offset += copied;
    this.#payloadBytes += copied;
    if (this.#payloadBytes < payload.length) return undefined;
    this.#payload = undefined;
    return { type: this.#type, payload };
  }

  /** The payload's length, or undefined while the header is not whole. */
  #readHeader(chunk: Buffer): number | undefined {
    if (this.#headerBytes === 0 && chunk.length - this.#offset >= HEADER_BYTES) {
      const length = this.#check(chunk, this.#offset);
      this.#offset += HEADER_BYTES;
      return length;
    }
    const end = this.#offset + HEADER_BYTES - this.#headerBytes;
    const copied = chunk.copy(this.#header, this.#headerBytes, this.#offset, end);
    this.#offset += copied;
    this.#headerBytes += copied;
    if (this.#headerBytes < HEADER_BYTES) return undefined;
    this.#headerBytes = 0;
    return this.#check(this.#header, 0);
  }

  #check(bytes: Buffer, offset: number): number {
    const type = bytes.readUInt8(offset);
    const length = bytes.readUInt32BE(offset + 1);
    const limit = limits[type];
    if (limit === undefined) throw errors.protocol(`unknown frame type ${type}`);
    if (length > limit) throw errors.protocol(`a frame of type ${type} with ${length} bytes`);
    this.#type = type as FrameType;
    return length;
  }
}

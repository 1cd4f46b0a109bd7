import {
  FrameReader,
  FrameType,
  type Frame,
  HEADER_BYTES,
  encodeFrame,
} from '../../../src/core/wire/v1';
import { demand, demandSameBytes, readOr } from '../properties';
import type { FuzzTarget } from '../target';

/**
 * One byte that says how the rest is cut into chunks, then the stream. However it is cut, the same
 * frames come out, each within its limit, and written again they are the stream.
 */
export const target: FuzzTarget = {
  covers: ['src/core/wire/v1.ts'],
  kind: 'bytes',
  head: 1,
  seeds: () => [
    cut(0, encodeFrame(FrameType.meta, Buffer.from('{}')), encodeFrame(FrameType.done)),
    cut(1, encodeFrame(FrameType.data, Buffer.from('abcdefgh')), encodeFrame(FrameType.ack)),
    cut(7, encodeFrame(FrameType.nack, Buffer.from('no')), encodeFrame(FrameType.error)),
  ],
  fuzz(input) {
    const stream = input.subarray(1);
    const whole = read(stream, stream.length);
    const inPieces = read(stream, 1 + ((input[0] ?? 0) % 19));
    demand(whole.refused === inPieces.refused, 'how it is cut decides whether it is refused');
    demand(whole.isMidFrame === inPieces.isMidFrame, 'how it is cut decides where it stands');
    const written = Buffer.concat(
      whole.frames.map(({ type, payload }) => encodeFrame(type, payload)),
    );
    demandSameBytes(written, stream.subarray(0, written.length), 'frames that were not sent');
    const again = Buffer.concat(
      inPieces.frames.map(({ type, payload }) => encodeFrame(type, payload)),
    );
    demandSameBytes(written, again, 'how it is cut decides what is read');
    for (const { type, payload } of whole.frames) {
      demand(payload.length <= (LIMITS[type] ?? -1), `a frame of type ${type} beyond its limit`);
    }
    if (whole.refused) return false;
    const rest = stream.subarray(written.length);
    demand(whole.isMidFrame === rest.length > 0, 'bytes that are neither read nor waited for');
    if (rest.length >= HEADER_BYTES) {
      const limit = LIMITS[rest.readUInt8(0)] ?? -1;
      demand(rest.readUInt32BE(1) <= limit, 'a frame beyond its limit is waited for');
    }
    return rest.length === 0;
  },
};

/** Bytes, from docs/wire.md; said again here, so that a wrong limit does not judge itself. */
const LIMITS: Readonly<Record<number, number>> = {
  1: 64 * 1024,
  2: 1024 * 1024,
  3: 4 * 1024,
  4: 4 * 1024,
  5: 4 * 1024,
  6: 4 * 1024,
};

function read(stream: Buffer, chunkBytes: number): Outcome {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  for (let at = 0; at < stream.length; at += chunkBytes) {
    reader.feed(stream.subarray(at, at + chunkBytes));
    for (;;) {
      const next = readOr(['PROTOCOL'], () => reader.next());
      if (next === undefined) return { frames, refused: true, isMidFrame: false };
      if (next.value === undefined) break;
      frames.push(next.value);
      demand(frames.length <= stream.length / HEADER_BYTES, 'frames out of nothing');
    }
  }
  return { frames, refused: false, isMidFrame: reader.isMidFrame };
}

interface Outcome {
  readonly frames: readonly Frame[];
  readonly refused: boolean;
  readonly isMidFrame: boolean;
}

function cut(how: number, ...frames: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([how]), ...frames]);
}

import assert from 'node:assert/strict';
import { BeelineError } from '../../../src/core/errors';
import {
  DATA_BYTES,
  type Frame,
  FrameReader,
  FrameType,
  HEADER_BYTES,
  MAX_DATA_BYTES,
  MAX_META_BYTES,
  MAX_REASON_BYTES,
  encodeFrame,
  encodeReason,
} from '../../../src/core/wire/v1';
import { randomBuffer, seeded } from '../transfer/transferFixture';

/** Frames come out as they went in, however the stream is cut; what is no frame ends it at once. */
describe('wire version 1 frames', () => {
  const script: readonly Frame[] = [
    { type: FrameType.meta, payload: Buffer.from('{"name":"a"}') },
    { type: FrameType.data, payload: Buffer.from('0123456789') },
    { type: FrameType.data, payload: Buffer.alloc(0) },
    { type: FrameType.data, payload: Buffer.from([6, 0, 0, 0, 0]) },
    { type: FrameType.done, payload: Buffer.alloc(0) },
    { type: FrameType.ack, payload: Buffer.alloc(0) },
    { type: FrameType.nack, payload: Buffer.from('no') },
    { type: FrameType.error, payload: Buffer.from('ü') },
  ];
  const stream = Buffer.concat(script.map(({ type, payload }) => encodeFrame(type, payload)));

  it('looks on the wire as ats-p2p has it', () => {
    assert.deepEqual(
      encodeFrame(FrameType.data, Buffer.from('abc')),
      Buffer.from([2, 0, 0, 0, 3, 97, 98, 99]),
    );
    assert.deepEqual(encodeFrame(FrameType.done), Buffer.from([3, 0, 0, 0, 0]));
  });

  it('is the same in chunks of every size', () => {
    for (let size = 1; size <= stream.length; size++) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size));
      assert.deepEqual(readAll(chunks), script, `chunks of ${size}`);
    }
  });

  it('is the same when cut at any two places', () => {
    for (let a = 0; a <= stream.length; a++) {
      for (let b = a; b <= stream.length; b++) {
        const chunks = [stream.subarray(0, a), stream.subarray(a, b), stream.subarray(b)];
        assert.deepEqual(readAll(chunks), script, `cut at ${a} and ${b}`);
      }
    }
  });

  it('is the same for random frames in random chunks', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seeded(seed);
      const frames = Array.from({ length: 1 + Math.floor(random() * 8) }, () => ({
        type: FrameType.data,
        payload: randomBuffer(Math.floor(random() ** 3 * 3_000), random),
      }));
      let rest = Buffer.concat(frames.map((each) => encodeFrame(each.type, each.payload)));
      const chunks: Buffer[] = [];
      while (rest.length > 0) {
        const size = Math.floor(random() * 700);
        chunks.push(rest.subarray(0, size));
        rest = rest.subarray(size);
      }
      assert.deepEqual(readAll(chunks), frames, `seed ${seed}`);
    }
  });

  it('knows at every byte whether it stands within a frame', () => {
    const borders = new Set<number>([0]);
    let border = 0;
    for (const { payload } of script) borders.add((border += HEADER_BYTES + payload.length));
    for (let end = 0; end <= stream.length; end++) {
      const reader = new FrameReader();
      drain(reader, stream.subarray(0, end));
      assert.equal(reader.isMidFrame, !borders.has(end), `cut at ${end}`);
    }
  });

  it('does not copy a frame that lies whole within a chunk', () => {
    const frame = encodeFrame(FrameType.data, Buffer.alloc(DATA_BYTES, 1));
    const chunk = Buffer.concat([frame, frame]);
    for (const { payload } of readAll([chunk])) assert.equal(payload.buffer, chunk.buffer);
  });

  it('refuses an unknown type from its header alone', () => {
    for (let type = 0; type < 256; type++) {
      const header = Buffer.from([type, 0, 0, 0, 1]);
      if (type >= 1 && type <= 6) assert.deepEqual(readAll([header]), []);
      else refuses([header]);
    }
  });

  it('refuses a length over the limit from the header alone, however it is cut', () => {
    for (const [type, limit] of [
      [FrameType.meta, MAX_META_BYTES],
      [FrameType.data, MAX_DATA_BYTES],
      [FrameType.done, 4096],
      [FrameType.ack, 4096],
      [FrameType.nack, MAX_REASON_BYTES],
      [FrameType.error, MAX_REASON_BYTES],
    ] as const) {
      for (let cut = 0; cut <= HEADER_BYTES; cut++) {
        assert.deepEqual(readAll(cutHeader(type, limit, cut)), []);
        refuses(cutHeader(type, limit + 1, cut));
        refuses(cutHeader(type, 0xffffffff, cut));
      }
    }
  });

  it('cuts a long reason between characters', () => {
    for (let pad = 0; pad < 4; pad++) {
      const text = 'x'.repeat(pad) + '🐝'.repeat(2_000);
      const words = encodeReason(FrameType.nack, text).subarray(HEADER_BYTES);
      assert(words.length <= MAX_REASON_BYTES && words.length > MAX_REASON_BYTES - 4);
      assert(text.startsWith(words.toString()), `pad ${pad}`);
    }
  });

  it('does not write what it would not read', () => {
    assert.throws(() => encodeFrame(FrameType.meta, Buffer.alloc(MAX_META_BYTES + 1)));
  });
});

function readAll(chunks: readonly Buffer[]): Frame[] {
  const reader = new FrameReader();
  return chunks.flatMap((chunk) => drain(reader, chunk));
}

function drain(reader: FrameReader, chunk: Buffer): Frame[] {
  const frames: Frame[] = [];
  reader.feed(chunk);
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) frames.push(frame);
  return frames;
}

function cutHeader(type: number, length: number, cut: number): Buffer[] {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = type;
  header.writeUInt32BE(length, 1);
  return [header.subarray(0, cut), header.subarray(cut)];
}

function refuses(chunks: readonly Buffer[]): void {
  assert.throws(
    () => readAll(chunks),
    (error) => error instanceof BeelineError && error.code === 'PROTOCOL',
  );
}

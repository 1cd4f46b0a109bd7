import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FrameSource } from '../../../src/core/transfer/frameSource';
import { openSource } from '../../../src/core/transfer/sourceFile';
import { DATA_BYTES, FrameReader, FrameType } from '../../../src/core/wire/v1';
import { demand, demandSameBytes } from '../properties';
import type { FuzzTarget } from '../target';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'beeline-fuzz-source-'));
process.once('exit', () => {
  fs.rmSync(folder, { recursive: true, force: true });
});
/** Bytes: more than one read takes, which is sixteen frames. */
const MAX_FILE_BYTES = 17 * DATA_BYTES;

/** A file of the size that the first bytes say, filled with the rest, comes out of its own frames. */
export const target: FuzzTarget = {
  covers: ['src/core/transfer/frameSource.ts'],
  kind: 'bytes',
  head: 3,
  seeds: () => [
    sized(0, ''),
    sized(1, 'x'),
    sized(DATA_BYTES, 'ab'),
    sized(DATA_BYTES + 1, 'abc'),
    sized(4 * DATA_BYTES, 'abcd'),
    sized(16 * DATA_BYTES, 'abcde'),
    sized(16 * DATA_BYTES + 1, 'abcdef'),
  ],
  async fuzz(input) {
    const size = Buffer.concat([
      Buffer.alloc(1),
      input.subarray(0, 3),
      Buffer.alloc(3),
    ]).readUInt32BE(0);
    const filling = input.subarray(3);
    const bytes = Buffer.alloc(size % MAX_FILE_BYTES, filling.length === 0 ? 'x' : filling);
    const file = path.join(folder, 'source');
    fs.writeFileSync(file, bytes);
    const source = await FrameSource.open(await openSource(file));
    try {
      const reader = new FrameReader();
      const parts: Buffer[] = [];
      let told = 0;
      for (let blocks = await source.read(); blocks.length > 0; blocks = await source.read()) {
        for (const block of blocks) {
          told += block.payloadBytes;
          reader.feed(block.bytes);
          for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
            demand(frame.type === FrameType.data, 'a frame that is no data');
            demand(frame.payload.length > 0, 'a frame of nothing');
            demand(frame.payload.length <= DATA_BYTES, 'a frame larger than ats-p2p writes');
            parts.push(frame.payload);
          }
          demand(!reader.isMidFrame, 'a block that ends within a frame');
        }
      }
      demand(told === bytes.length, 'a count of bytes that is wrong');
      demandSameBytes(Buffer.concat(parts), bytes, 'the frames do not hold the file');
      return true;
    } finally {
      await source.close();
    }
  },
};

function sized(size: number, filling: string): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(size);
  return Buffer.concat([bytes.subarray(1), Buffer.from(filling)]);
}

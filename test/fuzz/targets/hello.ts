import { decodeHello, encodeHello } from '../../../src/core/swarm/hello';
import { demand, demandEqual, demandSameBytes, readOr } from '../properties';
import type { FuzzTarget } from '../target';

/** A later version may have more behind it; ours is accepted in one form alone, and within limits. */
export const target: FuzzTarget = {
  covers: ['src/core/swarm/hello.ts'],
  kind: 'bytes',
  seeds: () => [
    Buffer.from(encodeHello({ version: '1.2.3', features: [] })),
    Buffer.from(encodeHello({ version: '', features: ['delta', 'ünicode'] })),
    Buffer.from([2, 1, 0x31, 0, 0xff, 0xff]),
  ],
  fuzz(input) {
    const said = readOr(['PROTOCOL'], () => decodeHello(input))?.value;
    if (said === undefined) return false;
    demand(said.features.length <= 32, 'more features than there may be');
    for (const word of [said.version, ...said.features]) {
      demand(Buffer.byteLength(word) <= 64, 'a word beyond its limit');
    }
    const written = encodeHello(said);
    demandEqual(decodeHello(written), said, 'written and read again it is another');
    if (input[0] === 1) demandSameBytes(written, input, 'one hello in two encodings');
    return true;
  },
};

import { gzipSync } from 'node:zlib';
import { packLedger, unpackLedger } from '../../../src/core/receivefs/tree/ledger';
import { whyBadPath } from '../../../src/core/wire/v2Entry';
import { demand, demandEqual } from '../properties';
import type { FuzzTarget } from '../target';

const hash = 'ab'.repeat(32);
const head = {
  version: 1,
  kid: hash,
  name: 'p',
  receivedAt: '2026-03-01T12:00:00.000Z',
  roots: [{ name: 'p', path: '/s/p' }],
};
const lines = [
  ['folder', 'p', 493, 5],
  ['file', 'p/a', 420, 5, 3, '5000000', hash],
  ['file', 'p/b', 420, 5, 3, '5000000', hash, 'b (1)'],
  ['link', 'p/l', 511, 5, 'a'],
];

/** A ledger is whole or none, and never names a place outside of its root. */
export const target: FuzzTarget = {
  covers: ['src/core/receivefs/tree/ledger.ts'],
  kind: 'text',
  dictionary: ['"file"', '"folder"', '"link"', '"version":1', '../', '\n', hash],
  seeds: () => [
    Buffer.from(JSON.stringify(head)),
    Buffer.from([head, ...lines].map((line) => JSON.stringify(line)).join('\n')),
  ],
  async fuzz(input) {
    // As it is on disk, and as what is unpacked of it: else only the packing would be attacked.
    demand((await unpackLedger(input.toString('latin1'))) === undefined, 'noise that is a ledger');
    const ledger = await unpackLedger(gzipSync(input, { level: 1 }).toString('base64'));
    if (ledger === undefined) return false;
    for (const entry of ledger.entries) {
      demand(whyBadPath(entry.path) === undefined, 'a path that leads out');
      demand(
        entry.at === undefined || whyBadPath(entry.at) === undefined,
        'a place that leads out',
      );
    }
    demandEqual(await unpackLedger(await packLedger(ledger)), ledger, 'packed it is another');
    return true;
  },
};

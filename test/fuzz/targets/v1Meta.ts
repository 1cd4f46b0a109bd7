import { decodeMeta, encodeMeta } from '../../../src/core/wire/v1Meta';
import { demand, demandEqual, readOr } from '../properties';
import type { FuzzTarget } from '../target';

const hash = 'ab'.repeat(32);

/** What is accepted is a whole number of bytes and a SHA-256, and stays what it is. */
export const target: FuzzTarget = {
  covers: ['src/core/wire/v1Meta.ts'],
  kind: 'json',
  dictionary: ['name', 'filename', 'file_name', 'size', 'fileSize', 'hash', 'sha256', hash],
  seeds: () => [
    encodeMeta({ name: 'report.pdf', size: 12, hash }),
    Buffer.from(`{"filename":"a","file_size":0,"sha256":"${hash.toUpperCase()}"}`),
    Buffer.from(`{"name":null,"file_name":"ü","fileSize":9007199254740991,"fileHash":"${hash}"}`),
  ],
  fuzz(input) {
    const meta = readOr(['PROTOCOL'], () => decodeMeta(input))?.value;
    if (meta === undefined) return false;
    demand(Number.isSafeInteger(meta.size) && meta.size >= 0, 'a size that is none');
    demand(/^[0-9a-f]{64}$/.test(meta.hash), 'a hash that is none');
    demand(meta.name === undefined || typeof meta.name === 'string', 'a name that is none');
    demandEqual(decodeMeta(encodeMeta(meta)), meta, 'written and read again it is another');
    return true;
  },
};

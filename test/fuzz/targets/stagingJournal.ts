import {
  JOURNAL_VERSION,
  type JournalHeader,
  type JournalLine,
  readJournal,
} from '../../../src/core/receivefs/tree/stagingJournal';
import { demand, demandEqual } from '../properties';
import type { FuzzTarget } from '../target';

const hash = 'ab'.repeat(32);
const header: JournalHeader = {
  t: 'header',
  v: JOURNAL_VERSION,
  id: 'cd'.repeat(16),
  kid: hash,
  digest: hash,
  mode: 'update',
};
const lines: readonly JournalLine[] = [
  { t: 'file', i: 1, size: 2, mtime: 3, mode: 0o644, sha: hash },
  { t: 'mark', i: 2, at: 33_554_432 },
  { t: 'placing', i: 0, path: '/a/b', node: '1:2' },
  { t: 'placed', i: 0 },
  { t: 'update', i: 1, at: 'a/b (1)' },
  { t: 'removed', path: 'p/a' },
  { t: 'made', path: 'a/.git' },
];

/** A journal is good up to a line, and what is good of it reads the same again, torn wherever. */
export const target: FuzzTarget = {
  covers: ['src/core/receivefs/tree/stagingJournal.ts'],
  kind: 'text',
  dictionary: ['"t":"file"', '"i":', '"v":1', '"v":2', '\n', '0o777', 'null', '-1'],
  seeds: () => [
    Buffer.from(`${JSON.stringify(header)}\n`),
    Buffer.from([header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('')),
  ],
  fuzz(input) {
    const content = readJournal(input);
    if (content.kind !== 'read') return false;
    demand(content.goodBytes <= input.length, 'more than there is');
    demandEqual(
      readJournal(input.subarray(0, content.goodBytes)),
      content,
      'the good part reads as another',
    );
    demand(content.header.v === JOURNAL_VERSION, 'a journal of another version');
    for (const line of content.lines) {
      if ('i' in line)
        demand(Number.isSafeInteger(line.i) && line.i >= 0, 'an index out of bounds');
    }
    const written = [content.header, ...content.lines]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join('');
    const again = readJournal(Buffer.from(written));
    demandEqual(
      again,
      { ...content, goodBytes: Buffer.byteLength(written) },
      'written it is another',
    );
    return true;
  },
};

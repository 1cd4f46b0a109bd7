import assert from 'node:assert/strict';
import type { PreviewEntry } from '../../../src/core/events';
import { previewRows, previewTitle } from '../../../src/host/text/previewText';
import { anOffer, HOSTILE } from './samples';

const file = (path: string, size = 1000): PreviewEntry => ({ path, kind: 'file', size });

describe('the list of what is offered', () => {
  it('names each file with its size, in the order of the sender', () => {
    const entries: PreviewEntry[] = [
      { path: 'docs', kind: 'folder', size: 0 },
      file('docs/b.txt'),
      file('docs/a.txt', 1),
      { path: 'docs/l', kind: 'link', size: 0 },
    ];
    assert.deepEqual(
      previewRows(entries).map(({ label, description }) => [label, description]),
      [
        ['docs', 'folder'],
        ['docs/b.txt', '1.0 kB'],
        ['docs/a.txt', '1 byte'],
        ['docs/l', 'link'],
      ],
    );
  });

  it('counts all of it, also what is too much to list', () => {
    const entries = Array.from({ length: 50_000 }, (_, at) => file(`f${String(at)}`));
    const rows = previewRows(entries);
    assert.equal(rows.length, 2001);
    assert.equal(rows.at(-1)?.label, 'and 48000 more entries');
    assert.equal(
      previewTitle(anOffer({ trust: 'verified' }), entries),
      'report.pdf (50000 files, 50.0 MB) from agent-b (verified)',
    );
  });

  it('makes no icon of a path', () => {
    assert.ok(!previewRows([file(HOSTILE)])[0]?.label.includes('$('));
  });
});

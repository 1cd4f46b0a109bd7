import assert from 'node:assert/strict';
import type { PreviewEntry } from '../../../src/core/events';
import { OfferedTree } from '../../../src/host/text/offeredTree';
import {
  folderRows,
  foundRows,
  previewTitle,
  type PreviewRow,
} from '../../../src/host/text/previewText';
import { anOffer, HOSTILE } from './samples';

const file = (path: string, size = 1000): PreviewEntry => ({ path, kind: 'file', size });
const folder = (path: string): PreviewEntry => ({ path, kind: 'folder', size: 0 });
const shown = (rows: readonly PreviewRow[]) =>
  rows.map(({ label, description }) => `${label} ${description}`.trim());

const docs: readonly PreviewEntry[] = [
  folder('docs'),
  folder('docs-old'),
  folder('docs/sub'),
  folder('docs/sub/empty'),
  file('docs/sub/b.txt'),
  { path: 'docs/l', kind: 'link', size: 0 },
  file('docs/a.txt', 1),
];

describe('the list of what is offered', () => {
  it('is walked through folder by folder, each with what it holds', () => {
    const tree = new OfferedTree(docs);
    assert.equal(tree.start, '');
    assert.deepEqual(shown(folderRows(tree, '')), ['docs/ 2 files, 1.0 kB', 'docs-old/ no files']);
    assert.deepEqual(shown(folderRows(tree, 'docs')), [
      '..',
      'sub/ 1 file, 1.0 kB',
      'l link',
      'a.txt 1 byte',
    ]);
    assert.deepEqual(
      folderRows(tree, 'docs/sub').map(({ opens }) => opens),
      ['docs', 'docs/sub/empty', undefined],
    );
    assert.equal(folderRows(tree, 'docs')[0]?.opens, '');
  });

  it('begins inside of a folder that is all there is', () => {
    assert.equal(new OfferedTree([folder('p'), file('p/a')]).start, 'p');
    assert.equal(new OfferedTree([file('a')]).start, '');
    assert.deepEqual(shown(folderRows(new OfferedTree([file('a')]), '')), ['a 1.0 kB']);
  });

  it('is searched by any part of a path, however deep', () => {
    const tree = new OfferedTree(docs);
    assert.deepEqual(shown(foundRows(tree, 'B.TX')), ['docs/sub/b.txt 1.0 kB']);
    assert.deepEqual(shown(foundRows(tree, 'sub/empty')), ['docs/sub/empty/ no files']);
    assert.deepEqual(foundRows(tree, 'nothing'), []);
  });

  it('counts all of it, also what is too much to list, and stays quick', () => {
    const entries = [
      folder('p'),
      ...Array.from({ length: 100_000 }, (_, at) => file(`p/f${String(at)}`)),
    ];
    const begun = performance.now();
    const tree = new OfferedTree(entries);
    const rows = folderRows(tree, 'p');
    assert.equal(rows.length, 1001);
    assert.deepEqual(shown(rows).at(-1), 'and 99000 more entries type to search in all of them');
    const found = foundRows(tree, 'f9');
    assert.deepEqual(shown(found).at(-1), 'and 10111 more entries type more of the name');
    // Seconds would be a list that is gone through once for each entry.
    assert.ok(performance.now() - begun < 3000);
    assert.equal(
      previewTitle(anOffer({ trust: 'verified', kind: 'folder', fileName: 'p' }), entries),
      'p (100000 files, 100 MB) from agent-b (verified)',
    );
  });

  it('makes no icon of a path', () => {
    const tree = new OfferedTree([file(HOSTILE.replaceAll('/', '_'))]);
    for (const rows of [folderRows(tree, ''), foundRows(tree, 'accept')]) {
      assert.equal(rows.length, 1);
      assert.ok(!rows[0]?.label.includes('$('));
    }
  });
});

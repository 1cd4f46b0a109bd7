import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { errors } from '../../../src/core/errors';
import { MAX_ENTRIES, manifestOf, manifestPages } from '../../../src/core/transfer/manifest';
import { type ExpectedManifest, ManifestReader } from '../../../src/core/transfer/manifestReader';
import { comparePaths } from '../../../src/core/transfer/pathOrder';
import { TreeHash } from '../../../src/core/transfer/treeHash';
import { MAX_PAGE_BYTES, encodeManifestPage } from '../../../src/core/wire/v2';
import { type ManifestEntry } from '../../../src/core/wire/v2Entry';
import { seeded } from './transferFixture';

const file = (path: string, size = 1): ManifestEntry & { kind: 'file' } => ({
  kind: 'file',
  path,
  size,
  mode: 0o644,
  mtime: 0,
});
const folder = (path: string): ManifestEntry => ({
  kind: 'folder',
  path,
  size: 0,
  mode: 0o755,
  mtime: 0,
});
const link = (path: string, target = 'x'): ManifestEntry => ({
  kind: 'link',
  path,
  size: 0,
  mode: 0o777,
  mtime: 0,
  target,
});

describe('a manifest', () => {
  it('has the digest that another program computed from the bytes in docs/wire.md', () => {
    const manifest = manifestOf([
      file('z', 0),
      { ...file('report.pdf', 5), mtime: 1_700_000_000_123 },
    ]);
    assert.equal(
      manifest.digest.toString('hex'),
      '0258362c7109fcf0a863b42b1f7a1e82cf1927005131a5816ace7caad0b94faf',
    );
    assert.deepEqual(
      manifest.entries.map(({ path, size, mode, mtime }) => [path, size, mode, mtime]),
      [
        ['report.pdf', 5, 0o644, 1_700_000_000_123],
        ['z', 0, 0o644, 0],
      ],
    );
    assert.equal(manifest.bytes, 5);
  });

  it('is the same whatever the order of its entries', () => {
    const names = ['b', 'a', '😀', '～', 'a.b', 'a b', 'ab'];
    const entries = names.flatMap((name) => [folder(name), file(`${name}/x`), link(`${name}/y`)]);
    const { digest } = manifestOf(entries);
    assert.deepEqual(manifestOf(entries.toReversed()).digest, digest);
  });

  it('refuses names that cannot be sent, and the same name twice', () => {
    for (const name of ['a\\b', '/a', '..', 'c:', '\ud800', 'x'.repeat(4_097)]) {
      assert.throws(() => manifestOf([file(name)]), { code: 'NAME_REFUSED' }, name);
    }
    for (const other of [file('a'), folder('a')]) {
      assert.throws(() => manifestOf([file('a'), file('b'), other]), { code: 'NAME_REFUSED' });
    }
  });

  it('refuses links that lead out, and has the folder of everything', () => {
    const out = [folder('a'), link('a/b', '..')];
    assert.throws(() => manifestOf(out), {
      code: 'LINK_REFUSED',
      message: /a\/b is a link to \.\./,
    });
    assert.throws(() => manifestOf([folder('a'), file('a/b/c')]), { code: 'INTERNAL' });
  });

  it('refuses sizes whose sum no number holds', () => {
    const most = Number.MAX_SAFE_INTEGER;
    assert.throws(() => manifestOf([file('a', most), file('b', 1)]), { code: 'TOO_LARGE' });
  });

  it('is cut into pages as full as they get, and read from them as it was', () => {
    const random = seeded(7);
    const names = new Set<string>();
    while (names.size < 5_000) names.add('n'.repeat(random() * 200) + String(random()));
    const manifest = manifestOf([...names].map((name) => file(name, 3)));
    const pages = [...manifestPages(manifest.entries)];
    assert(pages.length > 5);
    for (const [index, page] of pages.entries()) {
      assert(page.length <= MAX_PAGE_BYTES);
      assert(index === pages.length - 1 || page.length > MAX_PAGE_BYTES - 300, `page ${index}`);
    }
    assert.deepEqual(read(pages), manifest);
    const digest = createHash('sha256').update(Buffer.concat(pages)).digest();
    assert.deepEqual(manifest.digest, digest);
  });
});

/** A manifest comes from a peer: none that could write twice, or beside its place, is taken. */
describe('a manifest that is read', () => {
  const fine: [string, ManifestEntry[]][] = [
    [
      'a folder and what is in it',
      [folder('a'), file('a/b'), folder('a/c'), link('a/c/d', '../b')],
    ],
    ['names that begin alike', [file('a'), file('a!b'), file('a-b'), file('a.b'), file('ab')]],
    ['what JavaScript would order otherwise', [file('\uff5e'), file('\u{1f600}')]],
    ['a link to nothing, inside', [folder('a'), link('a/b', 'c/d')]],
    ['a link to itself', [folder('a'), link('a/b', 'b')]],
  ];
  for (const [name, entries] of fine) {
    it(`may have ${name}`, () => {
      assert.deepEqual(read([encodeAll(entries)]).entries, entries);
    });
  }

  const bad: [string, ManifestEntry[]][] = [
    ['a path twice', [file('a'), file('a')]],
    ['a path twice, once as a folder', [folder('a'), file('a')]],
    ['entries out of order', [file('b'), file('a')]],
    ['the order of UTF-16', [file('\u{1f600}'), file('\uff5e')]],
    ['something below a file', [file('a'), file('a/b')]],
    ['something below a link', [link('a', '/etc'), file('a/b')]],
    ['something deep below a link', [link('a', '/etc'), file('a/b/c/d')]],
    [
      'something below a file, with others between',
      [file('a'), file('a!'), file('a-'), file('a/b')],
    ],
    ['a folder that nobody listed', [file('a/b')]],
    ['an inner folder that nobody listed', [folder('a'), file('a/b/c')]],
    ['something below an inner file', [folder('a'), file('a/b'), file('a/b/c')]],
    ['something below one of two that begin alike', [file('a'), file('a!'), file('a!/b')]],
  ];
  for (const [name, entries] of bad) {
    it(`must not have ${name}`, () => {
      assert.throws(() => read([encodeAll(entries)]), { code: 'PROTOCOL' });
    });

    it(`must not have ${name}, over several pages`, () => {
      const pages = entries.map((entry, number) =>
        encodeManifestPage({ number, isLast: number === entries.length - 1, entries: [entry] }),
      );
      assert.throws(() => read(pages), { code: 'PROTOCOL' });
    });
  }

  it('must not have a link that leads out, in whatever order it and others come', () => {
    for (const entries of [
      [folder('a'), link('a/b', '/etc')],
      [folder('a'), link('a/b', '..')],
      [link('a', 'b')],
      [folder('a'), link('a/b', 'c/../..'), folder('a/c')],
      // Seems to lead to the top-level folder, until the link that comes after it is known.
      [folder('a'), link('a/b', 'd/x/../../e'), folder('a/d'), link('a/d/x', '..')],
    ]) {
      const pages = entries.map((entry, number) =>
        encodeManifestPage({ number, isLast: number === entries.length - 1, entries: [entry] }),
      );
      for (const each of [pages, [encodeAll(entries)]]) {
        assert.throws(() => read(each), { code: 'LINK_REFUSED' }, JSON.stringify(entries));
      }
    }
  });

  it('must not be empty', () => {
    assert.throws(() => read([encodeAll([])]), { code: 'PROTOCOL' });
  });

  it('must have its pages in order, without gaps', () => {
    const pages = [0, 1, 2].map((number) =>
      encodeManifestPage({ number, isLast: number === 2, entries: [file(`f${number}`)] }),
    );
    assert.equal(read(pages).entries.length, 3);
    for (const wrong of [pages.slice(1), [pages[0], pages[2]], [pages[0], pages[0]]]) {
      assert.throws(() => read(wrong as Buffer[]), { code: 'PROTOCOL' });
    }
  });

  it('must be what was offered', () => {
    const entries = [file('a', 3), file('b', 4)];
    const { digest } = read([encodeAll(entries)]);
    const fits = { entries: 2, size: 7, digest };
    assert.equal(read([encodeAll(entries)], fits).bytes, 7);
    const others: ExpectedManifest[] = [
      { entries: 1, size: 7 },
      { entries: 3, size: 7 },
      { entries: 2, size: 6 },
      { entries: 2, size: 8 },
      { entries: 2, size: 7, digest: Buffer.alloc(32) },
    ];
    for (const other of others) {
      assert.throws(() => read([encodeAll(entries)], other), { code: 'META_MISMATCH' });
    }
  });

  it('is refused at the first entry or byte beyond what was offered, not at its end', () => {
    const reader = new ManifestReader({ entries: 1, size: 10 });
    const page = encodeManifestPage({ number: 0, isLast: false, entries: [file('a'), file('b')] });
    assert.throws(() => reader.add(page), { code: 'META_MISMATCH' });
    const large = encodeManifestPage({ number: 0, isLast: false, entries: [file('a', 11)] });
    const another = new ManifestReader({ entries: 5, size: 10 });
    assert.throws(() => another.add(large), { code: 'META_MISMATCH' });
  });

  it('must not have sizes whose sum no number holds', () => {
    const most = Number.MAX_SAFE_INTEGER;
    assert.throws(() => read([encodeAll([file('a', most), file('b', most)])]), {
      code: 'PROTOCOL',
    });
  });

  it('is refused when it takes more memory than any honest one, also when as much was offered', () => {
    const reader = new ManifestReader({ entries: MAX_ENTRIES, size: Number.MAX_SAFE_INTEGER });
    const long = 'x'.repeat(4_000);
    const error = caught(() => {
      for (let number = 0; number < 10_000; number++) {
        const entries = Array.from({ length: 16 }, (_, index) =>
          file(String(number).padStart(8, '0') + String(index).padStart(2, '0') + long),
        );
        reader.add(encodeManifestPage({ number, isLast: false, entries }));
      }
    });
    assert.equal(error.code, 'PROTOCOL');
  });

  it('takes its time in proportion, also when every path begins with the one before', () => {
    const entries = Array.from({ length: 4_000 }, (_, index) => file('x'.repeat(index + 1)));
    const pages = [...manifestPages(entries)];
    const began = performance.now();
    assert.equal(read(pages).entries.length, 4_000);
    assert(performance.now() - began < 5_000);
  });
});

describe('the tree hash', () => {
  it('is what another program computed from keys.md', () => {
    const tree = new TreeHash();
    const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
    tree.addFile(file('a', 5), sha256('hello'));
    tree.addOther(folder('b') as ManifestEntry & { kind: 'folder' });
    tree.addOther(link('b/c', '../a') as ManifestEntry & { kind: 'link' });
    tree.addFile({ ...file('\uff5e', 0), mode: 0o600, mtime: 2 }, sha256(''));
    tree.addFile({ ...file('\u{1f600}', 2 ** 33), mtime: 3 }, sha256('x'));
    assert.equal(
      tree.digest().toString('hex'),
      '3e143e49dfaaceee5e8dc5d0bf80c1009f15433452c798eb82d4126d2227ec87',
    );
  });

  it('refuses another order than that of the bytes', () => {
    const tree = new TreeHash();
    tree.addFile(file('\uff5e'), Buffer.alloc(32));
    tree.addFile(file('\u{1f600}'), Buffer.alloc(32));
    assert.throws(() => {
      tree.addFile(file('a'), Buffer.alloc(32));
    });
  });
});

describe('the order of paths', () => {
  it('is that of their bytes, for random ones', () => {
    const random = seeded(11);
    const units = ['a', 'b', '/', '!', '~', 'é', '\u{d7ff}', '\ue000', '\uff5e', '\u{10000}', '😀'];
    const some = (): string =>
      Array.from({ length: random() * 6 }, () => units[Math.floor(random() * units.length)]).join(
        '',
      );
    for (let round = 0; round < 20_000; round++) {
      const [a, b] = [some(), some()];
      const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
      assert.equal(Math.sign(comparePaths(a, b)), expected, JSON.stringify([a, b]));
    }
  });
});

function encodeAll(entries: ManifestEntry[]): Buffer {
  return encodeManifestPage({ number: 0, isLast: true, entries });
}

function read(pages: readonly Buffer[], expected?: ExpectedManifest) {
  const reader = new ManifestReader(expected);
  for (const [index, page] of pages.entries()) {
    const manifest = reader.add(page);
    if (manifest !== undefined) {
      assert.equal(index, pages.length - 1);
      return manifest;
    }
  }
  throw errors.internal('the manifest had no end');
}

function caught(action: () => void): { code?: unknown } {
  try {
    action();
  } catch (thrown) {
    return thrown as { code?: unknown };
  }
  return {};
}

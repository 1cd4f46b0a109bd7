import * as v from 'valibot';
import { manifestPages } from '../../../src/core/transfer/manifest';
import { ManifestReader } from '../../../src/core/transfer/manifestReader';
import { encodeManifestPage, type ManifestPage } from '../../../src/core/wire/v2';
import type { ManifestEntry } from '../../../src/core/wire/v2Entry';
import { demand, jsonSeeds, parseJson, readOr } from '../properties';
import type { FuzzTarget } from '../target';
import { demandLinksInside } from './linkProperties';
import { demandGoodEntry } from './manifestProperties';

/**
 * Pages as JSON, which the target encodes: how they are decoded is another's matter. What is put
 * together of them is in order, without doubles and without anything below a file, and never more
 * than was offered; its links stay inside.
 */
export const target: FuzzTarget = {
  covers: [
    'src/core/transfer/manifestReader.ts',
    'src/core/transfer/pathOrder.ts',
    'src/core/transfer/linkTarget.ts',
  ],
  kind: 'json',
  dictionary: [
    '/',
    'a/b',
    'a/b/c',
    'a-b',
    'é',
    '\u{1f600}',
    '\uffff',
    '.',
    'a/./b',
    '../b',
    'C:x',
    'a\\b',
    'link',
    '..',
    'b/../..',
    '../c',
  ],
  seeds: () =>
    jsonSeeds(
      [page(0, true, [entry('a')])],
      [page(0, true, [entry('a', 'folder'), entry('a-b'), entry('a/b'), entry('ab')])],
      [page(0, true, [entry('é'), entry('\uffff'), entry('\u{1f600}')])],
      [
        page(0, false, [entry('a'), entry('a-b')]),
        page(1, false, [entry('ab'), entry('b', 'folder')]),
        page(2, true, [entry('b/c'), entry('b/d', 'link'), link('b/e', 'd/../c')]),
      ],
    ),
  fuzz(input) {
    const pages = parseJson(input)?.value;
    if (!v.is(schema, pages)) return false;
    const open = new ManifestReader();
    const expecting = new ManifestReader({ entries: 3, size: 15 });
    let expects = true;
    for (const payload of pages.map((each) => encodeManifestPage(each as ManifestPage))) {
      const read = readOr(['PROTOCOL', 'LINK_REFUSED'], () => open.add(payload));
      if (expects) expects = checkExpected(expecting, payload);
      if (read === undefined) return false;
      if (read.value === undefined) continue;
      checkEntries(read.value.entries);
      demandLinksInside(read.value.entries);
      const sum = read.value.entries.reduce((bytes, { size }) => bytes + size, 0);
      demand(read.value.bytes === sum, 'a sum that is wrong');
      const [only] = [...manifestPages(read.value.entries)];
      const alone = new ManifestReader().add(only ?? Buffer.alloc(0));
      demand(
        pages.length > 1 || alone?.digest.equals(read.value.digest) === true,
        'another digest',
      );
      return true;
    }
    return false;
  },
};

const number = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const common = { path: v.pipe(v.string(), v.maxLength(1000)), mode: number, mtime: number };
/** What can be encoded; also what must not be accepted. */
const schema = v.array(
  v.object({
    number,
    isLast: v.boolean(),
    entries: v.array(
      v.variant('kind', [
        v.object({ kind: v.literal('file'), ...common, size: number }),
        v.object({ kind: v.literal('folder'), ...common, size: v.literal(0) }),
        v.object({
          kind: v.literal('link'),
          ...common,
          size: v.literal(0),
          target: v.pipe(v.string(), v.maxLength(1000)),
        }),
      ]),
    ),
  }),
);

/** Whether it may be asked again. */
function checkExpected(reader: ManifestReader, payload: Buffer): boolean {
  const read = readOr(['PROTOCOL', 'META_MISMATCH', 'LINK_REFUSED'], () => reader.add(payload));
  if (read?.value === undefined) return read !== undefined;
  demand(read.value.entries.length === 3, 'another number of entries than was offered');
  demand(read.value.bytes === 15, 'another number of bytes than was offered');
  return false;
}

function checkEntries(entries: readonly ManifestEntry[]): void {
  const byPath = new Map(entries.map((each) => [each.path, each]));
  demand(byPath.size === entries.length, 'two entries with one path');
  let last: Buffer | undefined;
  for (const each of entries) {
    demandGoodEntry(each);
    const path = Buffer.from(each.path);
    demand(last === undefined || Buffer.compare(last, path) < 0, 'entries that are not in order');
    last = path;
    for (let at = each.path.indexOf('/'); at >= 0; at = each.path.indexOf('/', at + 1)) {
      const above = byPath.get(each.path.slice(0, at));
      demand(
        above === undefined || above.kind === 'folder',
        'an entry below one that is no folder',
      );
    }
  }
}

function page(
  at: number,
  isLast: boolean,
  entries: readonly ManifestEntry[],
): v.InferInput<typeof schema>[number] {
  return { number: at, isLast, entries: [...entries] };
}

function entry(path: string, kind: ManifestEntry['kind'] = 'file'): ManifestEntry {
  const fields = { path, mode: 0o644, mtime: 1 };
  if (kind === 'file') return { kind, ...fields, size: 5 };
  return kind === 'link' ? { kind, ...fields, size: 0, target: 'b' } : { kind, ...fields, size: 0 };
}

function link(path: string, to: string): ManifestEntry {
  return { kind: 'link', path, mode: 0o777, mtime: 1, size: 0, target: to };
}

import assert from 'node:assert/strict';
import { PlanReader } from '../../../src/core/transfer/planReader';
import { planPages } from '../../../src/core/transfer/planPages';
import {
  MAX_PAGE_BYTES,
  decodeCopy,
  decodeFileHead,
  decodePlanPage,
  decoders,
  encodeCopy,
  encodeFileHead,
  encodePlanPage,
  MessageType,
} from '../../../src/core/wire/v2';
import { MAX_BLOCKS, type PlanItem } from '../../../src/core/wire/v2Plan';
import type { PlanPage } from '../../../src/core/wire/v2PlanPage';
import { manifestOfEntries } from '../../support/memorySendingTree';
import { randomBuffer, seeded } from '../transfer/transferFixture';

const hash = (byte: string): Buffer => Buffer.from(byte.repeat(32), 'hex');
const state = { size: 9, mode: 0o644, mtime: 252 };

/** The bytes as docs/wire.md has them, by hand, and both ways between them. */
describe('the records of a plan, and of how files begin', () => {
  const page: PlanPage = {
    number: 1,
    isLast: true,
    parts: [
      { kind: 'have', index: 3, sha256: hash('aa') },
      { kind: 'prefix', index: 4, marks: [{ offset: 7, sha256: hash('bb') }] },
      { kind: 'blocks', index: 252, blockBytes: 4096, size: 8193, first: 1, hashes: hash('cc') },
    ],
  };
  const known: [string, string, Buffer, (payload: Buffer) => unknown, unknown][] = [
    [
      'a page of a plan',
      '02' + '01' + '01' + '03' +
        '0103' + 'aa'.repeat(32) +
        '0204' + '01' + '07' + 'bb'.repeat(32) +
        '03fc' + 'fd0010' + 'fd0120' + '01' + '02' + 'cc'.repeat(32),
      encodePlanPage(page),
      decodePlanPage,
      page,
    ],
    ['whole', '0200' + '03' + '09fda401fc', encodeFileHead({ how: 'whole', index: 3, state }),
      decodeFileHead, { how: 'whole', index: 3, state }],
    ['from', '0201' + '03' + '09fda401fc' + '05',
      encodeFileHead({ how: 'from', index: 3, state, offset: 5 }),
      decodeFileHead, { how: 'from', index: 3, state, offset: 5 }],
    ['same', '0202' + '03' + '09fda401fc', encodeFileHead({ how: 'same', index: 3, state }),
      decodeFileHead, { how: 'same', index: 3, state }],
    ['blocks', '0203' + '03' + '09fda401fc', encodeFileHead({ how: 'blocks', index: 3, state }),
      decodeFileHead, { how: 'blocks', index: 3, state }],
    ['gone', '0204' + '03', encodeFileHead({ how: 'gone', index: 3 }),
      decodeFileHead, { how: 'gone', index: 3 }],
    ['copy', '02fd0010', encodeCopy({ bytes: 4096 }), decodeCopy, { bytes: 4096 }],
  ]; // prettier-ignore
  for (const [name, hex, encoded, decode, value] of known) {
    it(`${name}, and nothing else that is shorter, longer or of another version`, () => {
      assert.equal(encoded.toString('hex'), hex);
      const bytes = Buffer.from(hex, 'hex');
      assert.deepEqual(decode(bytes), value);
      for (let length = 0; length < bytes.length; length++) {
        assert.throws(() => decode(bytes.subarray(0, length)), { code: 'PROTOCOL' });
      }
      assert.throws(() => decode(Buffer.concat([bytes, Buffer.alloc(1)])), { code: 'PROTOCOL' });
      for (const version of [0, 1, 3, 255]) {
        const other = Buffer.from(bytes);
        other[0] = version;
        assert.throws(() => decode(other), { code: 'PROTOCOL' }, `version ${version}`);
      }
    });
  }

  const sha = 'aa'.repeat(32);
  const plan = (parts: string, count = '01'): string => `020100${count}${parts}`;
  const refused: [string, RegExp, MessageType, string][] = [
    ['an unknown way', /a choice 5/, MessageType.file, '020503'],
    ['going on from nothing', /from nothing/, MessageType.file, '02010309fda401fc00'],
    ['going on behind the end', /behind the end/, MessageType.file, '02010309fda401fc0a'],
    ['a mode with setuid', /the mode/, MessageType.file, '02000309fd000800'],
    ['a time that no date holds', /the time/, MessageType.file, '0200030900ffffffffffffff1f00'],
    ['a copy of nothing', /of nothing/, MessageType.copy, '0200'],
    ['a page without items', /without items/, MessageType.plan, '02010000'],
    ['a page that counts a quadrillion', /Out of bounds/, MessageType.plan,
      '020100ff000000000000100001'],
    ['items that do not ascend', /do not ascend/, MessageType.plan,
      plan(`0103${sha}0103${sha}`, '02')],
    ['an item of kind 0', /kind 0/, MessageType.plan, plan(`0003${sha}`)],
    ['an item of kind 4', /kind 4/, MessageType.plan, plan(`0403${sha}`)],
    ['no marks', /0 marks/, MessageType.plan, plan('020300')],
    ['nine marks', /9 marks/, MessageType.plan, plan('020309')],
    ['a mark at the beginning', /do not ascend/, MessageType.plan, plan(`02030100${sha}`)],
    ['marks that do not ascend', /do not ascend/, MessageType.plan,
      plan(`02030205${sha}05${sha}`)],
    ['blocks of 2 KiB', /blocks of 2048/, MessageType.plan, plan('0303fd0008fd00100001')],
    ['blocks of 32 MiB', /blocks of 33554432/, MessageType.plan, plan('0303fe00000002fd00100001')],
    ['blocks of no power of two', /blocks of 4097/, MessageType.plan, plan('0303fd0110fd00100001')],
    ['blocks of nothing', /of 0$/m, MessageType.plan, plan('0303fd0010000001')],
    ['more blocks than there may be', /262145 blocks/, MessageType.plan,
      plan('0303fd0010fe010000400001')],
    ['no hashes', /0 blocks from/, MessageType.plan, plan('0303fd0010fd00100000')],
    ['hashes behind the end of the file', /2 blocks from 1 on, of 2/, MessageType.plan,
      plan(`0303fd0010fd00200102${sha}`)],
    ['hashes that are not there', /beyond the end/, MessageType.plan,
      plan('0303fd0010fd00200002')],
  ]; // prettier-ignore
  for (const [name, why, type, hex] of refused) {
    it(`refuse ${name}`, () => {
      const decode = decoders[type];
      assert.throws(
        () => decode(Buffer.from(hex, 'hex')),
        (thrown: Error & { code?: string }) => {
          assert.equal(thrown.code, 'PROTOCOL');
          assert.match(thrown.message.replace(/\).*$/s, ''), why);
          return true;
        },
      );
    });
  }

  it('refuse a page above its limit', () => {
    assert.throws(() => decodePlanPage(Buffer.alloc(MAX_PAGE_BYTES + 1)), { code: 'PROTOCOL' });
  });
});

/** What a receiver has gets through whole, however it falls on pages, and no page is too large. */
describe('a plan in pages', () => {
  it('is what it was, for any mixture of items', () => {
    const seed = 4711;
    const random = seeded(seed);
    for (let round = 0; round < 25; round++) {
      const items: PlanItem[] = [];
      const count = 1 + Math.floor(random() * 400);
      for (let index = 0; index < count; index++) items.push(...itemOf(index, random));
      if (items.length === 0) continue;
      const manifest = manifestOfEntries(
        Array.from({ length: count }, (_, index) => {
          return { kind: 'file', path: String(1e6 + index), size: 1e9, mode: 0, mtime: 0 };
        }),
      );
      const reader = new PlanReader(manifest);
      let found: ReadonlyMap<number, PlanItem> | undefined;
      for (const page of planPages(items)) {
        assert(found === undefined, 'it went on after its end');
        assert(page.length <= MAX_PAGE_BYTES, `a page of ${page.length} bytes`);
        found = reader.add(page);
      }
      assert.deepEqual([...(found ?? new Map()).values()], items, `seed ${seed}, round ${round}`);
    }
  });

  it('of the largest item there can be', () => {
    const size = 4096 * MAX_BLOCKS;
    const hashes = randomBuffer(16 * MAX_BLOCKS, seeded(1));
    const item: PlanItem = { kind: 'blocks', index: 0, blockBytes: 4096, size, hashes };
    const entry = { kind: 'file', path: 'db', size, mode: 0, mtime: 0 } as const;
    const reader = new PlanReader(manifestOfEntries([entry]));
    const found = [...planPages([item])].map((page) => reader.add(page)).at(-1);
    assert.deepEqual(found?.get(0), item);
  });
});

function itemOf(index: number, random: () => number): PlanItem[] {
  const kind = random();
  if (kind < 0.3) return [];
  if (kind < 0.6) return [{ kind: 'have', index, sha256: randomBuffer(32, random) }];
  if (kind < 0.8) {
    const marks = Array.from({ length: 1 + Math.floor(random() * 8) }, (_, at) => {
      return { offset: 1 + at * 70_000, sha256: randomBuffer(32, random) };
    });
    return [{ kind: 'prefix', index, marks }];
  }
  const blocks = 1 + Math.floor(random() ** 6 * 20_000);
  const size = 4096 * (blocks - 1) + 1 + Math.floor(random() * 4096);
  const hashes = randomBuffer(16 * blocks, random);
  return [{ kind: 'blocks', index, blockBytes: 4096, size, hashes }];
}

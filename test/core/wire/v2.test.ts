import assert from 'node:assert/strict';
import { BeelineError } from '../../../src/core/errors';
import {
  MAX_CODE_BYTES,
  MAX_DATA_BYTES,
  MAX_FAIL_BYTES,
  MAX_PAGE_BYTES,
  MessageType,
  costOf,
  decodeAccept,
  decodeCredit,
  decodeData,
  decodeDone,
  decodeFail,
  decodeFileEnd,
  decodeGot,
  decodeManifestPage,
  decodeReceived,
  decodeWant,
  decoders,
  encodeAccept,
  encodeCredit,
  encodeDone,
  encodeFail,
  encodeFileEnd,
  encodeGot,
  encodeManifestPage,
  encodeReceived,
  encodeWant,
} from '../../../src/core/wire/v2';
import { type ManifestEntry, entryBytes, whyBadPath } from '../../../src/core/wire/v2Entry';
import { seeded } from '../transfer/transferFixture';

const hash = (byte: string): Buffer => Buffer.from(byte.repeat(32), 'hex');

const file: ManifestEntry = { kind: 'file', path: 'a', size: 5, mode: 0o644, mtime: 0 };

const pageOf = (...entries: ManifestEntry[]): Buffer =>
  encodeManifestPage({ number: 0, isLast: true, entries });

/**
 * Each message, the bytes written by hand from docs/wire.md, and both ways between them. Should one
 * of these fail, peers of the released version do not understand us any more.
 */
describe('the records of wire version 2', () => {
  const known: [string, string, Buffer, (payload: Buffer) => unknown, unknown][] = [
    ['want to look', '0200', encodeWant({ purpose: 'look' }), decodeWant, { purpose: 'look' }],
    [
      'want to receive',
      '0201',
      encodeWant({ purpose: 'receive' }),
      decodeWant,
      { purpose: 'receive' },
    ],
    [
      'accept',
      '0200' + 'ab'.repeat(32),
      encodeAccept({ manifestDigest: hash('ab'), plan: 'all' }),
      decodeAccept,
      { manifestDigest: hash('ab'), plan: 'all' },
    ],
    [
      'credit',
      '02fe00004000',
      encodeCredit({ bytes: 4_194_304 }),
      decodeCredit,
      { bytes: 4_194_304 },
    ],
    ['got 252', '02fc', encodeGot({ index: 252 }), decodeGot, { index: 252 }],
    ['got 253', '02fdfd00', encodeGot({ index: 253 }), decodeGot, { index: 253 }],
    [
      'received',
      '02' + '11'.repeat(32) + '22'.repeat(32),
      encodeReceived({ treeHash: hash('11'), receipt: hash('22') }),
      decodeReceived,
      { treeHash: hash('11'), receipt: hash('22') },
    ],
    [
      'a page',
      '02' + '01' + '00' + '01' + '01' + '0161' + 'fda401' + '00' + '05',
      pageOf(file),
      decodeManifestPage,
      { number: 0, isLast: true, entries: [file] },
    ],
    [
      'a page in the middle',
      '02' + '00' + '07' + '02' + '020162fded0100' + '0303622f63fdff01fc042e2e2f61',
      encodeManifestPage({
        number: 7,
        isLast: false,
        entries: [
          { kind: 'folder', path: 'b', size: 0, mode: 0o755, mtime: 0 },
          { kind: 'link', path: 'b/c', size: 0, mode: 0o777, mtime: 252, target: '../a' },
        ],
      }),
      decodeManifestPage,
      {
        number: 7,
        isLast: false,
        entries: [
          { kind: 'folder', path: 'b', size: 0, mode: 0o755, mtime: 0 },
          { kind: 'link', path: 'b/c', size: 0, mode: 0o777, mtime: 252, target: '../a' },
        ],
      },
    ],
    [
      'fileEnd',
      '0203' + 'cd'.repeat(32),
      encodeFileEnd({ index: 3, sha256: hash('cd') }),
      decodeFileEnd,
      { index: 3, sha256: hash('cd') },
    ],
    [
      'done',
      '02' + 'ef'.repeat(32),
      encodeDone({ treeHash: hash('ef') }),
      decodeDone,
      { treeHash: hash('ef') },
    ],
    [
      'fail',
      '02' + '04' + '434f4445' + '03' + 'e282ac',
      encodeFail({ code: 'CODE', message: '€' }),
      decodeFail,
      { code: 'CODE', message: '€' },
    ],
  ];

  for (const [name, hex, encoded, decode, value] of known) {
    it(`${name} is ${hex.length > 40 ? `${hex.slice(0, 40)}…` : hex}`, () => {
      assert.equal(encoded.toString('hex'), hex);
      assert.deepEqual(decode(Buffer.from(hex, 'hex')), value);
    });

    it(`${name} is refused cut short anywhere, or with a byte more, or of another version`, () => {
      const bytes = Buffer.from(hex, 'hex');
      for (let length = 0; length < bytes.length; length++) {
        assert.throws(() => decode(bytes.subarray(0, length)), isProtocol, `${length} bytes`);
      }
      assert.throws(() => decode(Buffer.concat([bytes, Buffer.alloc(1)])), isProtocol);
      for (const version of [0, 1, 3, 255]) {
        const other = Buffer.from(bytes);
        other[0] = version;
        assert.throws(() => decode(other), isProtocol, `version ${version}`);
      }
    });
  }

  const refused: [string, RegExp, (payload: Buffer) => unknown, string][] = [
    ['an unknown purpose', /a choice 2/, decodeWant, '0202'],
    ['an unknown plan', /a choice 2/, decodeAccept, '0202' + 'ab'.repeat(32)],
    ['a number in a longer form', /longer form/, decodeGot, '02fd0100'],
    ['a number in its longest form', /longer form/, decodeGot, '02ff0100000000000000'],
    ['a number of more than 53 bits', /uint must be/, decodeCredit, '02ff0000000000002000'],
    ['unknown flags of a page', /unknown flags 3/, decodeManifestPage, '0203000101016100' + '0005'],
    ['a page without entries', /without entries/, decodeManifestPage, '02010000'],
    [
      'a page that counts more than it has',
      /Out of bounds/,
      decodeManifestPage,
      '02010002010161000005',
    ],
    [
      'a page that counts a quadrillion',
      /beyond the end/,
      decodeManifestPage,
      '020100ff00000000000010000101',
    ],
    ['an entry of kind 0', /kind 0/, decodeManifestPage, '02010001000161000005'],
    ['an entry of kind 4', /kind 4/, decodeManifestPage, '02010001040161000005'],
    [
      'a mode with setuid',
      /mode 2048/,
      decodeManifestPage,
      '020100010101' + '61' + 'fd0008' + '0005',
    ],
    [
      'a time that no date holds',
      /the time/,
      decodeManifestPage,
      '0201000101016100ffffffffffffff1f0005',
    ],
    ['a link to nowhere', /link to nowhere/, decodeManifestPage, '02010001030161000000'],
    ['a link with a NUL', /link to nowhere/, decodeManifestPage, '020100010301610000' + '0100'],
    ['a path that is not UTF-8', /utf-8/, decodeManifestPage, '020100010101ff000005'],
    ['a path in an overlong form', /utf-8/, decodeManifestPage, '020100010102c0af000005'],
    ['a surrogate in UTF-8', /utf-8/, decodeManifestPage, '020100010103eda080000005'],
    [
      'a code beyond its limit',
      /text of 65/,
      decodeFail,
      '0241' + '41'.repeat(MAX_CODE_BYTES + 1) + '00',
    ],
    [
      'a sentence beyond its limit',
      /text of 4097/,
      decodeFail,
      '0200' + 'fd0110' + '41'.repeat(MAX_FAIL_BYTES + 1),
    ],
  ];
  for (const [name, why, decode, hex] of refused) {
    it(`refuse ${name}`, () => {
      assert.throws(() => decode(Buffer.from(hex, 'hex')), { code: 'PROTOCOL', message: why });
    });
  }

  it('refuse empty and oversized data, and a page above its limit', () => {
    assert.throws(() => decodeData(Buffer.alloc(0)), isProtocol);
    assert.throws(() => decodeData(Buffer.alloc(MAX_DATA_BYTES + 1)), isProtocol);
    assert.equal(decodeData(Buffer.alloc(MAX_DATA_BYTES)).length, MAX_DATA_BYTES);
    assert.throws(() => decodeManifestPage(Buffer.alloc(MAX_PAGE_BYTES + 1)), isProtocol);
  });

  it('refuse words in messages that have none', () => {
    for (const type of [MessageType.alive, MessageType.cancel]) {
      assert.throws(() => decoders[type](Buffer.from('x')), isProtocol);
      assert.doesNotThrow(() => decoders[type](Buffer.alloc(0)));
    }
  });

  it('keep what is read, though the memory it came in is used again', () => {
    const payload = encodeDone({ treeHash: hash('ef') });
    const { treeHash } = decodeDone(payload);
    payload.fill(0);
    assert.deepEqual(treeHash, hash('ef'));
  });

  it('never take two meanings for one number', () => {
    const numbers = Object.values(MessageType);
    assert.equal(new Set(numbers).size, numbers.length);
    assert(numbers.every((number) => number >= 0 && number <= 16));
  });

  it('make last words free and everything else cost more than its bytes', () => {
    for (const type of Object.values(MessageType)) {
      const isLastWord = type === MessageType.fail || type === MessageType.cancel;
      assert.equal(costOf(type, { length: 10 }) > 10, !isLastWord);
    }
  });
});

/** A path that gets through here ends in a file system, so the rules are tried one by one. */
describe('a path in a manifest', () => {
  const bad = [
    ['', 'is empty'],
    ['/etc/passwd', 'is absolute'],
    ['//server/share', 'is absolute'],
    ['..', 'walks'],
    ['../x', 'walks'],
    ['a/../b', 'walks'],
    ['a/..', 'walks'],
    ['.', 'walks'],
    ['./a', 'walks'],
    ['a/./b', 'walks'],
    ['a//b', 'empty name'],
    ['a/', 'empty name'],
    ['a\\b', 'backslash'],
    ['..\\b', 'backslash'],
    ['\\\\server\\share', 'backslash'],
    ['C:', 'drive'],
    ['c:/windows', 'drive'],
    ['c:stream', 'drive'],
    ['a\0b', 'NUL'],
    ['\ud800', 'Unicode'],
    ['x'.repeat(4097), 'bytes'],
    ['€'.repeat(1366), 'bytes'],
  ] as const;
  for (const [path, why] of bad) {
    it(`is refused: ${JSON.stringify(path.slice(0, 20))} ${why}`, () => {
      assert.match(whyBadPath(path) ?? 'nothing', new RegExp(why));
      // A lone surrogate cannot even be written; everything else is refused by who reads it.
      if (why !== 'Unicode' && why !== 'bytes') {
        assert.throws(() => decodeManifestPage(pageOf({ ...file, path })), isProtocol);
      }
    });
  }

  const good = ['a', '.bashrc', '...', '..a', 'a..', 'a/b/c', 'a b', 'ä€😀', 'x'.repeat(4096)];
  for (const path of [...good, '\ufeffa', 'ab:c', '~', '-rf', 'CON']) {
    it(`is read as it was written: ${JSON.stringify(path.slice(0, 20))}`, () => {
      const [entry] = decodeManifestPage(pageOf({ ...file, path })).entries;
      assert.equal(entry?.path, path);
    });
  }
});

/** Whatever bytes come, a decoder gives a value that means exactly them, or says PROTOCOL. */
describe('the decoders of wire version 2, under random mutation', () => {
  const samples: [MessageType, Buffer][] = [
    [MessageType.want, encodeWant({ purpose: 'receive' })],
    [MessageType.accept, encodeAccept({ manifestDigest: hash('ab'), plan: 'all' })],
    [MessageType.credit, encodeCredit({ bytes: 2 ** 40 })],
    [MessageType.got, encodeGot({ index: 70_000 })],
    [MessageType.received, encodeReceived({ treeHash: hash('01'), receipt: hash('02') })],
    [MessageType.fileEnd, encodeFileEnd({ index: 300, sha256: hash('cd') })],
    [MessageType.done, encodeDone({ treeHash: hash('ef') })],
    [MessageType.fail, encodeFail({ code: 'DISK_FULL', message: 'kein Platz für “alles”' })],
    [
      MessageType.manifest,
      pageOf(
        file,
        { kind: 'folder', path: 'dir', size: 0, mode: 0o755, mtime: 1_700_000_000_000 },
        { kind: 'file', path: 'dir/ä', size: 2 ** 33, mode: 0o600, mtime: 7 },
        { kind: 'link', path: 'z', size: 0, mode: 0o777, mtime: 0, target: '../x' },
      ),
    ],
  ];
  const encoders: Partial<Record<MessageType, (value: never) => Buffer>> = {
    [MessageType.want]: encodeWant,
    [MessageType.accept]: encodeAccept,
    [MessageType.credit]: encodeCredit,
    [MessageType.got]: encodeGot,
    [MessageType.received]: encodeReceived,
    [MessageType.fileEnd]: encodeFileEnd,
    [MessageType.done]: encodeDone,
    [MessageType.fail]: encodeFail,
    [MessageType.manifest]: encodeManifestPage,
  };

  for (const [type, sample] of samples) {
    it(`type ${type}`, () => {
      let understood = 0;
      for (let seed = 1; seed <= 4_000; seed++) {
        const bytes = mutate(sample, seeded(seed * 31 + type));
        let value: unknown;
        try {
          value = decoders[type](bytes);
        } catch (thrown) {
          assert(isProtocol(thrown), `seed ${seed}: ${String(thrown)}`);
          continue;
        }
        understood++;
        const again = encoders[type]?.(value as never);
        assert(again !== undefined);
        assert.equal(again.toString('hex'), bytes.toString('hex'), `seed ${seed}`);
      }
      assert(understood > 0, 'no mutation was understood, so nothing was tried');
    });
  }

  it('reckon the bytes of an entry as they are', () => {
    const [, page] = samples.at(-1) ?? [0, Buffer.alloc(0)];
    const { entries } = decodeManifestPage(page);
    const sum = entries.reduce((bytes, entry) => bytes + entryBytes(entry), 0);
    assert.equal(sum, page.length - 4);
  });
});

function mutate(sample: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(sample);
  const times = 1 + Math.floor(random() * 3);
  for (let time = 0; time < times; time++) {
    const at = Math.floor(random() * bytes.length);
    const value = random() < 0.3 ? [0, 0xfc, 0xfd, 0xff][at % 4] : Math.floor(random() * 256);
    switch (Math.floor(random() * 5)) {
      case 0:
        bytes = bytes.subarray(0, at);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.of(value ?? 0), bytes.subarray(at)]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
        break;
      default:
        if (at < bytes.length) bytes[at] = value ?? 0;
    }
  }
  return bytes;
}

function isProtocol(thrown: unknown): boolean {
  return thrown instanceof BeelineError && thrown.code === 'PROTOCOL';
}

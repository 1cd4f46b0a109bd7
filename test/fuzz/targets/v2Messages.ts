import c from 'compact-encoding';
import {
  MessageType,
  decoders,
  encodeAccept,
  encodeCopy,
  encodeCredit,
  encodeDone,
  encodeFail,
  encodeFileEnd,
  encodeFileHead,
  encodeGot,
  encodeManifestPage,
  encodePlanPage,
  encodeReceived,
  encodeWant,
  type Accept,
  type Copy,
  type Credit,
  type Done,
  type Fail,
  type FileEnd,
  type Got,
  type ManifestPage,
  type Received,
  type Want,
} from '../../../src/core/wire/v2';
import type { FileHead } from '../../../src/core/wire/v2File';
import type { PlanPage } from '../../../src/core/wire/v2PlanPage';
import { demand, demandSameBytes, readOr } from '../properties';
import type { FuzzTarget } from '../target';
import { demandGoodEntry } from './manifestProperties';
import { demandGoodHead, demandGoodPlan } from './planProperties';

const hash = Buffer.alloc(32, 0xab);
const state = { size: 9, mode: 0o644, mtime: 1_700_000_000_000 };
const entry = {
  kind: 'file',
  path: 'a/b.txt',
  mode: 0o644,
  mtime: 1_700_000_000_000,
  size: 7,
} as const;

/** The type, then the payload. What is accepted is what would have been written, byte for byte. */
export const target: FuzzTarget = {
  covers: [
    'src/core/wire/v2.ts',
    'src/core/wire/v2Fields.ts',
    'src/core/wire/v2Entry.ts',
    'src/core/wire/v2File.ts',
    'src/core/wire/v2PlanPage.ts',
    'src/core/wire/v2Record.ts',
  ],
  kind: 'bytes',
  head: 1,
  dictionary: ['..', '/', '\0', 'C:', '\ufeff', 'PROTOCOL'],
  seeds: () => [
    message(MessageType.want, encodeWant({ purpose: 'look' })),
    message(MessageType.want, encodeWant({ purpose: 'receive' })),
    message(MessageType.accept, encodeAccept({ manifestDigest: hash, plan: 'all' })),
    message(MessageType.accept, encodeAccept({ manifestDigest: hash, plan: 'planned' })),
    message(
      MessageType.plan,
      encodePlanPage({
        number: 0,
        isLast: false,
        parts: [
          { kind: 'have', index: 1, sha256: hash },
          { kind: 'prefix', index: 4, marks: [1, 300].map((offset) => ({ offset, sha256: hash })) },
          { kind: 'blocks', index: 5, blockBytes: 4096, size: 9000, first: 1, hashes: hash },
        ],
      }),
    ),
    ...[1, 0xfd, 0x10000, 2 ** 40].map((bytes) =>
      message(MessageType.credit, encodeCredit({ bytes })),
    ),
    message(MessageType.got, encodeGot({ index: 3 })),
    message(MessageType.received, encodeReceived({ treeHash: hash, receipt: hash })),
    message(
      MessageType.manifest,
      encodeManifestPage({
        number: 0,
        isLast: true,
        entries: [
          entry,
          { kind: 'folder', path: 'c', mode: 0o755, mtime: 0, size: 0 },
          { kind: 'link', path: 'd', mode: 0o777, mtime: 1, size: 0, target: 'a/b.txt' },
        ],
      }),
    ),
    message(MessageType.data, Buffer.from('bytes')),
    message(MessageType.fileEnd, encodeFileEnd({ index: 0, sha256: hash })),
    message(MessageType.file, encodeFileHead({ how: 'whole', index: 0, state })),
    message(MessageType.file, encodeFileHead({ how: 'from', index: 0, state, offset: 5 })),
    message(MessageType.file, encodeFileHead({ how: 'gone', index: 70_000 })),
    message(MessageType.copy, encodeCopy({ bytes: 4096 })),
    message(MessageType.done, encodeDone({ treeHash: hash })),
    message(MessageType.fail, encodeFail({ code: 'DISK_FULL', message: 'No room: ü' })),
    message(MessageType.alive, Buffer.alloc(0)),
    message(MessageType.cancel, Buffer.alloc(0)),
  ],
  fuzz(input) {
    const type = types[(input[0] ?? 0) % types.length] ?? MessageType.want;
    const payload = input.subarray(1);
    const read = readOr(['PROTOCOL'], () => decoders[type](payload));
    if (read === undefined) return false;
    demandSameBytes(encode(type, read.value, payload), payload, 'one value in two encodings');
    check(type, read.value);
    return true;
  },
};

const types = Object.values(MessageType);

function message(type: MessageType, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([types.indexOf(type)]), payload]);
}

function encode(type: MessageType, value: unknown, payload: Buffer): Uint8Array {
  switch (type) {
    case MessageType.want:
      return encodeWant(value as Want);
    case MessageType.accept:
      return encodeAccept(value as Accept);
    case MessageType.credit:
      return encodeCredit(value as Credit);
    case MessageType.got:
      return encodeGot(value as Got);
    case MessageType.received:
      return encodeReceived(value as Received);
    case MessageType.manifest:
      return encodeManifestPage(value as ManifestPage);
    case MessageType.plan:
      return encodePlanPage(value as PlanPage);
    case MessageType.file:
      return encodeFileHead(value as FileHead);
    case MessageType.copy:
      return encodeCopy(value as Copy);
    case MessageType.data:
      return value as Buffer;
    case MessageType.fileEnd:
      return encodeFileEnd(value as FileEnd);
    case MessageType.done:
      return encodeDone(value as Done);
    case MessageType.fail:
      return encodeFail(value as Fail);
    case MessageType.alive:
    case MessageType.cancel:
      demand(payload.length === 0, 'words in a message that has none');
      return payload;
  }
}

/** Limits as docs/wire.md has them, in numbers of its own. */
function check(type: MessageType, value: unknown): void {
  switch (type) {
    case MessageType.credit:
      demand(Number.isSafeInteger((value as Credit).bytes), 'a credit that is no number');
      return;
    case MessageType.got:
    case MessageType.fileEnd:
      demand(Number.isSafeInteger((value as Got).index), 'an index that is no number');
      return;
    case MessageType.fail: {
      const { code, message: said } = value as Fail;
      demand(Buffer.byteLength(code) <= 64, 'a code beyond its limit');
      demand(Buffer.byteLength(said) <= 4096, 'a sentence beyond its limit');
      for (const [most, at] of [
        [64, 0],
        [4096, 1],
      ] as const) {
        const texts = [code, said];
        texts[at] = 'x'.repeat(most + 1);
        const large = Buffer.concat([
          Buffer.from([2]),
          ...texts.map((text) => Buffer.from(c.encode(c.string, text))),
        ]);
        const read = readOr(['PROTOCOL'], () => decoders[MessageType.fail](large));
        demand(read === undefined, 'a text beyond its limit');
      }
      return;
    }
    case MessageType.manifest: {
      const page = value as ManifestPage;
      demand(page.entries.length > 0, 'a page of nothing');
      for (const each of page.entries) demandGoodEntry(each);
      demandLimit(page);
      return;
    }
    case MessageType.plan:
      demandGoodPlan(value as PlanPage);
      return;
    case MessageType.file:
      demandGoodHead(value as FileHead);
      return;
    case MessageType.copy:
      demand((value as Copy).bytes > 0, 'a copy of nothing');
      return;
    case MessageType.want:
    case MessageType.accept:
    case MessageType.received:
    case MessageType.data:
    case MessageType.done:
    case MessageType.alive:
    case MessageType.cancel:
      // All that they may say is in their encoding.
      return;
  }
}

/** The same page so often that it is larger than a page may be. */
function demandLimit(page: ManifestPage): void {
  const once = encodeManifestPage(page).length;
  const times = Math.ceil((64 * 1024 + 1) / Math.max(1, once - 16));
  // Large pages cost time, and the first of a hundred is as good as all.
  if (times > 200) return;
  const entries = Array.from({ length: times }, () => page.entries).flat();
  const large = encodeManifestPage({ ...page, entries });
  if (large.length <= 64 * 1024) return;
  const read = readOr(['PROTOCOL'], () => decoders[MessageType.manifest](large));
  demand(read === undefined, 'a page beyond its limit');
}

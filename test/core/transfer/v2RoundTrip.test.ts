import assert from 'node:assert/strict';
import type { Progress } from '../../../src/core/events';
import { lookAtTransfer } from '../../../src/core/transfer/lookAtTransfer';
import { MessageType, WINDOW_BYTES } from '../../../src/core/wire/v2';
import type { MemoryEntry } from '../../support/memorySendingTree';
import { randomBuffer, seeded, sha256 } from './transferFixture';
import { V2Fixture, receiptOf } from './v2Fixture';

/** What is received is what was sent, byte for byte, and both sides hold the same proof of it. */
describe('a transfer by wire version 2', () => {
  const sizes = [0, 1, 65_535, 65_536, 65_537, 262_144, 262_145, 1_048_576, 1_048_577, 2_097_152];
  for (const size of sizes) {
    it(`carries ${size} bytes`, async () => {
      const content = randomBuffer(size, seeded(size));
      const fixture = await roundTrip({ 'some file.bin': content }, `${size} bytes`);
      assert.equal(fixture.tree.opened, 0);
    });
  }

  it('carries files of random sizes in folders, empty ones and links among them', async () => {
    for (const seed of [20_250_101, 20_250_102, 20_250_103]) {
      const random = seeded(seed);
      const entries: Record<string, MemoryEntry> = { proj: null, 'proj/empty': null };
      for (let index = 0; index < 40; index++) {
        const folder = `proj/${Math.floor(random() * 5)}`;
        entries[folder] = null;
        const size = random() < 0.2 ? 0 : Math.floor(random() ** 4 * 1_500_000);
        const path = `${folder}/${Math.floor(random() * 1e9)}-ä-${index}`;
        entries[path] = random() < 0.1 ? { link: '../empty' } : randomBuffer(size, random);
      }
      await roundTrip(entries, `seed ${seed}`);
    }
  });

  it('carries a folder in which there is no file', async () => {
    await roundTrip({ a: null, 'a/b': null, 'a/c': { link: 'b' } }, 'no file');
  });

  it('carries ten thousand small files, many at a time, in few words', async () => {
    const entries: Record<string, Buffer | null> = { proj: null };
    for (let index = 0; index < 10_000; index++) {
      entries[`proj/${index}`] = Buffer.alloc(4096, index);
    }
    const disk = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const fixture = new V2Fixture(entries, { disk });
    fixture.tree.onRead = disk;
    const began = performance.now();
    await fixture.run();
    const took = performance.now() - began;
    assert(took < 10_000, `${took} ms`);
    assert(fixture.tree.mostOpen > 8, `${fixture.tree.mostOpen} were read at a time`);
    assert(fixture.tree.mostOpen <= 16, `${fixture.tree.mostOpen} were read at a time`);
    assert(fixture.into.mostPutting > 8, `${fixture.into.mostPutting} were written at a time`);
    assert(fixture.into.mostPutting <= 16, `${fixture.into.mostPutting} were written at a time`);
    const gots = fixture.ends[1].sent.filter(({ type }) => type === MessageType.got);
    assert(gots.length < 5_000, `${gots.length} words of what is here`);
  }).timeout(30_000);

  it('keeps within the window when the disk is slow, whatever the link would take', async () => {
    let most = 0;
    let written = 0;
    const fixture = new V2Fixture(
      { big: Buffer.alloc(8 * WINDOW_BYTES, 7) },
      {
        disk: async (what) => {
          if (what !== 'write') return;
          const { sent } = fixture.ends[0];
          // As slow as it takes for the sender to come to a halt.
          for (let before = -1; before !== sent.length;) {
            before = sent.length;
            for (let turn = 0; turn < 5; turn++) {
              await new Promise((resolve) => setImmediate(resolve));
            }
          }
          most = Math.max(most, sent.reduce((sum, { bytes }) => sum + bytes, 0) - written);
          written += 65_536;
        },
      },
    );
    fixture.line({ bufferBytes: Infinity });
    await fixture.run();
    assert(most > WINDOW_BYTES / 2, `only ${most} bytes were waiting, so nothing was tried`);
    assert(most <= WINDOW_BYTES, `${most} bytes were waiting`);
  }).timeout(20_000);

  it('can be looked at first, which sends no byte of a file and binds what is fetched', async () => {
    const fixture = new V2Fixture({ a: 'first', b: 'second', c: null });
    const [sender, receiver] = fixture.ends;
    const looking = lookAtTransfer({ channel: receiver, timeoutMs: 5_000 });
    const [served, seen] = await Promise.all([fixture.serve(), looking]);
    assert.deepEqual(served, { kind: 'looked' });
    assert.deepEqual(seen, fixture.manifest);
    assert(sender.sent.every(({ type }) => type === MessageType.manifest));

    fixture.line();
    const expected = { ...fixture.expected, digest: seen.digest };
    const [outcome] = await Promise.all([fixture.serve(), fixture.fetch({ expected })]);
    assert.equal(outcome.kind, 'received');
  });

  it('tells progress from nothing to all, and the start, on both sides', async () => {
    const fixture = new V2Fixture({ big: Buffer.alloc(4 * 1024 * 1024, 7) });
    const told: [Progress[], Progress[]] = [[], []];
    let starts = 0;
    await Promise.all([
      fixture.serve({ onProgress: (each) => told[0].push(each), onStart: () => starts++ }),
      fixture.fetch({ onProgress: (each) => told[1].push(each) }),
    ]);
    for (const side of told) {
      assert.equal(side[0]?.bytes, 0);
      assert.equal(side.at(-1)?.bytes, 4 * 1024 * 1024);
    }
    assert.equal(starts, 1);
  });
});

async function roundTrip(
  entries: Readonly<Record<string, MemoryEntry>>,
  which: string,
): Promise<V2Fixture> {
  const fixture = new V2Fixture(entries);
  const { sent, got } = await fixture.run();
  const files = Object.entries(entries).filter(([, entry]) => Buffer.isBuffer(entry));
  assert.equal(sent.treeHash, got.treeHash, which);
  assert.equal(sent.receipt, got.receipt, which);
  assert.equal(got.receipt, receiptOf(Buffer.from(got.treeHash, 'hex')).toString('hex'), which);
  for (const side of [sent, got]) {
    const { files: count, bytes, sent: travelled, spared, changed, gone } = side;
    assert.deepEqual([count, bytes], [files.length, fixture.manifest.bytes], which);
    assert.deepEqual([travelled, spared, changed, gone], [bytes, 0, 0, 0], which);
  }
  assert.equal(fixture.into.placed?.size, files.length, which);
  for (const [path, content] of files) {
    assert(fixture.into.placed.get(path)?.content.equals(content as Buffer), `${which}, ${path}`);
  }
  const [only] = files;
  const isSingle = files.length === 1 && fixture.manifest.entries.length === 1;
  assert.equal(sent.sha256, isSingle ? sha256(only?.[1] as Buffer) : undefined, which);
  assert.equal(got.sha256, sent.sha256, which);
  return fixture;
}

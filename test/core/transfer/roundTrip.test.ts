import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Progress } from '../../../src/core/events';
import { randomBuffer, seeded, withTransfer } from './transferFixture';

/** What is received is what was sent, byte for byte, however the network cuts it. */
describe('a transfer by wire version 1', () => {
  const sizes = [0, 1, 65_535, 65_536, 65_537, 262_144, 262_145, 1_048_576, 1_048_577, 3_000_001];
  for (const size of sizes) {
    it(`carries ${size} bytes`, () =>
      withTransfer(async (fixture) => {
        await fixture.file('some file.bin', randomBuffer(size, seeded(size)));
        fixture.line();
        const [, outcome] = await Promise.all([fixture.send(), fixture.receive()]);
        assert(outcome.kind === 'received');
        assert.equal(outcome.path, path.join(fixture.to, 'some file.bin'));
        assert.equal(outcome.bytes, size);
        assert.equal(outcome.sha256, fixture.source.sha256);
        assert.deepEqual(await readFile(outcome.path), fixture.bytes);
        assert.deepEqual(await fixture.arrived(), ['some file.bin']);
        assert.equal((await stat(outcome.path)).mode & 0o777, 0o666 & ~umask());
      }));
  }

  it('survives chunks of every size from 1 to 300', () =>
    withTransfer(async (fixture) => {
      await fixture.file('f', randomBuffer(1_500, seeded(1)));
      for (let size = 1; size <= 300; size++) {
        fixture.line({ split: everyBytes(size) }, { split: everyBytes(1) });
        const [, outcome] = await Promise.all([fixture.send(), fixture.receive()]);
        assert.equal(outcome.kind, 'received', `chunks of ${size}`);
      }
      assert.equal((await fixture.arrived()).length, 300);
    })).timeout(60_000);

  it('survives chunks cut at random', () =>
    withTransfer(async (fixture) => {
      for (let seed = 1; seed <= 30; seed++) {
        const random = seeded(seed);
        await fixture.file(`f${seed}`, randomBuffer(Math.floor(random() * 400_000), random));
        fixture.line({ split: (bytes) => cutAtRandom(bytes, random) });
        const [, outcome] = await Promise.all([fixture.send(), fixture.receive()]);
        assert(outcome.kind === 'received', `seed ${seed}`);
        assert.deepEqual(await readFile(outcome.path), fixture.bytes, `seed ${seed}`);
      }
    }));

  it('never overwrites: the second of a name becomes "(1)"', () =>
    withTransfer(async (fixture) => {
      await fixture.file('report.pdf', Buffer.from('new'));
      await writeFile(path.join(fixture.to, 'report.pdf'), 'old');
      fixture.line();
      const [, outcome] = await Promise.all([fixture.send(), fixture.receive()]);
      assert(outcome.kind === 'received');
      assert.equal(path.basename(outcome.path), 'report (1).pdf');
      assert.equal(await readFile(path.join(fixture.to, 'report.pdf'), 'utf8'), 'old');
    }));

  it('waits for a slow recipient instead of filling memory', () =>
    withTransfer(async (fixture) => {
      await fixture.file('big', Buffer.alloc(8 * 1024 * 1024, 7));
      const [sender] = fixture.line({ bufferBytes: 128 * 1024 });
      await Promise.all([fixture.send(), fixture.receive()]);
      assert(sender.peakBytes <= 512 * 1024, `${sender.peakBytes} bytes were in flight`);
    }));

  it('tells progress from nothing to all, on both sides, at most ten times a second', () =>
    withTransfer(async (fixture) => {
      await fixture.file('big', Buffer.alloc(4 * 1024 * 1024, 7));
      fixture.line();
      const told: [Progress[], Progress[]] = [[], []];
      const begin = performance.now();
      await Promise.all([
        fixture.send({ onProgress: (progress) => told[0].push(progress) }),
        fixture.receive({ onProgress: (progress) => told[1].push(progress) }),
      ]);
      const most = (performance.now() - begin) / 100 + 2;
      for (const side of told) {
        assert.equal(side[0]?.bytes, 0);
        assert.equal(side.at(-1)?.bytes, 4 * 1024 * 1024);
        assert.equal(side.at(-1)?.timeLeft ?? 0, 0);
        assert(side.length <= most, `${side.length} snapshots`);
      }
    }));

  it('accepts an offer that had no name, and an offered hash in capitals', () =>
    withTransfer(async (fixture) => {
      await fixture.file('f', Buffer.from('x'));
      fixture.line();
      const expected = { size: 1, hash: fixture.source.sha256.toUpperCase() };
      const [, outcome] = await Promise.all([fixture.send(), fixture.receive({ expected })]);
      assert.equal(outcome.kind, 'received');
    }));
});

function everyBytes(size: number) {
  return (bytes: Buffer): Buffer[] =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
}

function cutAtRandom(bytes: Buffer, random: () => number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const size = 1 + Math.floor(random() ** 4 * 70_000);
    chunks.push(bytes.subarray(offset, offset + size));
    offset += size;
  }
  return chunks;
}

function umask(): number {
  const mask = process.umask(0);
  process.umask(mask);
  return mask;
}

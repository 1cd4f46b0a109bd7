import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Progress } from '../../../src/core/events';
import { openIncoming } from '../../../src/core/receivefs/incomingFile';
import type { FetchTransferOptions } from '../../../src/core/transfer/fetchTransfer';
import { lookAtTransfer } from '../../../src/core/transfer/lookAtTransfer';
import { MessageType, WINDOW_BYTES } from '../../../src/core/wire/v2';
import { randomBuffer, seeded, sha256 } from './transferFixture';
import { type V2Fixture, receiptOf, withV2 } from './v2Fixture';

/** What a FileWriter holds at most: blocks of 256 KiB, those that wait, are written, and filled. */
const WRITER_BYTES = (16 + 16 + 1) * 256 * 1024;

/** What is received is what was sent, byte for byte, and both sides hold the same proof of it. */
describe('a transfer by wire version 2', () => {
  const sizes = [0, 1, 65_535, 65_536, 65_537, 1_048_575, 1_048_576, 1_048_577, 2_097_152];
  for (const size of sizes) {
    it(`carries ${size} bytes`, () =>
      withV2(async (fixture) => {
        await fixture.file('some file.bin', randomBuffer(size, seeded(size)));
        await roundTrip(fixture, `${size} bytes`);
      }));
  }

  it('carries several files of random sizes, one after the other', () =>
    withV2(async (fixture) => {
      const seed = 20_250_101;
      const random = seeded(seed);
      for (let index = 0; index < 40; index++) {
        const size = random() < 0.2 ? 0 : Math.floor(random() ** 4 * 1_500_000);
        await fixture.file(`${Math.floor(random() * 1e9)}-${index}`, randomBuffer(size, random));
      }
      await roundTrip(fixture, `seed ${seed}`);
    }));

  it('keeps within the window when the disk is slow, whatever the link would take', () =>
    withV2(async (fixture) => {
      await fixture.file('big', Buffer.alloc(8 * WINDOW_BYTES, 7));
      const [sender] = fixture.line({ bufferBytes: Infinity });
      let written = 0;
      let most = 0;
      const open: FetchTransferOptions['open'] = async (_, target) => {
        const file = await openIncoming({ directory: fixture.to, ...target });
        const write = async (buffers: readonly Buffer[]): Promise<void> => {
          // As slow as it takes for the sender to come to a halt.
          for (let before = -1; before !== sender.sent.length;) {
            before = sender.sent.length;
            await stat(fixture.from);
            await stat(fixture.from);
          }
          const sent = sender.sent.reduce((sum, { bytes }) => sum + bytes, 0);
          most = Math.max(most, sent - written);
          for (const { length } of buffers) written += length;
          await file.write(buffers);
        };
        return {
          temporaryPath: file.temporaryPath,
          write,
          commit: () => file.commit(),
          abort: () => file.abort(),
        };
      };
      await Promise.all([fixture.serve(), fixture.fetch({ open })]);
      assert(most > WINDOW_BYTES / 2, `only ${most} bytes were waiting, so nothing was tried`);
      assert(most <= WINDOW_BYTES + WRITER_BYTES, `${most} bytes were waiting`);
    }));

  it('can be looked at first, which sends no byte of the file and binds what is fetched', () =>
    withV2(async (fixture) => {
      await fixture.file('a', Buffer.from('first'));
      await fixture.file('b', Buffer.from('second'));
      const [sender, receiver] = fixture.line();
      const looking = lookAtTransfer({ channel: receiver, timeoutMs: 5_000 });
      const [served, seen] = await Promise.all([fixture.serve(), looking]);
      assert.deepEqual(served, { kind: 'looked' });
      assert.deepEqual(seen, fixture.manifest);
      assert(sender.sent.every(({ type }) => type === MessageType.manifest));

      fixture.line();
      const expected = { ...fixture.expected, digest: seen.digest };
      const [outcome] = await Promise.all([fixture.serve(), fixture.fetch({ expected })]);
      assert.equal(outcome.kind, 'received');
    }));

  it('tells progress from nothing to all, and the start, on both sides', () =>
    withV2(async (fixture) => {
      await fixture.file('big', Buffer.alloc(4 * 1024 * 1024, 7));
      fixture.line();
      const told: [Progress[], Progress[]] = [[], []];
      const temporaries: string[] = [];
      let starts = 0;
      await Promise.all([
        fixture.serve({ onProgress: (each) => told[0].push(each), onStart: () => starts++ }),
        fixture.fetch({
          onProgress: (each) => told[1].push(each),
          onTemporary: (temporary) => temporaries.push(temporary),
        }),
      ]);
      for (const side of told) {
        assert.equal(side[0]?.bytes, 0);
        assert.equal(side.at(-1)?.bytes, 4 * 1024 * 1024);
      }
      assert.equal(starts, 1);
      assert.equal(temporaries.length, 1);
      assert.equal(path.dirname(temporaries[0] ?? ''), fixture.to);
    }));

  it('makes a hostile name harmless, and shows the one that was made', () =>
    withV2(async (fixture) => {
      await fixture.file('aux.txt', Buffer.from('x'));
      fixture.line();
      const [, { files }] = await Promise.all([fixture.serve(), fixture.fetch()]);
      assert.equal(files[0]?.path, path.join(fixture.to, '_aux.txt'));
    }));

  it('sends what a journal says after a restart: the same manifest, byte for byte', () =>
    withV2(async (fixture) => {
      await fixture.file('a', Buffer.from('first'));
      const journaled = JSON.parse(JSON.stringify(fixture.sources)) as typeof fixture.sources;
      const { digest } = fixture.manifest;
      fixture.line();
      const expected = { ...fixture.expected, digest };
      await Promise.all([fixture.serve({ sources: journaled }), fixture.fetch({ expected })]);
    }));
});

async function roundTrip(fixture: V2Fixture, which: string): Promise<void> {
  fixture.line();
  const [sent, got] = await Promise.all([fixture.serve(), fixture.fetch()]);
  assert(sent.kind === 'received', which);
  assert.equal(sent.treeHash, got.treeHash, which);
  assert.equal(sent.receipt, got.receipt, which);
  assert.equal(got.receipt, receiptOf(Buffer.from(got.treeHash, 'hex')).toString('hex'), which);
  assert.equal(sent.bytes, fixture.manifest.bytes, which);
  assert.equal(got.bytes, fixture.manifest.bytes, which);
  assert.equal(got.files.length, fixture.contents.size, which);
  for (const file of got.files) {
    const content = fixture.contents.get(path.basename(file.path));
    assert(content !== undefined, which);
    assert.equal(file.size, content.length, which);
    assert.equal(file.sha256, sha256(content), which);
    assert(content.equals(await readFile(file.path)), which);
    assert.equal((await stat(file.path)).size, content.length, which);
  }
  assert.deepEqual(await fixture.arrived(), [...fixture.contents.keys()].sort(), which);
  if (got.files.length === 1) assert.equal(sent.sha256, got.files[0]?.sha256, which);
}

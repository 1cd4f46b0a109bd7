import assert from 'node:assert/strict';
import { rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errors } from '../../../src/core/errors';
import { fetchTransfer } from '../../../src/core/transfer/fetchTransfer';
import { refuseTransfer } from '../../../src/core/transfer/refuseTransfer';
import { MessageType, encodeCredit } from '../../../src/core/wire/v2';
import { codeOf, failsWith } from './transferFixture';
import { receiptOf, withV2 } from './v2Fixture';
import { Hand } from './v2Hand';

/** What was offered is what is sent, or it is said that it changed. */
describe('a source that changes', () => {
  const changes: [string, (file: string) => Promise<void>][] = [
    ['grew', (file) => writeFile(file, 'x', { flag: 'a' })],
    ['shrank', (file) => writeFile(file, 'x')],
    ['went away', (file) => rm(file)],
    ['became another of the same size', async (file) => {
      await rm(file);
      await writeFile(file, Buffer.alloc(3_000_000, 8));
    }],
    ['was touched', (file) => utimes(file, 1, 1)],
  ]; // prettier-ignore

  for (const [name, change] of changes) {
    it(`before it is read: it ${name}`, () =>
      withV2(async (fixture) => {
        const { path: file } = await fixture.file('big', Buffer.alloc(3_000_000, 7));
        fixture.line();
        const fetching = failsWith('SOURCE_CHANGED', fixture.fetch());
        const { manifest } = fixture;
        await change(file);
        await failsWith('SOURCE_CHANGED', fixture.serve({ manifest }));
        const error = await fetching;
        assert(!error.message.includes(path.dirname(file)), 'a path of ours was told');
        assert.deepEqual(await fixture.arrived(), []);
      }));

    if (name === 'went away' || name === 'became another of the same size') continue;
    it(`while it is read: it ${name}`, () =>
      withV2(async (fixture) => {
        const { path: file } = await fixture.file('big', Buffer.alloc(3_000_000, 7));
        const { manifest } = fixture;
        const [, channel] = fixture.line();
        const hand = new Hand(channel);
        const ending = failsWith('SOURCE_CHANGED', fixture.serve({ manifest }));
        hand.want('receive', 1_000_000);
        await hand.hear(MessageType.manifest);
        hand.accept(manifest.digest);
        await hand.hear(MessageType.data);
        await change(file);
        hand.send(MessageType.credit, encodeCredit({ bytes: 4_000_000 }));
        const [rest] = await Promise.all([hand.rest(), ending]);
        assert(
          rest.every(({ type }) => type !== MessageType.fileEnd),
          'it was vouched for',
        );
      }));
  }
});

/** Cancelled at any moment by either side, a transfer ends on both, and no partial stays. */
describe('cancelling by wire version 2', () => {
  const total = 12 * 1024 * 1024;
  for (const side of ['sender', 'receiver'] as const) {
    for (const moment of ['before', 0, 1, total / 2] as const) {
      it(`by the ${side}, ${moment === 'before' ? 'before it begins' : `after ${moment} bytes`}`, () =>
        withV2(async (fixture) => {
          await fixture.file('big', Buffer.alloc(total));
          const abort = new AbortController();
          if (moment === 'before') abort.abort();
          let bytes = 0;
          fixture.line({
            alter: (message) => {
              if (message.type === MessageType.data) bytes += message.payload.length;
              if (moment !== 'before' && bytes >= moment) abort.abort();
              return message;
            },
          });
          const { signal } = abort;
          const serving = fixture.serve(side === 'sender' ? { signal } : {});
          const fetching = fixture.fetch(side === 'receiver' ? { signal } : {});
          const [sent, got] = await Promise.allSettled([serving, fetching]);
          const [mine, theirs] = side === 'sender' ? [sent, got] : [got, sent];
          assert.equal(codeOf(mine), 'CANCELLED');
          assert.equal(codeOf(theirs), 'CANCELLED_BY_PEER');
          assert.deepEqual(await fixture.arrived(), []);
        }));
    }
  }

  it('leaves nothing when the link breaks at any message, either way', () =>
    withV2(async (fixture) => {
      await fixture.file('a', Buffer.alloc(200_000, 1));
      fixture.line();
      await Promise.all([fixture.serve(), fixture.fetch()]);
      const [there, back] = fixture.ends.map(({ sent }) => sent.length) as [number, number];
      for (let dropAt = 0; dropAt < there + back; dropAt++) {
        await rm(path.join(fixture.to, 'a'), { force: true });
        if (dropAt < there) fixture.line({ dropAt });
        else fixture.line({}, { dropAt: dropAt - there });
        const ends = await Promise.allSettled([
          fixture.serve({ timeoutMs: 2_000 }),
          fixture.fetch({ timeoutMs: 2_000 }),
        ]);
        const arrived = await fixture.arrived();
        assert(arrived.length === 0 || arrived.join() === 'a', `${dropAt}: ${arrived.join()}`);
        // Nobody calls it delivered without the receipt; who has all of it knows, heard or not.
        assert.equal(codeOf(ends[0]), 'PEER_LOST', `sender, ${dropAt}`);
        if (ends[1].status === 'rejected') assert.equal(codeOf(ends[1]), 'PEER_LOST');
        else assert.deepEqual(arrived, ['a']);
      }
    })).timeout(60_000);
});

describe('an offer that there is not', () => {
  it('is refused the same way whether it is unknown or foreign', () =>
    withV2(async (fixture) => {
      await fixture.file('a', Buffer.from('x'));
      const [sender] = fixture.line();
      refuseTransfer(sender, errors.offerUnknown());
      const error = await failsWith('OFFER_UNKNOWN', fixture.fetch());
      assert.equal(error.message, errors.offerUnknown().message);
    }));
});

describe('a receiver whose disk', () => {
  it('is full says so before it accepts, and the sender hears it', () =>
    withV2(async (fixture) => {
      await fixture.file('a', Buffer.from('x'));
      const [sender] = fixture.line();
      const open = (): Promise<never> => Promise.reject(errors.diskFull(fixture.to));
      const serving = failsWith('DISK_FULL', fixture.serve());
      await failsWith('DISK_FULL', fixture.fetch({ open }));
      const error = await serving;
      assert(!error.message.includes(fixture.to), 'a path was told');
      assert(sender.sent.every(({ type }) => type === MessageType.manifest));
    }));

  it('is slow is waited for, longer than the patience of both', () =>
    withV2(async (fixture) => {
      await fixture.file('a', Buffer.alloc(100_000, 7));
      fixture.line();
      const timeoutMs = 300;
      const fetching = fetchTransfer({
        channel: fixture.ends[1],
        expected: fixture.expected,
        receipt: receiptOf,
        timeoutMs,
        open: (_, { name }) =>
          Promise.resolve({
            temporaryPath: path.join(fixture.to, name),
            write: () => Promise.resolve(),
            commit: () => new Promise((resolve) => setTimeout(resolve, 1_000, name)),
            abort: () => Promise.resolve(),
          }),
      });
      const [sent] = await Promise.all([fixture.serve({ timeoutMs }), fetching]);
      assert.equal(sent.kind, 'received');
    }));
});

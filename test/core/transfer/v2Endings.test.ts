import assert from 'node:assert/strict';
import { errors } from '../../../src/core/errors';
import { refuseTransfer } from '../../../src/core/transfer/refuseTransfer';
import { MessageType } from '../../../src/core/wire/v2';
import { codeOf, failsWith } from './transferFixture';
import { V2Fixture } from './v2Fixture';
import { Hand } from './v2Hand';

/** Cancelled at any moment by either side, a transfer ends on both, and nothing gets its place. */
describe('cancelling by wire version 2', () => {
  const total = 12 * 1024 * 1024;
  for (const side of ['sender', 'receiver'] as const) {
    for (const moment of ['before', 0, 1, total / 2] as const) {
      it(`by the ${side}, ${moment === 'before' ? 'before it begins' : `after ${moment} bytes`}`, async () => {
        const fixture = new V2Fixture({ big: Buffer.alloc(total) });
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
        assert.equal(fixture.into.placed, undefined);
        assert.equal(fixture.into.closed, 1);
        assert.equal(fixture.tree.opened, 0, 'a file is still open');
      });
    }
  }

  it('ends our own looking at what is here already, which nobody needs any more', async () => {
    for (const end of ['cancel', 'cut'] as const) {
      let looked = false;
      const fixture = new V2Fixture({ a: 'x' });
      fixture.into.prepare = (_, signal) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            looked = true;
            reject(errors.cancelled());
          });
        });
      const hand = new Hand(fixture.ends[0]);
      const code = end === 'cut' ? 'PEER_LOST' : 'CANCELLED_BY_PEER';
      const ending = failsWith(code, fixture.fetch());
      hand.list(fixture.manifest);
      await new Promise((resolve) => setImmediate(resolve));
      if (end === 'cut') fixture.ends[0].cut();
      else hand.send(MessageType.cancel);
      await ending;
      assert(looked, 'it went on looking');
    }
  });

  it('leaves what has arrived when the link breaks at any message, and goes on from there', async () => {
    const entries = { a: Buffer.alloc(200_000, 1), b: 'second', c: Buffer.alloc(400_000, 3) };
    const whole = new V2Fixture(entries);
    await whole.run();
    const [there, back] = whole.ends.map(({ sent }) => sent.length) as [number, number];
    for (let dropAt = 0; dropAt < there + back; dropAt++) {
      const fixture = new V2Fixture(entries);
      if (dropAt < there) fixture.line({ dropAt });
      else fixture.line({}, { dropAt: dropAt - there });
      const ends = await Promise.allSettled([
        fixture.serve({ timeoutMs: 2_000 }),
        fixture.fetch({ timeoutMs: 2_000 }),
      ]);
      // Nobody calls it delivered without the receipt; who has all of it knows, heard or not.
      assert.equal(codeOf(ends[0]), 'PEER_LOST', `sender, ${dropAt}`);
      assert.equal(fixture.into.discarded, 0);
      if (ends[1].status === 'fulfilled') {
        assert.equal(fixture.into.placed?.size, 3, `receiver, ${dropAt}`);
        continue;
      }
      assert.equal(codeOf(ends[1]), 'PEER_LOST', `receiver, ${dropAt}`);
      assert.deepEqual([fixture.into.placed], [undefined], `receiver, ${dropAt}`);
      const had = [...fixture.into.staged.values()].reduce(
        (sum, { content }) => sum + content.length,
        0,
      );
      fixture.again();
      const { got } = await fixture.run();
      assert.equal(fixture.into.placed?.size, 3, `again, ${dropAt}`);
      assert.equal(got.spared, had, `again, ${dropAt}`);
    }
  }).timeout(60_000);
});

describe('an offer that there is not', () => {
  it('is refused the same way whether it is unknown or foreign', async () => {
    const fixture = new V2Fixture({ a: 'x' });
    refuseTransfer(fixture.ends[0], errors.offerUnknown());
    const error = await failsWith('OFFER_UNKNOWN', fixture.fetch());
    assert.equal(error.message, errors.offerUnknown().message);
  });
});

/** What is wrong at the receiver is said with a code of its own, since one can go on after it. */
describe('a receiver whose disk', () => {
  const troubles = [
    errors.diskFull('/home/bob/secret'),
    errors.folderUnusable('/home/bob/secret', 'it is read-only'),
    errors.homeUnusable('/home/bob/secret', 'it is gone'),
    errors.targetBusy('/home/bob/secret'),
    errors.journalNewer('/home/bob/secret'),
  ];
  for (const trouble of troubles) {
    for (const moment of ['prepare', 'write', 'finish', 'put', 'place'] as const) {
      it(`says ${trouble.code} at ${moment}: the sender hears it, and what arrived stays`, async () => {
        const disk = (what: string) => (what === moment ? Promise.reject(trouble) : undefined);
        const big = Buffer.alloc(300_000, 7);
        const fixture = new V2Fixture({ a: 'small', b: big, c: 'small' }, { disk });
        const serving = failsWith(trouble.code, fixture.serve());
        const own = await failsWith(trouble.code, fixture.fetch());
        const told = await serving;
        assert(own.message.includes('/home/bob/secret'));
        assert(!told.message.includes('/home/bob'), 'a path was told');
        assert.deepEqual([fixture.into.closed, fixture.into.discarded], [1, 0]);
        assert.equal(fixture.into.placed, undefined);
        if (moment !== 'prepare') return;
        assert(fixture.ends[0].sent.every(({ type }) => type === MessageType.manifest));
      });
    }
  }

  it('is slow is waited for, longer than the patience of both', async () => {
    const slow = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2500));
    const disk = (what: string) => (what === 'write' ? undefined : slow());
    const fixture = new V2Fixture({ a: 'x', b: Buffer.alloc(300_000, 7) }, { disk });
    // More than a busy machine lets a process wait for its turn.
    const timeoutMs = 1000;
    const [sent] = await Promise.all([fixture.serve({ timeoutMs }), fixture.fetch({ timeoutMs })]);
    assert.equal(sent.kind, 'received');
  });

  it('has all in place before the sender hears of it, and a journal knows first', async () => {
    const fixture = new V2Fixture({ a: 'x' });
    const order: string[] = [];
    fixture.line(
      {},
      {
        alter: (message) => {
          if (message.type === MessageType.received) order.push('said');
          return message;
        },
      },
    );
    const onPlaced = async (): Promise<void> => {
      assert(fixture.into.placed !== undefined);
      await new Promise((resolve) => setImmediate(resolve));
      order.push('noted');
    };
    await Promise.all([fixture.serve(), fixture.fetch({ onPlaced })]);
    assert.deepEqual(order, ['noted', 'said']);
  });
});

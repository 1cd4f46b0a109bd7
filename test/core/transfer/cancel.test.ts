import assert from 'node:assert/strict';
import { type TransferFixture, codeOf, withTransfer } from './transferFixture';

const TOTAL = 4 * 1024 * 1024;

/** Cancelled at any moment by either side, a transfer ends on both, and leaves nothing. */
describe('cancelling', () => {
  for (const side of ['sender', 'recipient'] as const) {
    for (const moment of ['before', 0, 1, TOTAL / 2, TOTAL - 262_145] as const) {
      it(`by the ${side}, ${moment === 'before' ? 'before it begins' : `after ${moment} bytes`}`, () =>
        withTransfer(async (fixture) => {
          const ends = await cancelled(fixture, side, moment);
          const [mine, theirs] = side === 'sender' ? ends : ends.toReversed();
          assert.equal(codeOf(mine), 'CANCELLED');
          assert.equal(codeOf(theirs), 'CANCELLED_BY_PEER');
          assert.deepEqual(await fixture.arrived(), []);
        }));
    }
  }

  it('by the sender right after DONE, when the file arrives whole or not at all', () =>
    withTransfer(async (fixture) => {
      const [sent, received] = await cancelled(fixture, 'sender', TOTAL);
      assert.equal(codeOf(sent), 'CANCELLED');
      const expected = received?.status === 'fulfilled' ? ['big'] : [];
      assert.deepEqual(await fixture.arrived(), expected);
    }));

  it('by the sender while it waits for the other side to read', () =>
    withTransfer(async (fixture) => {
      await fixture.file('big', Buffer.alloc(TOTAL));
      fixture.line({ bufferBytes: 1 });
      const abort = new AbortController();
      const sending = fixture.send({
        signal: abort.signal,
        onProgress: () => {
          setImmediate(() => {
            abort.abort();
          });
        },
      });
      const [end] = await Promise.allSettled([sending]);
      assert.equal(codeOf(end), 'CANCELLED');
    }));

  it('after the end changes nothing, on either side', () =>
    withTransfer(async (fixture) => {
      await fixture.file('f', Buffer.from('x'));
      fixture.line();
      const abort = new AbortController();
      const { signal } = abort;
      const [, outcome] = await Promise.all([
        fixture.send({ signal }),
        fixture.receive({ signal }),
      ]);
      abort.abort();
      assert.equal(outcome.kind, 'received');
      assert.deepEqual(await fixture.arrived(), ['f']);
    }));

  it('by both at once', () =>
    withTransfer(async (fixture) => {
      await fixture.file('f', Buffer.alloc(TOTAL));
      fixture.line();
      const abort = new AbortController();
      const { signal } = abort;
      const both = [fixture.send({ signal }), fixture.receive({ signal })];
      abort.abort();
      for (const end of await Promise.allSettled(both)) assert.equal(codeOf(end), 'CANCELLED');
      assert.deepEqual(await fixture.arrived(), []);
    }));
});

async function cancelled(
  fixture: TransferFixture,
  side: 'sender' | 'recipient',
  moment: 'before' | number,
): Promise<PromiseSettledResult<unknown>[]> {
  await fixture.file('big', Buffer.alloc(TOTAL, 3));
  const abort = new AbortController();
  if (moment === 'before') abort.abort();
  // The moment is a place in the stream of bytes: the line itself cancels there.
  let begun = 0;
  fixture.line({
    bufferBytes: 64 * 1024,
    corrupt: (bytes, offset) => {
      if (moment !== 'before' && offset > 0 && begun++ >= moment / 262_144) abort.abort();
      return bytes;
    },
  });
  const mine = { signal: abort.signal };
  return Promise.allSettled([
    fixture.send(side === 'sender' ? mine : {}),
    fixture.receive(side === 'recipient' ? mine : {}),
  ]);
}

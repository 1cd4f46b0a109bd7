import assert from 'node:assert/strict';
import { MAX_DATA_BYTES, MessageType } from '../../../src/core/wire/v2';
import type { SentState } from '../../../src/core/wire/v2File';
import type { MemoryReceivingOptions } from '../../support/memoryReceivingTree';
import { LONG_AGO, ORDINARY_MODE } from '../../support/memorySendingTree';
import { failsWith, randomBuffer, seeded } from './transferFixture';
import { V2Fixture } from './v2Fixture';
import { Hand } from './v2Hand';

/** Of `b` there is an earlier version, of `c` a beginning, `d` is here; `a` and `e` are not. */
const CONTENTS = { a: 'first', b: 'second', c: 'third', d: 'fourth', e: 'fifth' };
const EARLIER = randomBuffer(70_000, seeded(11));
const GROWTH = 16 * 1024 * 1024;

const options: MemoryReceivingOptions = {
  earlier: new Map([['b', EARLIER]]),
  staged: new Map([
    ['c', { content: Buffer.from('thi'), whole: false }],
    ['d', { content: Buffer.from('fourth'), whole: true }],
  ]),
};

const stateOf = (size: number): SentState => ({ size, mode: ORDINARY_MODE, mtime: LONG_AGO });

type Play = (hand: Hand) => void;

/** How a sender may begin files, and what it may not: nothing that was not said of in the plan. */
describe('a file that comes in another way than whole', () => {
  const first: Play = (hand) => {
    hand.data('first');
    hand.fileEnd(0, 'first');
  };
  const upTo =
    (index: number): Play =>
    (hand) => {
      for (const [at, content] of Object.values(CONTENTS).slice(0, index).entries()) {
        hand.data(content);
        hand.fileEnd(at, content);
      }
    };

  const refused: [string, string, Play][] = [
    ['the same, of which nothing is here', 'PROTOCOL', (hand) => {
      hand.file({ how: 'same', index: 0, state: stateOf(5) });
    }],
    ['the same, of which an earlier version is here', 'PROTOCOL', (hand) => {
      upTo(1)(hand);
      hand.file({ how: 'same', index: 1, state: stateOf(70_000) });
    }],
    ['the same, with another size', 'PROTOCOL', (hand) => {
      upTo(3)(hand);
      hand.file({ how: 'same', index: 3, state: stateOf(7) });
    }],
    ['the same, after it began', 'PROTOCOL', (hand) => {
      upTo(3)(hand);
      hand.data('fo');
      hand.file({ how: 'same', index: 3, state: stateOf(6) });
    }],
    ['from where nothing was', 'PROTOCOL', (hand) => {
      hand.file({ how: 'from', index: 0, state: stateOf(5), offset: 3 });
    }],
    ['from between two marks', 'PROTOCOL', (hand) => {
      upTo(2)(hand);
      hand.file({ how: 'from', index: 2, state: stateOf(5), offset: 2 });
    }],
    ['from a mark, for the second time', 'PROTOCOL', (hand) => {
      upTo(2)(hand);
      hand.file({ how: 'from', index: 2, state: stateOf(5), offset: 3 });
      hand.file({ how: 'from', index: 2, state: stateOf(5), offset: 3 });
    }],
    ['from a mark, with another end', 'HASH_MISMATCH', (hand) => {
      upTo(2)(hand);
      hand.file({ how: 'from', index: 2, state: stateOf(5), offset: 3 });
      hand.data('xx');
      hand.fileEnd(2, 'third');
    }],
    ['by blocks that are not here', 'PROTOCOL', (hand) => {
      hand.file({ how: 'blocks', index: 0, state: stateOf(5) });
    }],
    ['with a copy, but not by blocks', 'PROTOCOL', (hand) => {
      hand.copy(5);
    }],
    ['with a copy within a whole file', 'PROTOCOL', (hand) => {
      upTo(1)(hand);
      hand.file({ how: 'whole', index: 1, state: stateOf(70_000) });
      hand.copy(4096);
    }],
    ['with a copy beyond the earlier version', 'PROTOCOL', (hand) => {
      upTo(1)(hand);
      hand.file({ how: 'blocks', index: 1, state: stateOf(100_000) });
      hand.copy(70_001);
    }],
    ['with a copy beyond its own size', 'PROTOCOL', (hand) => {
      upTo(1)(hand);
      hand.file({ how: 'blocks', index: 1, state: stateOf(6) });
      hand.copy(7);
    }],
    ['with the wrong hash after a copy', 'HASH_MISMATCH', (hand) => {
      upTo(1)(hand);
      hand.file({ how: 'blocks', index: 1, state: stateOf(70_000) });
      hand.copy(70_000);
      hand.fileEnd(1, 'something else');
    }],
    ['that ends before it is whole', 'PROTOCOL', (hand) => {
      upTo(1)(hand);
      hand.file({ how: 'blocks', index: 1, state: stateOf(70_000) });
      hand.copy(69_999);
      hand.fileEnd(1, EARLIER);
    }],
    ['out of order', 'PROTOCOL', (hand) => {
      hand.file({ how: 'whole', index: 1, state: stateOf(6) });
    }],
    ['after it has ended', 'PROTOCOL', (hand) => {
      first(hand);
      hand.file({ how: 'whole', index: 0, state: stateOf(5) });
    }],
    ['gone, and then bytes of it after all files', 'PROTOCOL', (hand) => {
      upTo(4)(hand);
      hand.file({ how: 'gone', index: 4 });
      hand.data('fifth');
    }],
    ['gone, and then there again', 'PROTOCOL', (hand) => {
      hand.file({ how: 'gone', index: 0 });
      hand.file({ how: 'whole', index: 0, state: stateOf(5) });
    }],
    ['begun a fourth time', 'PROTOCOL', (hand) => {
      hand.data('fi');
      for (let time = 0; time < 3; time++) hand.file({ how: 'whole', index: 0, state: stateOf(5) });
    }],
    ['grown beyond what may come', 'META_MISMATCH', (hand) => {
      hand.file({ how: 'whole', index: 0, state: stateOf(GROWTH + 29) });
    }],
    ['the same, but so large that too much comes', 'META_MISMATCH', (hand) => {
      upTo(3)(hand);
      hand.file({ how: 'same', index: 3, state: stateOf(2 ** 50) });
    }],
  ]; // prettier-ignore
  for (const [name, code, play] of refused) {
    it(`is refused: ${name} (${code})`, async () => {
      const fixture = new V2Fixture(CONTENTS, options);
      const hand = new Hand(fixture.ends[0]);
      const ending = failsWith(code, fixture.fetch({ timeoutMs: 2_000 }));
      hand.list(fixture.manifest);
      await hand.hear(MessageType.plan);
      play(hand);
      await ending;
      assert.equal(fixture.into.placed, undefined);
      assert.equal(await hand.lastWord(), code);
    });
  }

  it('is taken in each way that the plan allows, and proven by one tree hash', async () => {
    const fixture = new V2Fixture(CONTENTS, options);
    const hand = new Hand(fixture.ends[0]);
    const fetching = fixture.fetch();
    hand.list(fixture.manifest);
    await hand.hear(MessageType.plan);
    const changed = Buffer.concat([EARLIER.subarray(0, 4096), Buffer.from('between')]);
    hand.data('fi');
    hand.file({ how: 'whole', index: 0, state: stateOf(4) });
    hand.data('anew');
    hand.fileEnd(0, 'anew');
    hand.file({ how: 'blocks', index: 1, state: stateOf(changed.length) });
    hand.copy(4096);
    hand.data('between');
    hand.fileEnd(1, changed);
    hand.file({ how: 'from', index: 2, state: stateOf(5), offset: 3 });
    hand.data('rd');
    hand.fileEnd(2, 'third');
    hand.file({ how: 'same', index: 3, state: stateOf(6) });
    hand.file({ how: 'gone', index: 4 });
    const all = { a: 'anew', b: changed, c: 'third', d: 'fourth' };
    hand.done(fixture.manifest, all);
    await hand.hear(MessageType.received);
    hand.channel.close();
    const got = await fetching;
    const placed = [...(fixture.into.placed ?? [])].map(([path, { content }]) => [path, content]);
    const expected = Object.entries(all).map(([path, content]) => [path, Buffer.from(content)]);
    assert.deepEqual(new Map(placed as never), new Map(expected as never));
    assert.deepEqual(
      { files: got.files, spared: got.spared, changed: got.changed, gone: got.gone },
      { files: 4, spared: 4096 + 3 + 6, changed: 2, gone: 1 },
    );
    assert.equal(got.bytes, got.sent + got.spared);
  });

  it('may grow to the last byte of what may come, in all', async () => {
    const fixture = new V2Fixture({ a: 'x', b: 'y' });
    const hand = new Hand(fixture.ends[0]);
    const ending = failsWith('META_MISMATCH', fixture.fetch());
    hand.list(fixture.manifest);
    await hand.hear(MessageType.accept);
    const grown = Buffer.alloc(GROWTH + 2);
    hand.file({ how: 'whole', index: 0, state: stateOf(grown.length) });
    for (let at = 0; at < grown.length; at += MAX_DATA_BYTES) {
      // Whoever waits for credit would take more of this test than it says.
      while (hand.bytes + MAX_DATA_BYTES > hand.granted) await hand.hearCredit();
      hand.data(grown.subarray(at, at + MAX_DATA_BYTES));
    }
    hand.fileEnd(0, grown);
    await hand.hear(MessageType.got);
    hand.data('y');
    await ending;
    assert.deepEqual(fixture.arrived, ['a']);
  });
});

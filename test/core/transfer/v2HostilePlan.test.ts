import assert from 'node:assert/strict';
import type { Manifest } from '../../../src/core/transfer/manifest';
import { itemsThatFit, planPages } from '../../../src/core/transfer/planPages';
import { PlanReader } from '../../../src/core/transfer/planReader';
import { MessageType, encodePlanPage } from '../../../src/core/wire/v2';
import { MAX_BLOCKS, MAX_PLAN_BYTES, type PlanItem } from '../../../src/core/wire/v2Plan';
import type { PlanPage, PlanPart } from '../../../src/core/wire/v2PlanPage';
import { failsWith } from './transferFixture';
import { V2Fixture } from './v2Fixture';
import { Hand, hashOf } from './v2Hand';

/** Whatever a receiver says that it has, it costs the sender little, and spares only what is true. */
describe('a hostile receiver', () => {
  const listed = async (hand: Hand): Promise<void> => {
    hand.want('receive');
    await hand.hear(MessageType.manifest);
  };

  const plans: [string, RegExp, (manifest: Manifest) => PlanItem[]][] = [
    ['is about a folder', /no file/, () => [have(2)]],
    ['is about a link', /no file/, () => [have(3)]],
    ['is about what is not in the list', /no file/, () => [have(4)]],
    ['marks more of a file than it can have', /longer than/, () => [
      { kind: 'prefix', index: 0, marks: [{ offset: 5 + GROWTH + 1, sha256: hashOf('') }] },
    ]],
  ]; // prettier-ignore
  for (const [name, why, items] of plans) {
    it(`with a plan that ${name}: PROTOCOL, and no byte of a file`, async () => {
      const fixture = new V2Fixture({ a: 'first', b: 'second', c: null, d: { link: 'a' } });
      const hand = new Hand(fixture.ends[1]);
      const ending = failsWith('PROTOCOL', fixture.serve());
      await listed(hand);
      hand.accept(fixture.manifest.digest, 'planned');
      hand.plan(items(fixture.manifest));
      assert.match((await ending).message, why);
      assert.equal(fixture.tree.reads, 0);
    });
  }

  const pages: [string, RegExp, PlanPage[]][] = [
    ['begins with its second page', /page 1/, [{ number: 1, isLast: true, parts: [have(0)] }]],
    ['names a file twice', /in order/, [
      { number: 0, isLast: false, parts: [have(0)] },
      { number: 1, isLast: true, parts: [have(0)] },
    ]],
    ['goes back to an earlier file', /in order/, [
      { number: 0, isLast: false, parts: [have(1)] },
      { number: 1, isLast: true, parts: [have(0)] },
    ]],
    ['begins an item in its middle', /without its beginning/, [
      { number: 0, isLast: true, parts: [blocks(0, 1, 1)] },
    ]],
    ['goes on with another file', /not gone on with/, [
      { number: 0, isLast: false, parts: [blocks(0, 0, 1)] },
      { number: 1, isLast: true, parts: [have(1)] },
    ]],
    ['goes on with other blocks', /not gone on with/, [
      { number: 0, isLast: false, parts: [blocks(0, 0, 1)] },
      { number: 1, isLast: true, parts: [blocks(0, 2, 1)] },
    ]],
    ['says a block twice', /not gone on with/, [
      { number: 0, isLast: false, parts: [blocks(0, 0, 1)] },
      { number: 1, isLast: true, parts: [blocks(0, 0, 3)] },
    ]],
    ['ends within an item', /within an item/, [
      { number: 0, isLast: true, parts: [blocks(0, 0, 2)] },
    ]],
    ['goes on after its end', /out of turn/, [
      { number: 0, isLast: true, parts: [have(0)] },
      { number: 1, isLast: true, parts: [have(1)] },
    ]],
  ]; // prettier-ignore
  for (const [name, why, played] of pages) {
    it(`whose plan ${name}: PROTOCOL`, async () => {
      const fixture = new V2Fixture({ a: 'first', b: 'second' });
      const hand = new Hand(fixture.ends[1]);
      const ending = failsWith('PROTOCOL', fixture.serve());
      await listed(hand);
      hand.accept(fixture.manifest.digest, 'planned');
      for (const page of played) hand.send(MessageType.plan, encodePlanPage(page));
      assert.match((await ending).message, why);
    });
  }

  it('that says a plan nobody asked for, or none where it promised one', async () => {
    for (const [plan, code] of [['all', 'PROTOCOL'], ['planned', 'PEER_SILENT']] as const) {
      const fixture = new V2Fixture({ a: 'first' });
      const hand = new Hand(fixture.ends[1]);
      const ending = failsWith(code, fixture.serve({ timeoutMs: 300 }));
      await listed(hand);
      hand.accept(fixture.manifest.digest, plan);
      if (plan === 'all') hand.plan([have(0)]);
      await ending;
      assert(plan === 'all' || fixture.tree.reads === 0, 'it began before the plan was here');
    }
  }); // prettier-ignore

  it('whose plan is larger than any plan may be: PROTOCOL before it fills our memory', () => {
    const entries: Record<string, string> = {};
    const names = Array.from({ length: 20 }, (_, index) => String.fromCharCode(97 + index));
    for (const name of names) entries[name] = name;
    const reader = new PlanReader(new V2Fixture(entries).manifest);
    const hashes = Buffer.alloc(16 * MAX_BLOCKS);
    const items = names.map((_, index): PlanItem => {
      return { kind: 'blocks', index, blockBytes: 4096, size: 4096 * MAX_BLOCKS, hashes };
    });
    let bytes = 0;
    assert.throws(
      () => {
        for (const page of planPages(items)) {
          reader.add(page);
          bytes += page.length;
        }
      },
      { code: 'PROTOCOL', message: /beyond all measure/ },
    );
    assert(bytes > MAX_PLAN_BYTES - 65_536 && bytes <= MAX_PLAN_BYTES, `${bytes} bytes`);
    // What a receiver of ours sends is cut to that, by whole items.
    const fitting = itemsThatFit(items);
    let sum = 0;
    for (const page of planPages(fitting)) sum += page.length;
    assert(sum <= MAX_PLAN_BYTES && fitting.length === 15, `${sum} bytes, ${fitting.length} items`);
  });

  it('that is left alone with its question about a long beginning keeps no disk busy', async () => {
    const content = Buffer.alloc(64 * 1024 * 1024);
    const fixture = new V2Fixture({ a: content });
    const hand = new Hand(fixture.ends[1]);
    fixture.tree.onRead = () => {
      hand.channel.close();
      // As a disk does, it takes a turn.
      return new Promise(setImmediate);
    };
    const serving = fixture.serve();
    await listed(hand);
    hand.accept(fixture.manifest.digest, 'planned');
    hand.plan([
      { kind: 'prefix', index: 0, marks: [{ offset: content.length, sha256: hashOf('a guess') }] },
    ]);
    await assert.rejects(serving, { code: 'PEER_LOST' });
    assert(fixture.tree.reads < 8, `${fixture.tree.reads} reads`);
  });

  it('whose marks and hashes lie gets every byte, since only what is the same is left out', async () => {
    const content = Buffer.alloc(300_000, 7);
    const lies: PlanItem[] = [
      { kind: 'have', index: 0, sha256: hashOf('something else') },
      { kind: 'prefix', index: 0, marks: [{ offset: 9, sha256: hashOf('no') }] },
      { kind: 'prefix', index: 0, marks: [{ offset: 300_001, sha256: hashOf(content) }] },
      { kind: 'blocks', index: 0, blockBytes: 4096, size: 8192, hashes: Buffer.alloc(32) },
    ];
    for (const item of lies) {
      const fixture = new V2Fixture({ a: content });
      const [sender, channel] = fixture.ends;
      const hand = new Hand(channel);
      const serving = fixture.serve();
      await listed(hand);
      hand.accept(fixture.manifest.digest, 'planned');
      hand.plan([item]);
      const treeHash = (await hand.hear(MessageType.done)).subarray(1);
      hand.got(0);
      hand.received(treeHash);
      const sent = await serving;
      assert(sent.kind === 'received' && sent.spared === 0 && sent.sent === content.length);
      assert(sender.sent.every(({ type }) => type !== MessageType.copy));
    }
  });
});

/** What a receiver grants beyond what was offered, of little. */
const GROWTH = 16 * 1024 * 1024;

function have(index: number): PlanItem & PlanPart {
  return { kind: 'have', index, sha256: hashOf('first') };
}

/** A part of an item of three blocks. */
function blocks(index: number, first: number, count: number): PlanPart {
  const common = { kind: 'blocks', index, blockBytes: 4096, size: 3 * 4096 } as const;
  return { ...common, first, hashes: Buffer.alloc(16 * count) };
}

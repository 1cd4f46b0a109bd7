import assert from 'node:assert/strict';
import { MessageType } from '../../../src/core/wire/v2';
import { randomBuffer, seeded, failsWith } from './transferFixture';
import { V2Fixture } from './v2Fixture';

const BIG = randomBuffer(3_000_000, seeded(5));
const OTHER = randomBuffer(3_000_000, seeded(6));

/** What arrives is each file as it was at one moment after it was offered; nothing half and half. */
describe('a source that changes', () => {
  const changes: [string, Buffer | undefined][] = [
    ['grew', Buffer.concat([BIG, Buffer.from('x')])],
    ['shrank', Buffer.from('x')],
    ['became empty', Buffer.alloc(0)],
    ['went away', undefined],
    ['became another of the same size', OTHER],
  ];
  for (const [name, content] of changes) {
    it(`before it is read: it ${name}, and is sent as it is then`, async () => {
      const fixture = new V2Fixture({ a: 'before', big: BIG, z: 'after' });
      fixture.tree.put('big', content, 2_000_000);
      const { sent, got } = await fixture.run();
      expectArrived(fixture, content);
      assert.deepEqual([got.changed, got.gone], content === undefined ? [0, 1] : [1, 0]);
      assert.deepEqual([sent.changed, sent.gone, sent.bytes], [got.changed, got.gone, got.bytes]);
      if (content === undefined) return;
      assert.equal(fixture.into.placed?.get('big')?.mtime, 2_000_000);
    });

    it(`while it is read: it ${name}, and is begun anew`, async () => {
      const fixture = new V2Fixture({ a: 'before', big: BIG, z: 'after' });
      let changed = false;
      fixture.tree.onRead = (path, position) => {
        if (path !== 'big' || position === 0 || changed) return;
        changed = true;
        fixture.tree.put('big', content, 2_000_000);
      };
      const { sent, got } = await fixture.run();
      assert(changed, 'nothing was tried');
      expectArrived(fixture, content);
      assert.deepEqual([got.changed, got.gone], content === undefined ? [0, 1] : [1, 0]);
      assert.equal(sent.treeHash, got.treeHash);
      assert.equal(got.bytes, 11 + (content?.length ?? 0));
    });
  }

  it('in its time or mode only is told, and nothing else', async () => {
    const fixture = new V2Fixture({ a: 'first' });
    fixture.tree.put('a', 'first', 77);
    const { got } = await fixture.run();
    assert.deepEqual([got.changed, got.spared], [1, 0]);
    assert.equal(fixture.into.placed?.get('a')?.mtime, 77);
  });

  for (const size of [5, 3_000_000]) {
    it(`faster than it can be read, of ${size} bytes: SOURCE_CHANGED on both sides`, async () => {
      const fixture = new V2Fixture({ a: 'before', hot: Buffer.alloc(size, 1) });
      let times = 0;
      fixture.tree.onRead = (path) => {
        if (path === 'hot') fixture.tree.put('hot', Buffer.alloc(size, ++times));
      };
      const fetching = failsWith('SOURCE_CHANGED', fixture.fetch());
      await failsWith('SOURCE_CHANGED', fixture.serve());
      await fetching;
      assert.equal(fixture.into.placed, undefined);
      assert(times >= 3, 'it was given up too early');
      assert.equal(fixture.tree.opened, 0);
    });
  }

  it('and comes to rest is sent, though it changed twice', async () => {
    const fixture = new V2Fixture({ hot: Buffer.alloc(2_500_000, 1) });
    let times = 0;
    fixture.tree.onRead = (_, position) => {
      if (position === 0 && times < 2) fixture.tree.put('hot', Buffer.alloc(2_500_000, ++times));
    };
    await fixture.run();
    assert.equal(times, 2);
    assert.equal(fixture.into.placed?.get('hot')?.content[0], 2);
    assert.deepEqual(fixture.into.calls, ['whole hot', 'whole hot', 'whole hot']);
  });

  it('to much more than was offered is not sent, and the sender says so first', async () => {
    const fixture = new V2Fixture({ a: 'x' });
    fixture.tree.put('a', Buffer.alloc(16 * 1024 * 1024 + 2));
    const fetching = failsWith('SOURCE_CHANGED', fixture.fetch());
    await failsWith('SOURCE_CHANGED', fixture.serve());
    await fetching;
    assert(fixture.ends[0].sent.every(({ type }) => type !== MessageType.data));
  });
});

function expectArrived({ into }: V2Fixture, big: Buffer | undefined): void {
  const { placed } = into;
  assert.equal(placed?.get('a')?.content.toString(), 'before');
  assert.equal(placed.get('z')?.content.toString(), 'after');
  assert.deepEqual(placed.get('big')?.content.equals(big ?? Buffer.alloc(0)), big && true);
}

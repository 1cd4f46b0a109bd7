import assert from 'node:assert/strict';
import { MessageType } from '../../../src/core/wire/v2';
import { codeOf, randomBuffer, seeded } from './transferFixture';
import { V2Fixture } from './v2Fixture';

const MIB = 1024 * 1024;

/** Going on sends what is missing and nothing twice, and what results is as if it had come at once. */
describe('going on with a transfer', () => {
  it('after random ends, each later than the one before, sends every byte about once', async () => {
    const seed = 20_251_122;
    const random = seeded(seed);
    const entries: Record<string, Buffer | null> = { dir: null };
    for (let index = 0; index < 60; index++) {
      const size = random() < 0.2 ? 0 : Math.floor(random() ** 3 * 1_200_000);
      entries[`dir/${String(index).padStart(3, '0')}`] = randomBuffer(size, random);
    }
    const fixture = new V2Fixture(entries);
    const total = fixture.manifest.bytes;
    let sent = 0;
    let tries = 0;
    for (; tries < 20; tries++) {
      const limit = random() * (total / 5);
      let now = 0;
      fixture.line({
        alter: (message) => {
          if (message.type === MessageType.data) now += message.payload.length;
          if (now > limit) fixture.ends[0].cut();
          return message;
        },
      });
      const [served] = await Promise.allSettled([fixture.serve(), fixture.fetch()]);
      sent += now;
      if (served.status === 'fulfilled') break;
      assert.equal(codeOf(served), 'PEER_LOST');
      fixture.again();
    }
    assert(tries > 3 && tries < 20, `${tries} tries, seed ${seed}`);
    for (const [path, content] of Object.entries(entries)) {
      if (content === null) continue;
      assert(fixture.into.placed?.get(path)?.content.equals(content), `${path}, seed ${seed}`);
    }
    // What was on its way when the link broke comes again; that is a window at most each time.
    assert(sent < total + tries * 2 * MIB, `${sent} of ${total} bytes, seed ${seed}`);
  });

  it('reads no file twice that was sent, and hashes none that is known', async () => {
    const fixture = new V2Fixture({ a: Buffer.alloc(600_000, 1), b: 'second' });
    await fixture.run();
    const { reads } = fixture.tree;
    fixture.again();
    const { sent, got } = await fixture.run();
    assert.equal(fixture.tree.reads, reads);
    assert.equal(fixture.tree.hashed, 0);
    assert.deepEqual([sent.spared, sent.sent, got.spared], [600_006, 0, 600_006]);
    assert.deepEqual(fixture.into.calls, ['same a', 'same b']);
  });

  it('begins at the last mark that is right, and anew where none is', async () => {
    const content = randomBuffer(3 * MIB, seeded(9));
    const torn = Buffer.from(content.subarray(0, 2 * MIB));
    torn.fill(0, 2 * MIB - 5000);
    const cases: [Buffer, number][] = [
      [content.subarray(0, 2 * MIB), 2 * MIB],
      [content.subarray(0, 2_000_001), 2_000_001],
      [content, 3 * MIB],
      [torn, MIB],
      [Buffer.alloc(2 * MIB), 0],
    ];
    for (const [here, offset] of cases) {
      const staged = new Map([['big', { content: here, whole: false }]]);
      const fixture = new V2Fixture({ big: content }, { staged });
      const { sent } = await fixture.run();
      assert(fixture.into.placed?.get('big')?.content.equals(content));
      assert.deepEqual([sent.spared, sent.sent], [offset, content.length - offset]);
      assert.deepEqual(fixture.into.calls, [offset > 0 ? 'from big' : 'whole big']);
    }
  });

  it('restarts only the files that changed meanwhile', async () => {
    const big = randomBuffer(MIB, seeded(3));
    const staged = new Map([
      ['a', { content: Buffer.from('first'), whole: true }],
      ['b', { content: Buffer.from('second'), whole: true }],
      ['c', { content: big.subarray(0, 500_000), whole: false }],
    ]);
    const fixture = new V2Fixture({ a: 'first', b: 'second', c: big }, { staged });
    fixture.tree.put('b', 'changed');
    fixture.tree.put('c', Buffer.concat([big, Buffer.from('grown')]));
    const { got } = await fixture.run();
    assert.deepEqual(fixture.into.calls.sort(), ['from c', 'put b', 'same a']);
    assert.equal(fixture.into.placed?.get('b')?.content.toString(), 'changed');
    assert.deepEqual([got.spared, got.changed], [500_005, 2]);
  });

  it('begins anew, and whole, when a file changes while it goes on with it', async () => {
    const big = randomBuffer(4 * MIB, seeded(4));
    const staged = new Map([['big', { content: big.subarray(0, MIB), whole: false }]]);
    const fixture = new V2Fixture({ big }, { staged });
    const other = randomBuffer(4 * MIB, seeded(5));
    let changed = false;
    fixture.tree.onRead = (_, position) => {
      if (changed || position < 2 * MIB) return;
      changed = true;
      fixture.tree.put('big', other);
    };
    const { sent } = await fixture.run();
    assert.deepEqual(fixture.into.calls, ['from big', 'whole big']);
    assert(fixture.into.placed?.get('big')?.content.equals(other));
    assert.equal(sent.spared, 0);
  });

  it('counts what is here from the beginning, and ends with all', async () => {
    const big = randomBuffer(4 * MIB, seeded(4));
    const staged = new Map([
      ['a', { content: Buffer.from('first'), whole: true }],
      ['big', { content: big.subarray(0, MIB), whole: false }],
    ]);
    const fixture = new V2Fixture({ a: 'first', big }, { staged });
    const told: [number, number][][] = [[], []];
    await Promise.all(
      [fixture.serve.bind(fixture), fixture.fetch.bind(fixture)].map((run, side) =>
        run({ onProgress: ({ bytes, total }) => told[side]?.push([bytes, total]) }),
      ),
    );
    for (const side of told) {
      assert.deepEqual(side[0], [MIB + 5, 4 * MIB + 5]);
      assert.deepEqual(side.at(-1), [4 * MIB + 5, 4 * MIB + 5]);
    }
  });
});

/** Sent again, only what changed travels; what results is right whatever was there before. */
describe('sending again', () => {
  it('a large file of which a few pages changed moves about those', async () => {
    const before = randomBuffer(16 * MIB, seeded(21));
    const after = Buffer.from(before);
    const random = seeded(22);
    const pages = new Set<number>();
    while (pages.size < 40) pages.add(Math.floor(random() * 4096));
    for (const page of pages)
      after.writeUInt8(0xff - after.readUInt8(page * 4096 + 17), page * 4096 + 17);
    const fixture = new V2Fixture({ db: after }, { earlier: new Map([['db', before]]) });
    const { sent, got } = await fixture.run();
    assert(fixture.into.placed?.get('db')?.content.equals(after));
    assert.equal(sent.sent, 40 * 4096);
    assert.equal(got.spared, 16 * MIB - 40 * 4096);
    const moved = fixture.ends[0].sent.reduce((sum, { bytes }) => sum + bytes, 0);
    assert(moved < 60 * 4096, `${moved} bytes moved`);
  });

  it('is right for any two versions, of any sizes and blocks', async () => {
    const seed = 77;
    const random = seeded(seed);
    for (let round = 0; round < 60; round++) {
      const blockBytes = 4096 * 2 ** Math.floor(random() * 3);
      const before = randomBuffer(65_536 + Math.floor(random() * 400_000), random);
      let after = Buffer.from(before);
      for (let edit = Math.floor(random() * 4); edit > 0; edit--) {
        const at = Math.floor(random() * after.length);
        const patch = randomBuffer(Math.floor(random() * 9000), random);
        const kind = random();
        if (kind < 0.3) after = after.subarray(0, at);
        else if (kind < 0.5)
          after = Buffer.concat([after.subarray(0, at), patch, after.subarray(at)]);
        else if (kind < 0.7) after = Buffer.concat([after, patch]);
        else patch.copy(after, at);
      }
      const which = `seed ${seed}, round ${round}`;
      const earlier = new Map([['db', before]]);
      const fixture = new V2Fixture({ db: after }, { earlier, blockBytes });
      const { sent, got } = await fixture.run();
      assert(fixture.into.placed?.get('db')?.content.equals(after), which);
      assert.equal(sent.bytes, after.length, which);
      assert.deepEqual([sent.sent, sent.spared], [got.sent, got.spared], which);
    }
  });

  it('compares by blocks again when the file changes meanwhile', async () => {
    const before = randomBuffer(3 * MIB, seeded(31));
    const after = Buffer.from(before);
    after.fill(1, 2 * MIB, 2 * MIB + 10);
    const fixture = new V2Fixture({ db: before }, { earlier: new Map([['db', before]]) });
    let changed = false;
    fixture.tree.onRead = (_, position) => {
      if (changed || position === 0) return;
      changed = true;
      fixture.tree.put('db', after);
    };
    const { sent } = await fixture.run();
    assert.deepEqual(fixture.into.calls, ['blocks db', 'blocks db']);
    assert(fixture.into.placed?.get('db')?.content.equals(after));
    assert.equal(sent.sent, 4096);
  });

  it('leaves small files where they are that are the same', async () => {
    const earlier = new Map([
      ['a', Buffer.from('first')],
      ['b', Buffer.from('before')],
    ]);
    const fixture = new V2Fixture({ a: 'first', b: 'after', c: 'new' }, { earlier });
    const { sent } = await fixture.run();
    assert.deepEqual([...fixture.into.calls].sort(), ['put b', 'put c', 'same a']);
    assert.deepEqual([sent.spared, sent.sent], [5, 8]);
  });
});

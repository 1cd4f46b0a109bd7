import assert from 'node:assert/strict';
import { openFileHome } from '../../../src/core/home/fileHome';
import { mountDisk, type SmallDisk } from '../../e2e/support/smallDisk';
import { HandLane, newId, type Side, withSides } from './chatFixture';

const MEGABYTE = 1024 * 1024;

describe('a conversation on a full disk', function () {
  this.timeout(40_000);
  let disk: SmallDisk | undefined;
  afterEach(() => {
    disk?.unmount();
    disk = undefined;
  });
  const sides = withSides();
  const textsOf = async (side: Side) =>
    (await side.all()).map(({ body }) => (body.kind === 'text' ? body.text.slice(0, 12) : ''));

  it('refuses what cannot be queued, keeps what was, and confirms nothing that it does not hold', async function () {
    const folder = sides.path('home');
    disk = await mountDisk(folder, MEGABYTE);
    if (disk === undefined) {
      console.log('      skipped: no small disk can be mounted here');
      this.skip();
    }
    const alice = await sides.start('home', 'bob', { home: await openFileHome(folder) });
    const lane = new HandLane(alice.kid, alice).open();
    const first = await alice.say('first');
    const theirs = [lane.hearText('a'), lane.hearText('b')];
    await alice.until(() => lane.delivered().length === 2);
    lane.close();
    // So long that each takes some pages: it ends in the middle of one.
    const queued: string[] = ['first'];
    const refused = await (async () => {
      for (let index = 0; ; index++) {
        const text = `${String(index).padStart(11, '0')} ${'x'.repeat(9_001)}`;
        try {
          await alice.say(text);
        } catch (thrown) {
          return thrown as { code: string; message: string };
        }
        queued.push(text.slice(0, 12));
      }
    })();
    assert.ok(queued.length > 10);
    assert.equal(refused.code, 'HOME_UNUSABLE');
    assert.match(refused.message, /disk is full; free some space/);
    await disk.fill(0);
    assert.deepEqual(await textsOf(alice), ['first', 'a', 'b', ...queued.slice(1)]);

    // What comes cannot be kept, so its sender keeps it; a person hears of it once.
    alice.events.length = 0;
    const full = new HandLane(alice.kid, alice).open();
    const late = Array.from({ length: 40 }, () => {
      const id = newId();
      full.hearText(`late ${'y'.repeat(6_000)}`, id);
      return id;
    });
    await alice.until(() => alice.events.some(({ type }) => type === 'notice'));
    full.hear({ t: 'delivered', ids: [first] });
    await alice.until(async () => (await alice.chat()).waiting === queued.length - 1);
    for (const id of late) full.hearText(`late ${'y'.repeat(6_000)}`, id);
    await alice.book.messages({ kid: alice.kid, limit: 1 });
    assert.deepEqual(full.delivered(), []);
    assert.equal(alice.events.filter(({ type }) => type === 'notice').length, 1);

    disk.grow(8 * MEGABYTE);
    await alice.restart();
    assert.deepEqual(await textsOf(alice), ['first', 'a', 'b', ...queued.slice(1)]);
    const again = new HandLane(alice.kid, alice).open();
    for (const id of [...theirs, ...late]) again.hearText('late', id);
    await alice.until(() => again.delivered().length === 42);
    assert.deepEqual(
      again.texts().map((text) => text.slice(0, 12)),
      queued.slice(again.texts().length === queued.length ? 0 : 1),
    );
    const all = await alice.all();
    assert.deepEqual(
      all.slice(-40).map(({ messageId }) => messageId),
      late,
    );
    assert.equal(all.length, queued.length + 42);
  });

  it('takes messages again by itself once there is room', async function () {
    const folder = sides.path('home');
    disk = await mountDisk(folder, MEGABYTE);
    if (disk === undefined) this.skip();
    const alice = await sides.start('home', 'bob', { home: await openFileHome(folder) });
    const lane = new HandLane(alice.kid, alice).open();
    const first = lane.hearText('first');
    await alice.until(() => lane.delivered().length === 1);
    await disk.fill(0);
    const ids = Array.from({ length: 10 }, () => lane.hearText('z'.repeat(5_000)));
    await alice.until(() => alice.events.some(({ type }) => type === 'notice'));
    assert.deepEqual(lane.delivered(), [first]);
    disk.grow(8 * MEGABYTE);
    // One behind them that is told before they are told again must wait for them.
    const behind = lane.hearText('behind');
    for (const id of [...ids, behind]) lane.hearText('again', id);
    await alice.until(() => lane.delivered().length === 12);
    assert.deepEqual(
      (await alice.all()).map(({ messageId }) => messageId),
      [first, ...ids, behind],
    );
    await alice.say('and mine');
  });
});

import assert from 'node:assert/strict';
import { MAX_PENDING } from '../../../src/core/chat/arrivalGate';
import { MAX_DELIVERED } from '../../../src/core/wire/chatFrames';
import { HandLane, newId, withSides } from './chatFixture';

/** A paired agent may lie; it must not change what this side said, nor what it was told. */
describe('frames that lie', function () {
  this.timeout(60_000);
  const sides = withSides();

  it('about messages that nobody said change nothing', async () => {
    const alice = await sides.start('alice', 'bob');
    const lane = new HandLane(alice.kid, alice).open();
    const theirs = lane.hearText('theirs');
    const mine = await alice.say('mine');
    await alice.until(() => lane.delivered().length === 1);
    const before = await alice.all();
    assert.deepEqual(new Set(before.map(({ state }) => state)), new Set(['received', 'sent']));
    lane.hear({ t: 'delivered', ids: Array.from({ length: MAX_DELIVERED }, newId) });
    // Their own: that they have it says nothing of whether it was seen here.
    lane.hear({ t: 'delivered', ids: [theirs, theirs] });
    lane.hear({ t: 'read', id: theirs });
    lane.hear({ t: 'read', id: newId() });
    // Read and yet not delivered: it goes on being told until it is.
    lane.hear({ t: 'read', id: mine });
    lane.hear({ t: 'typing', on: true });
    await alice.book.typing({ kid: alice.kid, isTyping: false });
    assert.deepEqual(await alice.all(), before);
    assert.deepEqual([(await alice.chat()).waiting, (await alice.chat()).unread], [1, 1]);
    const next = new HandLane(alice.kid, alice).open();
    await alice.until(() => next.texts().length === 1);
    next.hear({ t: 'delivered', ids: [mine, mine, theirs] });
    await alice.until(async () => (await alice.chat()).waiting === 0);
    const own = (await alice.all()).find(({ from }) => from === 'self');
    assert.equal(own?.state, 'read');
  });

  it('that say our messages back to us are passed over, and not confirmed', async () => {
    const alice = await sides.start('alice', 'bob');
    const lane = new HandLane(alice.kid, alice).open();
    const waiting = await alice.say('waits');
    const done = await alice.say('done');
    lane.hear({ t: 'delivered', ids: [done] });
    for (const id of [waiting, done]) lane.hearText('forged', id);
    const theirs = lane.hearText('true');
    await alice.until(() => lane.delivered().length > 0);
    assert.deepEqual(lane.delivered(), [theirs]);
    const said = (await alice.all()).map(({ from, body }) => [from, body]);
    assert.deepEqual(said, [
      ['self', { kind: 'text', text: 'waits' }],
      ['self', { kind: 'text', text: 'done' }],
      ['agent', { kind: 'text', text: 'true' }],
    ]);
    await assert.rejects(alice.say('mine', theirs), { code: 'CONFIG_INVALID' });
  });

  it('with other words under an id that came before are confirmed and not shown', async () => {
    const alice = await sides.start('alice', 'bob');
    const lane = new HandLane(alice.kid, alice).open();
    const id = lane.hearText('first');
    lane.hearText('second', id);
    await alice.until(() => lane.delivered().length === 2);
    lane.hearText('third', id);
    await alice.until(() => lane.delivered().length === 3);
    assert.deepEqual(
      (await alice.all()).map(({ body }) => body),
      [{ kind: 'text', text: 'first' }],
    );
    assert.equal(alice.events.filter(({ type }) => type === 'message').length, 1);
  });

  it('on a lane that is gone are not heard', async () => {
    const alice = await sides.start('alice', 'bob');
    const gone = new HandLane(alice.kid, alice).open();
    gone.close();
    gone.hearText('late');
    gone.hear({ t: 'typing', on: true });
    const lane = new HandLane(alice.kid, alice).open();
    gone.hearText('later');
    gone.close();
    const theirs = lane.hearText('now');
    await alice.until(() => lane.delivered().length > 0);
    assert.deepEqual(lane.delivered(), [theirs]);
    assert.equal((await alice.all()).length, 1);
    assert.equal((await alice.chat()).path.kind, 'direct');
  });

  it('in a flood are taken up to a bound, in order; the rest comes when it is told again', async () => {
    const alice = await sides.start('alice', 'bob');
    const lane = new HandLane(alice.kid, alice).open();
    const ids: string[] = [];
    for (let index = 0; index < 4_000; index++) ids.push(lane.hearText(`${index}`));
    await alice.until(() => lane.sent.length >= 10 && lane.delivered().length === MAX_PENDING);
    // Something newer must not stand before what was passed over.
    const newer = lane.hearText('newer');
    for (let index = MAX_PENDING; index < MAX_PENDING + 500; index++) {
      lane.hearText(`${index}`, ids[index] ?? '');
    }
    await alice.until(() => lane.delivered().length === MAX_PENDING + 500);
    const texts = (await alice.all()).map(({ body }) => (body.kind === 'text' ? body.text : ''));
    assert.deepEqual(
      texts,
      Array.from({ length: MAX_PENDING + 500 }, (_, index) => `${index}`),
    );
    assert.equal(lane.delivered().includes(newer), false);
  });
});

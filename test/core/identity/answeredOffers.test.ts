import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openFileHome } from '../../../src/core/home/fileHome';
import type { Home } from '../../../src/core/home/home';
import { memoryHome } from '../../../src/core/home/memoryHome';
import { AnsweredOffers, type Answered } from '../../../src/core/identity/answeredOffers';

const MINUTE = 60_000;
const now = Date.parse('2030-05-05T12:00:00.000Z');
const kidOf = (digit: string): string => digit.repeat(64);
const idOf = (number: number): string => number.toString(16).padStart(32, '0');
const answer = (kid: string, number: number, change: Partial<Answered> = {}): Answered => ({
  kid: kidOf(kid),
  id: idOf(number),
  until: new Date(now + MINUTE).toISOString(),
  decision: 'declined',
  ...change,
});

describe('the answered offers', () => {
  it('are remembered over a restart, each by its sender and id', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-answered-'));
    try {
      const home = await openFileHome(folder);
      const offers = await AnsweredOffers.open(home, () => now);
      const received = answer('a', 1, { decision: 'received', receipt: 'ff' });
      const declined = answer('b', 1, { reason: 'too large' });
      // At once: all of them are on disk when each has resolved.
      await Promise.all([offers.remember(received), offers.remember(declined)]);
      const again = await AnsweredOffers.open(await openFileHome(folder), () => now);
      assert.deepEqual(again.find(kidOf('a'), idOf(1)), received);
      assert.deepEqual(again.find(kidOf('b'), idOf(1)), declined);
      assert.equal(again.find(kidOf('a'), idOf(2)), undefined);
      assert.equal(again.find(kidOf('c'), idOf(1)), undefined);
      await again.remember(answer('a', 1, { decision: 'failed' }));
      const third = await AnsweredOffers.open(home, () => now);
      assert.equal(third.find(kidOf('a'), idOf(1))?.decision, 'failed');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('are kept ten minutes longer than the offer stands, and then forgotten', async () => {
    const home = memoryHome();
    let time = now;
    const offers = await AnsweredOffers.open(home, () => time);
    await offers.remember(answer('a', 1));
    time = now + 11 * MINUTE;
    await offers.remember(answer('a', 2, { until: new Date(time).toISOString() }));
    assert.notEqual(offers.find(kidOf('a'), idOf(1)), undefined);
    time += 1;
    await offers.remember(answer('a', 3, { until: new Date(time).toISOString() }));
    assert.equal(offers.find(kidOf('a'), idOf(1)), undefined);
    assert.notEqual(offers.find(kidOf('a'), idOf(2)), undefined);
    const opened = await AnsweredOffers.open(home, () => now + 60 * MINUTE);
    assert.equal(opened.find(kidOf('a'), idOf(2)), undefined);
  });

  it('cannot be flooded out by another agent', async () => {
    const home = memoryHome();
    // The other's is the oldest of all.
    const many = [answer('a', 1), ...Array.from({ length: 9_999 }, (_, at) => answer('e', at))];
    await home.write('settings', 'answered-offers', { version: 1, answered: many });
    const offers = await AnsweredOffers.open(home, () => now);
    for (let at = 0; at < 50; at++) await offers.remember(answer('e', 20_000 + at));
    assert.notEqual(offers.find(kidOf('a'), idOf(1)), undefined);
    assert.notEqual(offers.find(kidOf('e'), idOf(20_049)), undefined);
    for (let at = 0; at < 50; at++) assert.equal(offers.find(kidOf('e'), idOf(at)), undefined);
    const record = (await home.read('settings', 'answered-offers')) as { answered: unknown[] };
    assert.equal(record.answered.length, 10_000);
  });

  it('go on after a record that was tampered with, with what can be read', async () => {
    for (const record of [undefined, null, 5, [], { answered: 5 }, { version: 9 }]) {
      const home = memoryHome();
      if (record !== undefined) await home.write('settings', 'answered-offers', record);
      const offers = await AnsweredOffers.open(home, () => now);
      await offers.remember(answer('a', 1));
      assert.notEqual(offers.find(kidOf('a'), idOf(1)), undefined);
    }
    const home = memoryHome();
    const wrongs = [{}, null, { ...answer('a', 2), id: '../x' }, { ...answer('a', 3), until: '' }];
    const answered = [...wrongs, answer('a', 1)];
    await home.write('settings', 'answered-offers', { version: 1, answered });
    const offers = await AnsweredOffers.open(home, () => now);
    assert.notEqual(offers.find(kidOf('a'), idOf(1)), undefined);
    assert.equal(offers.find(kidOf('a'), idOf(3)), undefined);
  });

  it('say so when the disk does not take it, and try again with the next', async () => {
    const inner = memoryHome();
    let full = true;
    const home: Home = {
      ...inner,
      write: (...given) => (full ? Promise.reject(new Error('full')) : inner.write(...given)),
    };
    const offers = await AnsweredOffers.open(home, () => now);
    await assert.rejects(offers.remember(answer('a', 1)), /full/);
    full = false;
    await offers.remember(answer('a', 2));
    const again = await AnsweredOffers.open(home, () => now);
    assert.notEqual(again.find(kidOf('a'), idOf(1)), undefined);
  });
});

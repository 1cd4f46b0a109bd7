import assert from 'node:assert/strict';
import { formatServiceTime, parseServiceTime } from '../../../src/core/ats/serviceTime';
import { seeded } from './support/watching';

/** Two changes a microsecond apart must stay two, or the second is never asked for. */
describe('core/ats serviceTime', () => {
  it('reads every way in which services write a time', () => {
    const micros = 1_704_164_645_123_456;
    for (const text of [
      '2024-01-02T03:04:05.123456Z',
      '2024-01-02t03:04:05.123456z',
      '2024-01-02 03:04:05.123456',
      '2024-01-02 03:04:05.123456+00',
      '2024-01-02T05:04:05.123456+02:00',
      '2024-01-01T21:34:05.123456-0530',
      '2024-01-02T03:04:05.123456789Z',
    ]) {
      assert.equal(parseServiceTime(text), micros, text);
    }
    assert.equal(parseServiceTime('2024-01-02T03:04:05Z'), 1_704_164_645_000_000);
    assert.equal(parseServiceTime('2024-01-02T03:04:05.1Z'), 1_704_164_645_100_000);
  });

  it('refuses what is no time', () => {
    for (const text of [
      '',
      'now',
      '0',
      '2024-01-02',
      '2024-13-02T03:04:05Z',
      '24:00',
      '1'.repeat(99),
    ]) {
      assert.equal(parseServiceTime(text), undefined, text);
    }
  });

  it('writes what it read, to the microsecond', () => {
    const random = seeded(1);
    for (let round = 0; round < 2000; round += 1) {
      const micros = Math.floor(random() * 7_000_000_000_000_000);
      const text = formatServiceTime(micros);
      assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      assert.equal(parseServiceTime(text), micros, text);
    }
  });
});

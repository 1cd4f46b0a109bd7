import assert from 'node:assert/strict';
import { bytesText, countText, percentOf } from '../../src/core/units';
import { durationText } from '../../src/cli/output/durationText';

describe('units', () => {
  it('show at most three digits and step up before they would show four', () => {
    const shown = [0, 1, 999, 1000, 99_949, 99_950, 999_499, 999_500, 12_345_678, 1e10, 5e15];
    assert.deepEqual(shown.map(bytesText), [
      '0 bytes',
      '1 byte',
      '999 bytes',
      '1.0 kB',
      '99.9 kB',
      '100 kB',
      '999 kB',
      '1.0 MB',
      '12.3 MB',
      '10.0 GB',
      '5.0 PB',
    ]);
  });

  it('count in the same way in every language of the machine', () => {
    const entries = (count: number): string => countText(count, 'entry', 'entries');
    assert.deepEqual([0, 1, 2, 1204, 100_000].map(entries), [
      ...['0 entries', '1 entry', '2 entries', '1,204 entries', '100,000 entries'],
    ]);
  });

  it('say times as people do', () => {
    assert.deepEqual([0, 420, 12_000, 59_600, 185_000, 7_800_000].map(durationText), [
      '0.0 s',
      '0.4 s',
      '12 s',
      '1 min 0 s',
      '3 min 5 s',
      '2 h 10 min',
    ]);
  });

  it('never say 100 percent before the last byte, and say it for an empty file', () => {
    assert.equal(percentOf(999, 1000), 99);
    assert.equal(percentOf(1000, 1000), 100);
    assert.equal(percentOf(0, 0), 100);
  });
});

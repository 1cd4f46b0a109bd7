import assert from 'node:assert/strict';
import type { Progress } from '../../../src/core/events';
import { ProgressMeter } from '../../../src/core/transfer/progressMeter';

/** Snapshots that a person can read: first and last always, never a flood, never nonsense. */
describe('the progress meter', () => {
  it('tells first and last of a flood, and little in between', () => {
    const told: Progress[] = [];
    const begin = performance.now();
    const meter = new ProgressMeter(100_000, (progress) => told.push(progress));
    for (let i = 0; i < 100_000; i++) meter.add(1);
    meter.finish();
    assert.deepEqual([told[0]?.bytes, told.at(-1)?.bytes], [0, 100_000]);
    assert(told.length <= (performance.now() - begin) / 100 + 2);
  });

  it('has no time left without a rate, and none at the end', () => {
    const told: Progress[] = [];
    const meter = new ProgressMeter(10, (progress) => told.push(progress));
    assert.deepEqual(told, [{ bytes: 0, total: 10, rate: 0 }]);
    meter.add(10);
    meter.finish();
    assert.equal(told.at(-1)?.timeLeft ?? 0, 0);
  });

  it('is sensible for nothing at all', () => {
    const told: Progress[] = [];
    new ProgressMeter(0, (progress) => told.push(progress)).finish();
    assert.deepEqual(told[0], { bytes: 0, total: 0, rate: 0 });
  });

  it('lets the rate fall while nothing moves', async () => {
    await new Promise<void>((resolve) => {
      const told: Progress[] = [];
      const meter = new ProgressMeter(1_000, (progress) => {
        told.push(progress);
        const rates = told.map((each) => each.rate);
        if (told.length >= 3 && (rates.at(-1) ?? 0) < (rates.at(-2) ?? 0)) {
          meter.close();
          resolve();
        }
      });
      const keepsProcess = setInterval(() => {
        if (told.length === 1) meter.add(100);
        if (told.length >= 3) clearInterval(keepsProcess);
      }, 20);
    });
  });
});

import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { throttle } from '../../../src/host/throttle';

describe('what is throttled', () => {
  let runs = 0;
  const run = () => {
    runs += 1;
  };
  beforeEach(() => {
    runs = 0;
    mock.timers.enable({ apis: ['setTimeout'] });
  });
  afterEach(() => {
    mock.timers.reset();
  });

  it('runs at once, then once for however many calls the time holds', () => {
    const throttled = throttle(run, 100);
    throttled.call();
    assert.equal(runs, 1);
    for (let calls = 0; calls < 50; calls += 1) throttled.call();
    assert.equal(runs, 1);
    mock.timers.tick(100);
    assert.equal(runs, 2, 'The last call is never lost.');
    mock.timers.tick(1000);
    assert.equal(runs, 2);
    throttled.call();
    assert.equal(runs, 3);
  });

  it('does not run after its end', () => {
    const throttled = throttle(run, 100);
    throttled.call();
    throttled.call();
    throttled.dispose();
    mock.timers.tick(1000);
    throttled.call();
    mock.timers.tick(1000);
    assert.equal(runs, 1);
  });
});

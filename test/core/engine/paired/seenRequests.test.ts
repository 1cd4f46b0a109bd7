import assert from 'node:assert/strict';
import { SeenRequests } from '../../../../src/core/engine/paired/sessions/seenRequests';
import { memoryHome } from '../../../../src/core/home/memoryHome';

/** If this fails, an engine that has stopped writes into a home that another process has by then. */
describe('requests that were seen', () => {
  const until = new Date(Date.now() + 60_000).toISOString();
  const request = (digit: string) => ({ kid: 'a'.repeat(64), id: digit.repeat(32), until });

  it('are on disk when they are closed; none is new or written from then on', async () => {
    const home = memoryHome();
    const seen = await SeenRequests.open(home);
    assert.ok(seen.isNew(request('1')));
    const closed = seen.close();
    assert.ok(!seen.isNew(request('2')));
    await closed;
    const again = await SeenRequests.open(home);
    assert.ok(!again.isNew(request('1')), 'it was kept');
    assert.ok(again.isNew(request('2')), 'it was not, and may still be answered');
  });
});

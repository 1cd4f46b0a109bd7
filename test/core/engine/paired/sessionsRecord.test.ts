import assert from 'node:assert/strict';
import { attend, said, say } from '../../../support/talking';
import { pairUp } from '../../../support/pairUp';
import { tcpGate, type TcpGate } from '../../../support/tcpGate';
import { withEngines } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** If this fails, chats need the task service, or leave no record when it was away. */
describe('chats without a task service', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  let gate: TcpGate;
  beforeEach(async () => {
    gate = await tcpGate(hub.url);
  });
  afterEach(() => gate.shut());

  it('travel over the link, and leave a record of their session when it is back', async () => {
    const options = { atsUrl: gate.url };
    const [alice, bob] = await Promise.all([
      engines.start('alice', options),
      engines.start('bob', options),
    ]);
    await pairUp(alice, bob);
    await Promise.all([attend(alice), attend(bob)]);
    await gate.shut();
    await say(alice, bob, 'without anybody');
    await bob.until('the message', () => said(bob).includes('without anybody'));
    await say(bob, alice, 'nor here');
    await alice.until('the answer', () => said(alice).includes('nor here'));
    await engines.stop(bob);
    await gate.open();
    const deadline = performance.now() + 30_000;
    for (;;) {
      const tasks = await alice.client.listTasks({ type: 'session_audit', status: 'completed' });
      const [record] = tasks;
      if (record !== undefined) {
        const [output] = record.outputs as Record<string, unknown>[];
        assert.equal(output?.['reason'], 'stopped');
        assert.equal(record.payload['signed'], undefined);
        break;
      }
      assert.ok(performance.now() < deadline, 'no record');
    }
  });
});

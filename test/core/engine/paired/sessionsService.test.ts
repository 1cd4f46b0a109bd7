import assert from 'node:assert/strict';
import type { Task } from '../../../../src/core/ats/types';
import { attend, chatsTo, said, say, stateOf, withoutLinks } from '../../../support/talking';
import { tcpGate, type TcpGate } from '../../../support/tcpGate';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** Milliseconds; shorter than the silence after which a session is given up. */
const SILENCE_SHOWN_MS = 30_000;

/** If this fails, agents that only reach the task service cannot chat. */
describe('chats through the task service alone', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  let gate: TcpGate | undefined;
  // A server that nobody closes would keep the process.
  afterEach(async () => {
    await gate?.shut();
    gate = undefined;
  });
  const tasksOf = (agent: Agent): Promise<readonly Task[]> =>
    agent.client.listTasks({ type: 'p2p_session', channel: agent.config.channel, limit: 100 });

  it('carry messages both ways, and say that they are relayed', async () => {
    const [alice, bob] = await withoutLinks(engines, hub);
    await Promise.all([attend(alice), attend(bob)]);
    const texts = Array.from({ length: 12 }, (_, at) => `message ${String(at)}`);
    for (const text of texts) await say(alice, bob, text);
    await bob.until('all of them', () => said(bob).length === texts.length);
    assert.deepEqual(said(bob), texts);
    const last = await say(bob, alice, 'and back');
    await alice.until('the answer', () => said(alice).includes('and back'));
    await bob.until('the confirmation', () => stateOf(bob, last) === 'delivered');
    assert.deepEqual(chatsTo(alice, bob)?.path, { kind: 'relayed', over: 'service' });
    // One that ends completes the task, by the one who claimed it.
    const [open] = (await tasksOf(alice)).filter(({ status }) => status === 'in_progress');
    assert.ok(open !== undefined);
    await engines.stop(bob);
    const { outputs, assigneeId } = await alice.taskById(open.id, 'completed');
    const [output] = outputs as Record<string, unknown>[];
    assert.ok(output !== undefined);
    assert.equal(output['path'], 'relay');
    assert.ok(Number(output['duration_ms']) > 0);
    assert.equal(assigneeId, open.assigneeId);
  });

  it('wait for who is away, and arrive when they are back', async () => {
    const [alice, bob] = await withoutLinks(engines, hub);
    await attend(alice);
    await engines.stop(bob);
    const id = await say(alice, bob, 'for later');
    const deadline = performance.now() + 10_000;
    while (!(await tasksOf(alice)).some(({ status }) => status === 'pending')) {
      assert.ok(performance.now() < deadline, 'no task waits');
    }
    const back = await engines.start('bob', { ...bob.config, home: bob.home });
    await attend(back);
    await back.until('the message', () => said(back).includes('for later'));
    await alice.until('the confirmation', () => stateOf(alice, id) === 'delivered');
  });

  it('say that a side is away which answers nothing any more, and go on when it does', async () => {
    const [alice, second] = await withoutLinks(engines, hub);
    await engines.stop(second);
    gate = await tcpGate(hub.url);
    const bob = await engines.start('bob', {
      ...second.config,
      home: second.home,
      atsUrl: gate.url,
    });
    await Promise.all([attend(alice), attend(bob)]);
    const before = await say(alice, bob, 'before');
    await alice.until(
      'the first, and its way',
      () => stateOf(alice, before) === 'delivered' && chatsTo(alice, bob)?.path.kind === 'relayed',
    );
    // It says no goodbye, and the service goes on taking what is for it.
    await gate.shut();
    const id = await say(alice, bob, 'into the void');
    await alice.until(
      'the way to be none',
      () => {
        return chatsTo(alice, bob)?.path.kind === 'offline';
      },
      SILENCE_SHOWN_MS,
    );
    await gate.open();
    await alice.until(
      'the confirmation',
      () => stateOf(alice, id) === 'delivered',
      SILENCE_SHOWN_MS,
    );
    assert.deepEqual(said(bob), ['before', 'into the void']);
    await alice.until(
      'the way to be shown again',
      () => chatsTo(alice, bob)?.path.kind === 'relayed',
      SILENCE_SHOWN_MS,
    );
  });

  it('go on after a restart of either engine in the middle', async () => {
    const [alice, bob] = await withoutLinks(engines, hub);
    await Promise.all([attend(alice), attend(bob)]);
    await say(alice, bob, 'one');
    await bob.until('the first', () => said(bob).includes('one'));
    await engines.stop(bob);
    const back = await engines.start('bob', { ...bob.config, home: bob.home });
    await attend(back);
    await say(alice, back, 'two');
    await back.until('the second', () => said(back).includes('two'));
    await engines.stop(alice);
    const again = await engines.start('alice', { ...alice.config, home: alice.home });
    await attend(again);
    await say(back, again, 'three');
    await again.until('the third', () => said(again).includes('three'));
  });
});

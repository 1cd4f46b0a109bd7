import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { AtsClient, MessagePart, Task } from '../../../../src/core/ats/types';
import { attend, kidOfAgent, said, say, withoutLinks } from '../../../support/talking';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** If this fails, a task service, or somebody in its channel, can join, ring twice or end a chat. */
describe('sessions over a service that lies', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  let alice: Agent;
  let bob: Agent;
  let mallory: AtsClient;
  beforeEach(async () => {
    [alice, bob] = await withoutLinks(engines, hub);
    await Promise.all([attend(alice), attend(bob)]);
    mallory = engines.client('mallory');
  });

  const chatTask = async (): Promise<Task> => {
    await say(alice, bob, 'first');
    await bob.until('the first', () => said(bob).includes('first'));
    const tasks = await mallory.listTasks({ type: 'p2p_session', status: 'in_progress' });
    const own = tasks.filter(({ sourceId }) => sourceId === 'alice' || sourceId === 'bob');
    const task = own.at(0);
    assert.ok(task !== undefined);
    return task;
  };
  const partsOf = async ({ id }: Task): Promise<MessagePart[]> =>
    (await mallory.listMessages(id)).flatMap(({ parts }) => [...parts]);
  const goesOn = async (text: string): Promise<void> => {
    await say(alice, bob, text);
    await bob.until(text, () => said(bob).includes(text));
    await say(bob, alice, `${text} back`);
    await alice.until(`${text} back`, () => said(alice).includes(`${text} back`));
  };

  it('pass over what is replayed, altered, foreign or nothing at all', async () => {
    const task = await chatTask();
    const recorded = await partsOf(task);
    assert.ok(recorded.length > 2, 'frames are in the thread');
    for (const part of recorded) await mallory.addMessage(task.id, [part]);
    for (const part of recorded) {
      const { frames } = part.content as { frames?: string[] };
      for (const frame of frames ?? []) {
        const bytes = Buffer.from(frame, 'base64url');
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        const seq = Buffer.from(bytes);
        seq[8] = (seq[8] ?? 0) + 7;
        const altered = [bytes, seq].map((one) => one.toString('base64url'));
        await mallory.addMessage(task.id, [{ type: 'data', content: { frames: altered } }]);
      }
    }
    const garbage: unknown[] = [
      null,
      7,
      { frames: 'x' },
      { frames: [1, {}, null] },
      { frames: ['', '!', 'A'.repeat(100)] },
      { session_id: task.payload['session_id'], signed: 'AAAA', signature: 'BBBB' },
      { session_id: task.payload['session_id'], signed: {}, signature: [] },
    ];
    for (const content of garbage) await mallory.addMessage(task.id, [{ type: 'data', content }]);
    await goesOn('second');
    assert.deepEqual(said(bob), ['first', 'second']);
    assert.deepEqual(said(alice), ['second back']);
  });

  it('begin nothing by a request that is played again, under its own name or another', async () => {
    const task = await chatTask();
    const before = await mallory.listTasks({ type: 'p2p_session', limit: 100 });
    for (const change of [
      {},
      { sender_id: 'mallory' },
      { session_id: randomBytes(16).toString('hex') },
      { signature: `${String(task.payload['signature']).slice(0, -4)}AAAA` },
    ]) {
      const { title, payload } = task;
      const copy = { title, type: 'p2p_session', channel: 'p2p-transfer' };
      await mallory.createTask({ ...copy, payload: { ...payload, ...change } });
    }
    await goesOn('second');
    assert.deepEqual(said(bob), ['first', 'second']);
    const after = await mallory.listTasks({ type: 'p2p_session', limit: 100 });
    const made = after.filter(({ sourceId }) => sourceId !== 'mallory');
    assert.equal(made.length, before.length, 'nobody began another session because of it');
  });

  it('go on when the task is said to have ended', async () => {
    const task = await chatTask();
    await mallory.cancel(task.id);
    await goesOn('second');
    assert.deepEqual(said(bob), ['first', 'second']);
  });

  it('ring once, however often the call is played', async () => {
    const callId = randomBytes(16).toString('hex');
    const kid = await kidOfAgent(alice, bob);
    await alice.engine.call({ callId, kid, media: { video: false } });
    const ringing = (): number =>
      bob.events.filter(
        (event) =>
          event.type === 'calls' && event.calls.some(({ state }) => state.kind === 'ringing'),
      ).length;
    await bob.until('the call', () => ringing() > 0);
    const [task] = await mallory.listTasks({ type: 'p2p_session', search: callId });
    assert.ok(task !== undefined);
    await bob.engine.answerCall({ callId, decision: { kind: 'decline' } });
    const { title, payload } = task;
    const copy = { title, type: 'p2p_session', channel: 'p2p-transfer', payload };
    await mallory.createTask(copy);
    await engines.stop(bob);
    const back = await engines.start('bob', { ...bob.config, home: bob.home });
    await attend(back);
    await mallory.createTask(copy);
    // What came after it has been heard, so it has been heard as well.
    await say(alice, back, 'still here');
    await back.until('the message', () => said(back).includes('still here'));
    assert.equal(ringing(), 1);
    assert.ok(!back.events.some((event) => event.type === 'calls' && event.calls.length > 0));
  });
});

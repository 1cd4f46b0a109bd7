import assert from 'node:assert/strict';
import type { CallState } from '../../../../src/core/callEvents';
import { attendingPair, callReaches, remotesOf, ring } from '../../../support/calling';
import { newId } from '../../../support/talking';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** Milliseconds that the longest of them takes, and what a busy machine adds. */
const LONGEST_MS = 90_000;

/** If this fails, a telephone rings for ever, or somebody talks to a page that is gone. */
describe('the patience of calls', function () {
  this.timeout(2 * LONGEST_MS);
  const hub = withHub();
  const engines = withEngines(hub);

  /** The state of a call once it was told to be of this kind. */
  const reaches = async <K extends CallState['kind']>(
    agent: Agent,
    callId: string,
    kind: K,
  ): Promise<Extract<CallState, { kind: K }>> => {
    const { state } = await callReaches(agent, callId, kind, LONGEST_MS);
    return state as Extract<CallState, { kind: K }>;
  };
  /** A call that was accepted, with a page on either side that knows of the other. */
  const accepted = async (from: Agent, to: Agent) => {
    const callId = await ring(from, to, false);
    const decision = { kind: 'accept', media: { video: false } } as const;
    await to.engine.answerCall({ callId, decision });
    await reaches(from, callId, 'connecting');
    const pages = [newId(), newId()] as const;
    const place = { kind: 'call', callId } as const;
    await from.engine.attachPeer({ peerId: pages[0], to: place });
    await to.engine.attachPeer({ peerId: pages[1], to: place });
    await from.until('the other page', () => remotesOf(from, pages[0]).at(-1) === pages[1]);
    await to.until('the other page', () => remotesOf(to, pages[1]).at(-1) === pages[0]);
    return { callId, pages };
  };
  /** What the task of a call says in the end. */
  const statusOf = async (agent: Agent, callId: string): Promise<string | undefined> => {
    const tasks = await agent.client.listTasks({ search: callId, limit: 5 });
    return tasks.find(({ payload }) => payload['session_id'] === callId)?.status;
  };

  const nobodyAnswers = async (): Promise<void> => {
    const [alice, bob] = await attendingPair(engines);
    const callId = await ring(alice, bob, false);
    const [out, incoming] = [await reaches(alice, callId, 'ended'), reaches(bob, callId, 'ended')];
    assert.deepEqual([out.reason, (await incoming).reason], ['unanswered', 'missed']);
    assert.equal(await settled(() => statusOf(alice, callId)), 'cancelled');
    // The line is free again.
    await ring(bob, alice, false);
  };
  const nothingConnects = async (): Promise<void> => {
    const [carol, dave] = await attendingPair(engines, 'carol', 'dave');
    const { callId, pages } = await accepted(carol, dave);
    await carol.engine.peerState({ peerId: pages[0], state: { kind: 'failed' } });
    await dave.engine.peerState({ peerId: pages[1], state: { kind: 'failed' } });
    for (const agent of [carol, dave]) {
      const { reason, error } = await reaches(agent, callId, 'ended');
      assert.deepEqual([reason, error?.code], ['failed', 'CALL_UNREACHABLE']);
      assert.match(error?.message ?? '', /Set a TURN server/);
    }
    assert.equal(await settled(() => statusOf(carol, callId)), 'completed');
  };
  const thePageIsGone = async (): Promise<void> => {
    const [erin, frank] = await attendingPair(engines, 'erin', 'frank');
    const { callId, pages } = await accepted(erin, frank);
    const state = { kind: 'connected', path: 'direct' } as const;
    await erin.engine.peerState({ peerId: pages[0], state });
    await frank.engine.peerState({ peerId: pages[1], state });
    for (const agent of [erin, frank]) await reaches(agent, callId, 'connected');
    // Its tab crashed: the process that served it says so, and nobody comes back.
    await frank.engine.detachPeer({ peerId: pages[1] });
    await erin.until('that the page is gone', () => remotesOf(erin, pages[0]).at(-1) === undefined);
    await erin.engine.peerState({ peerId: pages[0], state: { kind: 'disconnected' } });
    for (const agent of [erin, frank]) await reaches(agent, callId, 'reconnecting');
    for (const agent of [erin, frank]) {
      const { reason, error, durationMs } = await reaches(agent, callId, 'ended');
      assert.equal(reason, 'failed');
      assert.match(error?.message ?? '', /was lost and did not come back\. Call again\.$/);
      assert.ok(durationMs > 0);
    }
    assert.equal(await settled(() => statusOf(erin, callId)), 'completed');
  };

  it('ends: of ringing, of connecting, and of waiting for a page that is gone', async () => {
    // All at once, since each of them is a minute of waiting.
    await Promise.all([nobodyAnswers(), nothingConnects(), thePageIsGone()]);
  });
});

/** What is asked once it is something else than under way, or the last answer. */
async function settled(ask: () => Promise<string | undefined>): Promise<string | undefined> {
  const end = performance.now() + 10_000;
  for (;;) {
    const answer = await ask();
    const isOpen = answer === undefined || answer === 'pending' || answer === 'in_progress';
    if (!isOpen || performance.now() > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

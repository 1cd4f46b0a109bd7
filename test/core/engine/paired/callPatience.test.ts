import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Call, CallState } from '../../../../src/core/callEvents';
import type { PeerOrder } from '../../../../src/core/calling';
import { pairUp } from '../../../support/pairUp';
import { attend, kidOfAgent } from '../../../support/talking';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** Milliseconds that the longest of them takes, and what a busy machine adds. */
const LONGEST_MS = 90_000;

/** If this fails, a telephone rings for ever, or somebody talks to a page that is gone. */
describe('the patience of calls', function () {
  this.timeout(2 * LONGEST_MS);
  const hub = withHub();
  const engines = withEngines(hub);

  const newId = (): string => randomBytes(16).toString('hex');
  const couple = async (one: string, other: string): Promise<[Agent, Agent]> => {
    const agents = await Promise.all([engines.start(one), engines.start(other)]);
    await pairUp(...agents);
    for (const agent of agents) await attend(agent);
    return agents;
  };
  const told = (agent: Agent, callId: string): Call[] =>
    agent.events.flatMap((event) =>
      event.type === 'calls' ? event.calls.filter((call) => call.callId === callId) : [],
    );
  const reaches = async <K extends CallState['kind']>(
    agent: Agent,
    callId: string,
    kind: K,
    ms = LONGEST_MS,
  ): Promise<Extract<CallState, { kind: K }>> => {
    const end = performance.now() + ms;
    for (;;) {
      const state = told(agent, callId).findLast((call) => call.state.kind === kind)?.state;
      if (state !== undefined) return state as Extract<CallState, { kind: K }>;
      const last = JSON.stringify(told(agent, callId).at(-1));
      assert.ok(performance.now() < end, `${agent.id} waited for ${kind}: ${last}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const ring = async (from: Agent, to: Agent): Promise<string> => {
    const callId = newId();
    await from.engine.call({ callId, kid: await kidOfAgent(from, to), media: { video: false } });
    await reaches(to, callId, 'ringing');
    return callId;
  };
  /** A call that was accepted, with a page on either side that knows of the other. */
  const accepted = async (from: Agent, to: Agent) => {
    const callId = await ring(from, to);
    const decision = { kind: 'accept', media: { video: false } } as const;
    await to.engine.answerCall({ callId, decision });
    await reaches(from, callId, 'connecting');
    const pages = [newId(), newId()] as const;
    const place = { kind: 'call', callId } as const;
    await from.engine.attachPeer({ peerId: pages[0], to: place });
    await to.engine.attachPeer({ peerId: pages[1], to: place });
    await from.until('the other page', () => hasRemote(from, pages[0], pages[1]));
    await to.until('the other page', () => hasRemote(to, pages[1], pages[0]));
    return { callId, pages };
  };
  /** What the task of a call says in the end. */
  const statusOf = async (agent: Agent, callId: string): Promise<string | undefined> => {
    const tasks = await agent.client.listTasks({ search: callId, limit: 5 });
    return tasks.find(({ payload }) => payload['session_id'] === callId)?.status;
  };

  const nobodyAnswers = async (): Promise<void> => {
    const [alice, bob] = await couple('alice', 'bob');
    const callId = await ring(alice, bob);
    const [out, incoming] = [await reaches(alice, callId, 'ended'), reaches(bob, callId, 'ended')];
    assert.deepEqual([out.reason, (await incoming).reason], ['unanswered', 'missed']);
    assert.equal(await settled(() => statusOf(alice, callId)), 'cancelled');
    // The line is free again.
    await ring(bob, alice);
  };
  const nothingConnects = async (): Promise<void> => {
    const [carol, dave] = await couple('carol', 'dave');
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
    const [erin, frank] = await couple('erin', 'frank');
    const { callId, pages } = await accepted(erin, frank);
    const state = { kind: 'connected', path: 'direct' } as const;
    await erin.engine.peerState({ peerId: pages[0], state });
    await frank.engine.peerState({ peerId: pages[1], state });
    for (const agent of [erin, frank]) await reaches(agent, callId, 'connected');
    // Its tab crashed: the process that served it says so, and nobody comes back.
    await frank.engine.detachPeer({ peerId: pages[1] });
    await erin.until('that the page is gone', () => hasRemote(erin, pages[0], undefined));
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

function hasRemote(agent: Agent, peerId: string, remote: string | undefined): boolean {
  const orders = agent.events.flatMap((event): PeerOrder[] =>
    event.type === 'peer' && event.peerId === peerId ? [event.order] : [],
  );
  const last = orders.findLast(({ kind }) => kind === 'remote');
  return last?.kind === 'remote' && last.remote === remote;
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  attendingPair,
  callReaches,
  callsOf,
  ordersOf,
  remotesOf,
  ring,
  signalsOf,
} from '../../../support/calling';
import { pairUp } from '../../../support/pairUp';
import { attend, kidOfAgent, newId, withoutLinks } from '../../../support/talking';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

async function endOf(agent: Agent, callId: string): Promise<string> {
  const { state } = await callReaches(agent, callId, 'ended');
  assert.ok(state.kind === 'ended');
  return state.reason;
}

function accept(agent: Agent, callId: string): Promise<void> {
  const decision = { kind: 'accept', media: { video: false } } as const;
  return agent.engine.answerCall({ callId, decision });
}

/** What an RTCPeerConnection would say, as far as core looks at it. */
function sdp(fill: string): string {
  const hex = randomBytes(32).toString('hex').toUpperCase().match(/../g)?.join(':') ?? '';
  return [
    'v=0',
    `o=- ${fill} 2 IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    `a=fingerprint:sha-256 ${hex}`,
    'a=mid:0',
    '',
  ].join('\r\n');
}

/** Attaches a peer on either side, and waits until each was told of the other. */
async function peersOf(alice: Agent, bob: Agent, callId: string): Promise<[string, string]> {
  const ids: [string, string] = [newId(), newId()];
  const to = { kind: 'call', callId } as const;
  const [one, other] = await Promise.all([
    alice.engine.attachPeer({ peerId: ids[0], to }),
    bob.engine.attachPeer({ peerId: ids[1], to }),
  ]);
  assert.notEqual(one.isPolite, other.isPolite);
  await alice.until('the remote peer', () => remotesOf(alice, ids[0]).at(-1) === ids[1]);
  await bob.until('the remote peer', () => remotesOf(bob, ids[1]).at(-1) === ids[0]);
  return ids;
}

/** If this fails, calls ring at nobody, never end, or end as something else than they did. */
describe('calls', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  let alice: Agent;
  let bob: Agent;
  beforeEach(async () => {
    [alice, bob] = await attendingPair(engines);
  });

  const connect = async (callId: string): Promise<void> => {
    const [one, other] = await peersOf(alice, bob, callId);
    const state = { kind: 'connected', path: 'direct' } as const;
    await alice.engine.peerState({ peerId: one, state });
    await bob.engine.peerState({ peerId: other, state });
    await Promise.all([
      callReaches(alice, callId, 'connected'),
      callReaches(bob, callId, 'connected'),
    ]);
  };

  it('ring, connect, pass on signals both ways, and end on both sides with their record', async () => {
    const callId = await ring(alice, bob);
    const ringing = await callReaches(bob, callId, 'ringing');
    assert.deepEqual([ringing.direction, ringing.media], ['in', { video: true }]);
    await accept(bob, callId);
    await Promise.all([
      callReaches(alice, callId, 'connecting'),
      callReaches(bob, callId, 'connecting'),
    ]);
    const [one, other] = await peersOf(alice, bob, callId);
    const offer = { kind: 'description', type: 'offer', sdp: sdp('1') } as const;
    await alice.engine.peerSignal({ peerId: one, to: other, signal: offer });
    const answer = { kind: 'description', type: 'answer', sdp: sdp('2') } as const;
    await bob.engine.peerSignal({ peerId: other, to: one, signal: answer });
    const candidate = {
      kind: 'candidate',
      candidate: 'candidate:1 1 udp 2122260223 10.0.0.7 50000 typ host',
      sdpMid: '0',
      sdpMLineIndex: 0,
    } as const;
    for (let at = 0; at < 40; at++) {
      await alice.engine.peerSignal({ peerId: one, to: other, signal: candidate });
    }
    await bob.until('all of them', () => signalsOf(bob, other).length === 41);
    assert.deepEqual(signalsOf(bob, other)[0], offer);
    await alice.until('the answer', () => signalsOf(alice, one).length === 1);
    assert.deepEqual(signalsOf(alice, one), [answer]);
    const state = { kind: 'connected', path: 'relayed' } as const;
    await alice.engine.peerState({ peerId: one, state });
    await bob.engine.peerState({ peerId: other, state });
    await Promise.all([
      callReaches(alice, callId, 'connected'),
      callReaches(bob, callId, 'connected'),
    ]);
    const media = { audio: true, video: false, screen: true };
    await alice.engine.tellMedia({ callId, media });
    await bob.until('the media', () => callsOf(bob).at(-1)?.remote?.screen);
    await alice.engine.hangUp({ callId });
    assert.equal(await endOf(alice, callId), 'hungUp');
    assert.equal(await endOf(bob, callId), 'hungUpByPeer');
    for (const [agent, peerId] of [
      [alice, one],
      [bob, other],
    ] as const) {
      await agent.until('the close', () => ordersOf(agent, peerId).at(-1)?.kind === 'close');
    }
    assert.deepEqual((await alice.engine.snapshot()).calls, []);
    const [task] = await alice.client.listTasks({ type: 'p2p_session', search: callId });
    assert.ok(task !== undefined);
    const { outputs } = await alice.taskById(task.id, 'completed');
    const [output] = outputs as Record<string, unknown>[];
    assert.deepEqual([output?.['session_id'], output?.['path']], [callId, 'relay']);
  });

  it('are declined, cancelled, busy and unavailable, and each side is told which', async () => {
    const declined = await ring(alice, bob);
    await bob.engine.answerCall({ callId: declined, decision: { kind: 'decline' } });
    assert.equal(await endOf(alice, declined), 'declined');
    assert.equal(await endOf(bob, declined), 'refused');

    const cancelled = await ring(alice, bob);
    await alice.engine.hangUp({ callId: cancelled });
    assert.equal(await endOf(alice, cancelled), 'cancelled');
    assert.equal(await endOf(bob, cancelled), 'missed');

    const carol = await engines.start('carol');
    await pairUp(carol, bob);
    const first = await ring(alice, bob);
    await accept(bob, first);
    const busy = newId();
    await carol.engine.call({
      callId: busy,
      kid: await kidOfAgent(carol, bob),
      media: { video: false },
    });
    assert.equal(await endOf(carol, busy), 'busy');
    await assert.rejects(
      bob.engine.call({
        callId: newId(),
        kid: await kidOfAgent(bob, carol),
        media: { video: true },
      }),
      { code: 'CALL_BUSY' },
    );
    await bob.engine.hangUp({ callId: first });
    assert.equal(await endOf(alice, first), 'hungUpByPeer');

    await attend(bob, { calls: false });
    const nobody = newId();
    const kid = await kidOfAgent(alice, bob);
    await alice.engine.call({ callId: nobody, kid, media: { video: false } });
    assert.equal(await endOf(alice, nobody), 'unavailable');
  });

  it('are answered once, by whichever window was first', async () => {
    const callId = await ring(alice, bob);
    const answers = await Promise.allSettled([accept(bob, callId), accept(bob, callId)]);
    const refused = answers.find(({ status }) => status === 'rejected');
    assert.ok(refused?.status === 'rejected');
    assert.equal((refused.reason as { code: string }).code, 'CALL_ANSWERED');
    await callReaches(alice, callId, 'connecting');
    await alice.engine.hangUp({ callId });
    await endOf(bob, callId);
    await assert.rejects(accept(bob, callId), { code: 'CALL_UNKNOWN' });
  });

  it('become one when two call each other at once', async () => {
    const [one, other] = [newId(), newId()];
    const [bobsKid, alicesKid] = await Promise.all([
      kidOfAgent(alice, bob),
      kidOfAgent(bob, alice),
    ]);
    await Promise.all([
      alice.engine.call({ callId: one, kid: bobsKid, media: { video: true } }),
      bob.engine.call({ callId: other, kid: alicesKid, media: { video: false } }),
    ]);
    const standing = alicesKid < bobsKid ? one : other;
    await Promise.all([
      callReaches(alice, standing, 'connecting'),
      callReaches(bob, standing, 'connecting'),
    ]);
    const live = async (agent: Agent) =>
      (await agent.engine.snapshot()).calls.map(({ callId, media, replaces }) => [
        callId,
        media.video,
        replaces,
      ]);
    // Whoever asked for the one that gave way finds it again under the other id.
    assert.deepEqual(await live(alice), [[standing, true, standing === one ? undefined : one]]);
    assert.deepEqual(await live(bob), [[standing, false, standing === other ? undefined : other]]);
  });

  it('become one when the other side is called back while it rings', async () => {
    const theirs = await ring(alice, bob);
    const ours = newId();
    const kid = await kidOfAgent(bob, alice);
    await bob.engine.call({ callId: ours, kid, media: { video: false } });
    assert.equal((await callReaches(bob, theirs, 'connecting')).replaces, ours);
    assert.equal((await callReaches(alice, theirs, 'connecting')).replaces, undefined);
  });

  it('refuse a second peer unless it takes over, and a description without a fingerprint', async () => {
    const callId = await ring(alice, bob);
    await accept(bob, callId);
    await callReaches(alice, callId, 'connecting');
    const [one, other] = await peersOf(alice, bob, callId);
    const to = { kind: 'call', callId } as const;
    const second = newId();
    await assert.rejects(alice.engine.attachPeer({ peerId: second, to }), { code: 'PEER_TAKEN' });
    await alice.engine.attachPeer({ peerId: second, to, takeOver: true });
    assert.deepEqual(ordersOf(alice, one).at(-1), { kind: 'close', reason: 'replaced' });
    await bob.until('the new peer', () => remotesOf(bob, other).at(-1) === second);
    const bare = sdp('3').replace(/a=fingerprint.*\r\n/, '');
    const signal = { kind: 'description', type: 'offer', sdp: bare } as const;
    await assert.rejects(alice.engine.peerSignal({ peerId: second, to: other, signal }), {
      code: 'PROTOCOL',
    });
    // One that was replaced is not heard any more.
    const stale = { kind: 'description', type: 'offer', sdp: sdp('4') } as const;
    await alice.engine.peerSignal({ peerId: one, to: other, signal: stale });
    await alice.engine.peerSignal({
      peerId: second,
      to: other,
      signal: { ...stale, type: 'answer' },
    });
    await bob.until('the second', () => signalsOf(bob, other).length > 0);
    assert.deepEqual(signalsOf(bob, other), [{ ...stale, type: 'answer' }]);
  });

  it('look for another way when the connection is lost, and end when the agent is blocked', async () => {
    const callId = await ring(alice, bob);
    await accept(bob, callId);
    await callReaches(alice, callId, 'connecting');
    await connect(callId);
    const peer = [...alice.events].find((event) => event.type === 'peer');
    assert.ok(peer?.type === 'peer');
    await alice.engine.peerState({ peerId: peer.peerId, state: { kind: 'disconnected' } });
    await callReaches(alice, callId, 'reconnecting');
    const again = { kind: 'connected', path: 'direct' } as const;
    await alice.engine.peerState({ peerId: peer.peerId, state: again });
    await alice.until('it is back', () => callsOf(alice).at(-1)?.state.kind === 'connected');
    await alice.engine.changeAgent(await kidOfAgent(alice, bob), { blocked: true });
    assert.equal(await endOf(alice, callId), 'hungUp');
    await endOf(bob, callId);
  });
});

/** If this fails, who only reaches the task service cannot be called. */
describe('calls through the task service alone', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);

  it('ring, pass on signals, and end', async () => {
    const [alice, bob] = await withoutLinks(engines, hub);
    await Promise.all([attend(alice), attend(bob)]);
    const callId = await ring(alice, bob);
    await accept(bob, callId);
    await callReaches(alice, callId, 'connecting');
    const [one, other] = await peersOf(alice, bob, callId);
    const signal = { kind: 'description', type: 'offer', sdp: sdp('1') } as const;
    await alice.engine.peerSignal({ peerId: one, to: other, signal });
    await bob.until('the offer', () => signalsOf(bob, other).length === 1);
    await bob.engine.hangUp({ callId });
    assert.equal(await endOf(alice, callId), 'hungUpByPeer');
    const cancelled = await ring(alice, bob);
    await alice.engine.hangUp({ callId: cancelled });
    assert.equal(await endOf(bob, cancelled), 'missed');
    const [task] = await alice.client.listTasks({ type: 'p2p_session', search: cancelled });
    assert.ok(task !== undefined);
    await alice.taskById(task.id, 'cancelled');
    const declined = await ring(alice, bob);
    await bob.engine.answerCall({ callId: declined, decision: { kind: 'decline' } });
    assert.equal(await endOf(alice, declined), 'declined');
  });
});

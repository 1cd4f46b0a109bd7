import assert from 'node:assert/strict';
import path from 'node:path';
import type { Call, CallState } from '../../src/core/callEvents';
import type { PeerOrder } from '../../src/core/calling';
import type { ConversingCall, ConversingParams } from '../../src/core/engine/conversing';
import type { EngineConfig } from '../../src/core/engineConfig';
import type { EngineEvent } from '../../src/core/events';
import { newId } from '../support/talking';
import { withEngines, type Agent } from '../support/withEngines';
import { withHub } from '../support/withHub';
import { configAt, withHousehold, type Member } from './household';
import { pairHousehold } from './pairHousehold';

/** Milliseconds in which the other side of a call hears that its engine is gone; 60 s is all it has. */
const SOON_MS = 25_000;

/** If this fails, a call rings on where it was answered, or lasts where there is nobody any more. */
describe('calls of a home with several processes', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const house = withHousehold();
  let round = 0;
  let us: EngineConfig;
  let peer: Agent;
  /** Our home as the peer calls it. */
  let ours: string;

  const ask = <M extends ConversingCall>(
    member: Member,
    call: M,
    params: ConversingParams<M>,
  ): Promise<unknown> =>
    member.ask({ do: 'converse', call, params } as Parameters<Member['ask']>[0]);

  beforeEach(async () => {
    round += 1;
    us = configAt(hub.url, `us-${String(round)}`, path.join(house.folder, 'ours'));
    peer = await engines.start(`peer-${String(round)}`);
    await peer.engine.attend({ shellId: newId(), chats: true, calls: true, open: [] });
  });

  /** Processes of one home, all there for calls, paired with the peer. */
  const household = async (count: number): Promise<Member[]> => {
    const members = await house.open(count, us);
    const [first] = members as [Member];
    ({ ours } = await pairHousehold(first, us.actorId, peer));
    for (const member of members) {
      await ask(member, 'attend', { shellId: newId(), chats: true, calls: true, open: [] });
    }
    return members;
  };
  const isCall =
    (callId: string, is: (call: Call) => boolean) =>
    (event: EngineEvent): boolean =>
      event.type === 'calls' && event.calls.some((call) => call.callId === callId && is(call));
  const isIn =
    (kind: CallState['kind']) =>
    ({ state }: Call): boolean =>
      state.kind === kind;
  const told = (member: Member, callId: string, kind: CallState['kind']): Promise<EngineEvent> =>
    member.told(kind, isCall(callId, isIn(kind)));
  const peerTold = (callId: string, kind: CallState['kind']): Promise<Call> =>
    peer.until(`${callId} ${kind}`, () =>
      peer.events
        .flatMap((event) => (event.type === 'calls' ? event.calls : []))
        .findLast((call) => call.callId === callId && call.state.kind === kind),
    );
  const endOf = (event: EngineEvent, callId: string) => {
    const call = event.type === 'calls' && event.calls.find((each) => each.callId === callId);
    assert.ok(call !== false && call?.state.kind === 'ended', JSON.stringify(call));
    return call.state;
  };
  const remoteIs =
    (peerId: string, remote: string | undefined) =>
    (event: EngineEvent): boolean =>
      event.type === 'peer' && event.peerId === peerId && isRemote(event.order, remote);

  /** A call from the peer that rings in all windows. */
  const ring = async (members: readonly Member[]): Promise<string> => {
    const callId = newId();
    await peer.engine.call({ callId, kid: ours, media: { video: true } });
    for (const member of members) await told(member, callId, 'ringing');
    return callId;
  };
  const accept = (member: Member, callId: string): Promise<unknown> =>
    ask(member, 'answerCall', { callId, decision: { kind: 'accept', media: { video: true } } });

  /** A call that is on, between this process's page and the peer's. */
  const inCall = async (
    holder: Member,
    members: readonly Member[],
  ): Promise<{ callId: string; ourPeer: string; theirPeer: string }> => {
    const callId = await ring(members);
    await accept(holder, callId);
    const to = { kind: 'call', callId } as const;
    const [ourPeer, theirPeer] = [newId(), newId()];
    await ask(holder, 'attachPeer', { peerId: ourPeer, to });
    await peer.engine.attachPeer({ peerId: theirPeer, to });
    await holder.told('the other page', remoteIs(ourPeer, theirPeer));
    await peer.until('our page', () => peer.events.some(remoteIs(theirPeer, ourPeer)));
    const state = { kind: 'connected', path: 'direct' } as const;
    await ask(holder, 'peerState', { peerId: ourPeer, state });
    await peer.engine.peerState({ peerId: theirPeer, state });
    for (const member of members) await told(member, callId, 'connected');
    await peerTold(callId, 'connected');
    return { callId, ourPeer, theirPeer };
  };

  it('ring in every window, and in none any more once one has answered', async () => {
    const members = await household(3);
    const [owner, second, third] = members as [Member, Member, Member];
    const callId = await ring(members);
    await accept(second, callId);
    for (const member of members) await told(member, callId, 'connecting');
    await assert.rejects(accept(third, callId), { code: 'CALL_ANSWERED' });
    await ask(owner, 'hangUp', { callId });
    for (const member of members) await told(member, callId, 'ended');
    const { state } = await peerTold(callId, 'ended');
    assert.ok(state.kind === 'ended' && state.reason === 'hungUpByPeer', JSON.stringify(state));
  });

  it('go on when another window closes than the one whose engine holds them', async () => {
    const members = await household(3);
    const [, second, third] = members as [Member, Member, Member];
    const { callId } = await inCall(second, members);
    await third.ask({ do: 'stop' });
    await third.kill();
    const calls = (await second.snapshot()).calls.map(({ callId: id, state }) => [id, state.kind]);
    assert.deepEqual(calls, [[callId, 'connected']]);
  });

  it('look for the page that is gone, and go on with the next one', async () => {
    const members = await household(2);
    const [owner, second] = members as [Member, Member];
    const { callId, theirPeer } = await inCall(second, members);
    await second.kill();
    await peer.until('that our page is gone', () =>
      peer.events.some(remoteIs(theirPeer, undefined)),
    );
    await told(owner, callId, 'reconnecting');
    const next = newId();
    await ask(owner, 'attachPeer', { peerId: next, to: { kind: 'call', callId } });
    await peer.until('our next page', () => peer.events.some(remoteIs(theirPeer, next)));
    const state = { kind: 'connected', path: 'direct' } as const;
    const since = owner.events.length;
    await ask(owner, 'peerState', { peerId: next, state });
    await owner.told('that it is on again', isCall(callId, isIn('connected')), since);
  });

  it('end on both sides, and are said to, when the owner of the engine closes', async () => {
    const members = await household(2);
    const [owner, second] = members as [Member, Member];
    const { callId } = await inCall(second, members);
    await owner.ask({ do: 'stop' });
    const { state } = await peerTold(callId, 'ended');
    assert.ok(state.kind === 'ended' && state.reason === 'hungUpByPeer', JSON.stringify(state));
    const end = endOf(await told(second, callId, 'ended'), callId);
    assert.deepEqual([end.reason, end.error?.code], ['failed', 'CALL_UNREACHABLE']);
    assert.match(end.error?.message ?? '', /whose engine held it was closed\. Call again\.$/);
  });

  it('end on both sides, and are said to, when the owner of the engine is killed', async () => {
    const members = await household(2);
    const [owner, second] = members as [Member, Member];
    const { callId } = await inCall(second, members);
    const since = performance.now();
    await owner.kill();
    const end = endOf(await told(second, callId, 'ended'), callId);
    assert.deepEqual([end.reason, end.error?.code], ['failed', 'CALL_UNREACHABLE']);
    const { state } = await peerTold(callId, 'ended');
    assert.ok(state.kind === 'ended' && state.reason === 'failed', JSON.stringify(state));
    assert.match(state.error?.message ?? '', /was lost and did not come back\. Call again\.$/);
    assert.ok(performance.now() - since < SOON_MS, 'and not only when all patience is over');
    // Nobody is busy with what is over.
    const again = await ring([second]);
    await accept(second, again);
    await peerTold(again, 'connecting');
  });

  it('that ring when the owner is killed are missed, and ring no more', async () => {
    const members = await household(2);
    const [owner, second] = members as [Member, Member];
    const callId = await ring(members);
    await owner.kill();
    const end = endOf(await told(second, callId, 'ended'), callId);
    assert.equal(end.reason, 'missed');
    await peer.engine.hangUp({ callId });
    const { state } = await peerTold(callId, 'ended');
    assert.ok(state.kind === 'ended' && state.reason === 'cancelled', JSON.stringify(state));
  });
});

function isRemote(order: PeerOrder, remote: string | undefined): boolean {
  return order.kind === 'remote' && order.remote === remote;
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { SESSION_FEATURE } from '../../../../src/core/engine/paired/linkKeeper';
import { newIdentity } from '../../../../src/core/identity/identity';
import { openIdentity } from '../../../../src/core/identity/identityFile';
import {
  signSessionAnswer,
  signSessionRequest,
} from '../../../../src/core/identity/sessionMessages';
import type { MessageChannel } from '../../../../src/core/transfer/messageChannel';
import {
  decodeSessionMessage,
  encodeSessionMessage,
  SessionType,
  type SessionMessage,
} from '../../../../src/core/wire/sessionLink';
import { attendingPair, callReaches, ordersOf, remotesOf } from '../../../support/calling';
import { playAgent } from '../../../support/handAgent';
import { pairUp } from '../../../support/pairUp';
import { attend, kidOfAgent, newId, said, say, withoutLinks } from '../../../support/talking';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** If this fails, one agent that turned bad costs more than its own conversation. */
describe('sessions with an agent that asks for too much', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);

  const linked = (): Promise<[Agent, Agent]> => attendingPair(engines, 'alice', 'mallory');

  it('make few peer connections however many peers it brings, and the last is one of them', async () => {
    const [alice, mallory] = await linked();
    const peerId = newId();
    await attachChat(alice, mallory, peerId, true);
    let last = '';
    for (let count = 0; count < 200; count++) {
      last = newId();
      await attachChat(mallory, alice, last, true);
      // Each is told in a turn of its own, else only the last one would be.
      await new Promise(setImmediate);
    }
    await alice.until('the last of them', () => remotesOf(alice, peerId).at(-1) === last);
    const met = remotesOf(alice, peerId).filter((remote) => remote !== undefined);
    assert.ok(met.length <= 30, `${met.length} peer connections`);
    await say(mallory, alice, 'still here');
    await alice.until('the message', () => said(alice).includes('still here'));
  });

  it('pass on a bounded number of its candidates and descriptions', async () => {
    const [alice, mallory] = await linked();
    const [own, theirs] = [newId(), newId()];
    await attachChat(alice, mallory, own);
    await attachChat(mallory, alice, theirs);
    await mallory.until('the remote', () => remotesOf(mallory, theirs).at(-1) === own);
    await alice.until('the remote', () => remotesOf(alice, own).at(-1) === theirs);
    for (let round = 0; round < 100; round++) {
      for (let port = 1024; port < 1024 + 100; port++) {
        const candidate = `candidate:1 1 udp 1 10.0.0.${round} ${port} typ host`;
        const signal = { kind: 'candidate', candidate, sdpMid: '0', sdpMLineIndex: 0 } as const;
        await mallory.engine.peerSignal({ peerId: theirs, to: own, signal });
      }
      // It goes out after what was gathered, at once.
      const signal = { kind: 'description', type: 'offer', sdp: sdp() } as const;
      await mallory.engine.peerSignal({ peerId: theirs, to: own, signal });
    }
    await say(mallory, alice, 'after them');
    await alice.until('the message', () => said(alice).includes('after them'));
    const signals = ordersOf(alice, own).flatMap((order) =>
      order.kind === 'signal' ? [order.signal.kind] : [],
    );
    const descriptions = signals.filter((kind) => kind === 'description').length;
    assert.ok(descriptions > 0 && descriptions < 100, `${descriptions} descriptions`);
    const candidates = signals.length - descriptions;
    assert.ok(candidates > 0 && candidates < 2000, `${candidates} candidates`);
  });

  it('ask one that says yes and goes, again and again, at their own pace', async () => {
    const [alice, mallory] = await linked();
    const kid = await kidOfAgent(alice, mallory);
    const victim = await kidOfAgent(mallory, alice);
    await engines.stop(mallory);
    const hand = await playAgent(mallory, alice, await engines.swarm(), [SESSION_FEATURE]);
    const asked: number[] = [];
    const channel = hand.link.open('beeline/session', Buffer.alloc(0));
    const talk = heardOn(channel, (message) => {
      if (message.type !== SessionType.request) return;
      asked.push(performance.now());
      const request = Buffer.from(message.request.signed, 'base64url');
      const { id } = JSON.parse(request.toString()) as { id: string };
      const { identity } = hand;
      const accepted = { identity, recipientKid: victim, id, decision: 'accepted' } as const;
      // Of small order: nothing can be agreed with it.
      const answer = signSessionAnswer({ ...accepted, request, publicKey: Buffer.alloc(32) });
      tell(channel, { type: SessionType.answer, answer });
    });
    tell(channel, { type: SessionType.available, available: { chats: true, calls: true } });
    const body = { kind: 'text', text: 'for whom?' } as const;
    await alice.engine.sendMessage({ kid, messageId: newId(), body });
    await alice.until('it was asked often', () => asked.length >= 22);
    const [twentieth = 0, later = 0] = [asked[19], asked[21]];
    assert.ok(later - twentieth > 2000, `two requests in ${Math.round(later - twentieth)} ms`);
    await hand.leave();
    await talk;
  });

  it('answer what it repeats a few times only', async () => {
    const [alice, mallory] = await linked();
    const victim = await kidOfAgent(mallory, alice);
    await engines.stop(mallory);
    const hand = await playAgent(mallory, alice, await engines.swarm(), [SESSION_FEATURE]);
    const channel = hand.link.open('beeline/session', Buffer.alloc(0));
    let answers = 0;
    let unknown = 0;
    const talk = heardOn(channel, (message) => {
      if (message.type === SessionType.answer) answers += 1;
      if (message.type === SessionType.unknown) unknown += 1;
    });
    // Who takes something is answered over the link.
    tell(channel, { type: SessionType.available, available: { chats: true, calls: true } });
    const { identity } = hand;
    const now = Date.now();
    const request = signSessionRequest({
      identity,
      keys: identity.pairKeys((await openIdentity(alice.home)).publicKey),
      recipientKid: victim,
      id: newId(),
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + 60_000).toISOString(),
      kind: 'chat',
      publicKey: newIdentity().publicKey,
    });
    for (let count = 0; count < 2000; count++)
      tell(channel, { type: SessionType.request, request });
    // Answered in its turn, after all of them.
    tell(channel, { type: SessionType.frame, id: newId(), frame: Buffer.alloc(25) });
    await alice.until('the last word', () => unknown > 0);
    assert.ok(answers > 0 && answers < 150, `${answers} answers`);
    await hand.leave();
    await talk;
  });

  it('leave the line free for others while it rings', async () => {
    const [alice, mallory] = await linked();
    const carol = await engines.start('carol');
    await pairUp(carol, alice);
    const first = await ring(mallory, alice);
    const again = newId();
    await mallory.engine.hangUp({ callId: first });
    const second = await ring(mallory, alice);
    const call = await ring(carol, alice);
    await alice.engine.answerCall({ callId: call, decision: accepting });
    assert.equal(await endOf(mallory, second), 'busy', 'it hears that somebody else was taken');
    assert.equal(await endOf(alice, second), 'missed');
    const media = { video: false };
    await mallory.engine.call({ callId: again, kid: await kidOfAgent(mallory, alice), media });
    assert.equal(await endOf(mallory, again), 'busy');
    await alice.engine.hangUp({ callId: call });
    assert.equal(await endOf(carol, call), 'hungUpByPeer');
  });

  it('take one call at a time, whatever rings', async () => {
    const [alice, mallory] = await linked();
    const carol = await engines.start('carol');
    await pairUp(carol, alice);
    await attend(carol);
    const rings = await ring(mallory, alice);
    const own = await ring(alice, carol);
    const second = alice.engine.answerCall({ callId: rings, decision: accepting });
    await assert.rejects(second, { code: 'CALL_BUSY' });
    await alice.engine.hangUp({ callId: own });
    await alice.engine.answerCall({ callId: rings, decision: accepting });
    await callReaches(mallory, rings, 'connecting');
  });

  it('hear an agent whose calls others play again and again', async () => {
    const [alice, bob] = await withoutLinks(engines, hub);
    await Promise.all([attend(alice), attend(bob)]);
    const player = engines.client('player');
    const callId = await ring(alice, bob);
    const [task] = await player.listTasks({ type: 'p2p_session', search: callId });
    assert.ok(task !== undefined);
    await bob.engine.answerCall({ callId, decision: { kind: 'decline' } });
    await endOf(alice, callId);
    const { title, payload } = task;
    const copy = { title, type: 'p2p_session', channel: 'p2p-transfer', payload };
    for (let count = 0; count < 30; count++) await player.createTask(copy);
    await ring(alice, bob);
  });
});

const accepting = { kind: 'accept', media: { video: false } } as const;

async function attachChat(agent: Agent, other: Agent, peerId: string, takeOver = false) {
  const kid = await kidOfAgent(agent, other);
  await agent.engine.attachPeer({ peerId, to: { kind: 'chat', kid }, takeOver });
}

async function endOf(agent: Agent, callId: string): Promise<string> {
  const { state } = await callReaches(agent, callId, 'ended');
  assert.ok(state.kind === 'ended');
  return state.reason;
}

async function ring(from: Agent, to: Agent): Promise<string> {
  const callId = newId();
  const kid = await kidOfAgent(from, to);
  await from.engine.call({ callId, kid, media: { video: false } });
  await callReaches(to, callId, 'ringing');
  return callId;
}

function tell(channel: MessageChannel, message: SessionMessage): void {
  channel.send(message.type, encodeSessionMessage(message))?.catch(() => undefined);
}

async function heardOn(
  channel: MessageChannel,
  hear: (message: SessionMessage) => void,
): Promise<void> {
  for (;;) {
    const next = await channel.receive().catch(() => null);
    if (next === null) return;
    hear(decodeSessionMessage(next.type, next.payload));
  }
}

/** What an RTCPeerConnection would say, as far as core looks at it. */
function sdp(): string {
  const hex = randomBytes(32).toString('hex').toUpperCase().match(/../g)?.join(':') ?? '';
  const lines = ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0'];
  return [...lines, `a=fingerprint:sha-256 ${hex}`, ''].join('\r\n');
}

import assert from 'node:assert/strict';
import type { Agent, EngineEvent, EngineSnapshot, Grant, Pairing } from '../../../src/core/events';
import { applyEvent } from '../../../src/host/snapshot';
import { aCard, aGrant, anAgent, anOffer, aPairing, aSnapshot, aTransfer, states } from './samples';

const after = (snapshot: EngineSnapshot, ...events: EngineEvent[]) =>
  events.reduce(applyEvent, snapshot);
const ids = ({ transfers }: EngineSnapshot) => transfers.map(({ transferId }) => transferId);

describe('the snapshot a window keeps', () => {
  const offered: EngineEvent = { type: 'offer', offer: anOffer() };

  it('holds each offer once, however often it is told', () => {
    assert.equal(after(aSnapshot(), offered, offered, offered).offers.length, 1);
  });

  it('lets an offer go when it ended, whoever ended it, and survives hearing it twice', () => {
    const closed: EngineEvent = {
      type: 'offerClosed',
      transferId: anOffer().transferId,
      reason: 'taken',
    };
    assert.deepEqual(after(aSnapshot(), offered, closed, closed).offers, []);
  });

  it('is right again after events were applied a second time', () => {
    const events: EngineEvent[] = [
      offered,
      { type: 'transfer', transfer: aTransfer({ state: states.transferring(10) }) },
      { type: 'transfer', transfer: aTransfer({ state: states.completed() }) },
      { type: 'offerClosed', transferId: anOffer().transferId, reason: 'accepted' },
    ];
    const once = after(aSnapshot(), ...events);
    assert.deepEqual(after(once, ...events), once);
  });

  it('has the conversations and calls that were told last, and nothing of messages or peers', () => {
    const agent = { kid: 'a'.repeat(64), name: 'bob', fingerprint: '12345' };
    const chat = {
      agent,
      path: { kind: 'offline' },
      isTyping: false,
      unread: 0,
      waiting: 1,
    } as const;
    const told = after(
      aSnapshot(),
      { type: 'chats', chats: [chat, { ...chat, unread: 1 }] },
      { type: 'chats', chats: [chat] },
      { type: 'calls', calls: [] },
    );
    assert.deepEqual([told.chats, told.calls], [[chat], []]);
    const peerId = 'b'.repeat(32);
    const events: EngineEvent[] = [
      { type: 'messagesCleared', kid: agent.kid },
      { type: 'peer', peerId, order: { kind: 'frame', frame: 'AAAA' } },
    ];
    assert.equal(after(told, ...events), told);
  });

  it('lists running transfers before ended ones, the newest first', () => {
    const event = (transferId: string, state: ReturnType<typeof states.completed>) =>
      ({ type: 'transfer', transfer: aTransfer({ transferId, state }) }) as const;
    const snapshot = after(
      aSnapshot(),
      event('a', states.transferring(1)),
      event('b', states.transferring(1)),
      event('a', states.completed()),
      event('c', states.transferring(1)),
      event('b', states.transferring(2)),
      event('c', states.failed('CANCELLED')),
    );
    assert.deepEqual(ids(snapshot), ['b', 'c', 'a']);
  });

  it('does not grow with the number of transfers that ended', () => {
    const events = Array.from({ length: 500 }, (_, index): EngineEvent => ({
      type: 'transfer',
      transfer: aTransfer({ transferId: String(index), state: states.completed() }),
    }));
    assert.equal(after(aSnapshot(), ...events).transfers.length, 50);
  });

  it('has a pairing until it ended, once', () => {
    const expiresAt = '2025-01-01T00:10:00Z';
    const event = (state: Pairing['state']): EngineEvent => ({
      type: 'pairing',
      pairing: aPairing(state),
    });
    const waiting = event({ kind: 'waiting', expiresAt });
    const confirm = event({ kind: 'confirm', card: aCard(), expiresAt });
    const asked = after(aSnapshot(), waiting, confirm, confirm);
    assert.deepEqual(
      asked.pairings.map(({ state }) => state.kind),
      ['confirm'],
    );
    const paired = event({ kind: 'paired', agent: anAgent() });
    assert.deepEqual(after(asked, paired, paired).pairings, []);
    const error = { code: 'PAIRING_LOST', message: 'Lost.' } as const;
    assert.deepEqual(after(asked, event({ kind: 'failed', error })).pairings, []);
  });

  it('has the agents that were told last', () => {
    const told = (agents: readonly Agent[]): EngineEvent => ({ type: 'agents', agents });
    assert.deepEqual(after(aSnapshot(), told([anAgent()])).agents, [anAgent()]);
    assert.deepEqual(after(aSnapshot(), told([anAgent()]), told([])).agents, []);
  });

  it('has the grants that were told last', () => {
    const told = (grants: readonly Grant[]): EngineEvent => ({ type: 'grants', grants });
    assert.deepEqual(after(aSnapshot(), told([aGrant()])).grants, [aGrant()]);
    assert.deepEqual(after(aSnapshot(), told([aGrant()]), told([])).grants, []);
  });

  it('becomes the fresh one when the engine moved', () => {
    const fresh = aSnapshot({ blocked: ['x'] });
    assert.equal(after(aSnapshot(), offered, { type: 'moved', snapshot: fresh }), fresh);
  });
});

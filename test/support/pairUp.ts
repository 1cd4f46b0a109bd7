import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Agent as PairedEntry, PairingState } from '../../src/core/events';
import type { Agent } from './withEngines';

/** The newest state of a pairing as an agent was told. */
export function pairingState(agent: Agent, pairingId: string): PairingState | undefined {
  const told = agent.events.findLast(
    (event) => event.type === 'pairing' && event.pairing.pairingId === pairingId,
  );
  return told?.type === 'pairing' ? told.pairing.state : undefined;
}

export async function pairingReaches<K extends PairingState['kind']>(
  agent: Agent,
  pairingId: string,
  kind: K,
): Promise<Extract<PairingState, { kind: K }>> {
  return agent.until(`the pairing ${kind}`, () => {
    const state = pairingState(agent, pairingId);
    if (state?.kind === 'failed' && kind !== 'failed') {
      throw new Error(
        `${agent.id}: the pairing failed: ${state.error.code} ${state.error.message}`,
      );
    }
    return state?.kind === kind && (state as Extract<PairingState, { kind: K }>);
  });
}

export function pairingId(): string {
  return randomBytes(8).toString('hex');
}

/** Pairs two agents as two people would, and waits until each sees the other online. */
export async function pairUp(one: Agent, other: Agent): Promise<void> {
  const [inviting, joining] = [pairingId(), pairingId()];
  const { code } = await one.engine.invite(inviting);
  await other.engine.join(joining, code);
  const [shownToOne, shownToOther] = await Promise.all([
    pairingReaches(one, inviting, 'confirm'),
    pairingReaches(other, joining, 'confirm'),
  ]);
  assert.equal(shownToOne.card.actorId, other.id);
  assert.equal(shownToOther.card.actorId, one.id);
  await Promise.all([
    one.engine.answerPairing(inviting, true),
    other.engine.answerPairing(joining, true),
  ]);
  await Promise.all([
    pairingReaches(one, inviting, 'paired'),
    pairingReaches(other, joining, 'paired'),
  ]);
  await Promise.all([online(one, other.id), online(other, one.id)]);
}

/** The entry of an agent once it is online. */
export async function online(agent: Agent, peerId: string): Promise<PairedEntry> {
  return presence(agent, peerId, 'online');
}

export async function presence(
  agent: Agent,
  peerId: string,
  kind: 'online' | 'offline',
): Promise<PairedEntry> {
  return agent.until(`${peerId} ${kind}`, () => {
    const entry = entryOf(agent, peerId);
    return entry?.presence.kind === kind && entry;
  });
}

/** What an agent was last told of a paired one. */
export function entryOf(agent: Agent, peerId: string): PairedEntry | undefined {
  const told = agent.events.findLast((event) => event.type === 'agents');
  return told?.type === 'agents'
    ? told.agents.find(({ actorId }) => actorId === peerId)
    : undefined;
}

import type { Call } from '../../src/core/callEvents';
import type { PeerOrder, PeerSignal } from '../../src/core/calling';
import { attend, kidOfAgent, newId } from './talking';
import { pairUp } from './pairUp';
import type { Agent, Engines } from './withEngines';

/** Two paired agents, each with a shell that takes chats and calls. */
export async function attendingPair(
  engines: Engines,
  one = 'alice',
  other = 'bob',
): Promise<[Agent, Agent]> {
  const agents = await Promise.all([engines.start(one), engines.start(other)]);
  await pairUp(...agents);
  await Promise.all(agents.map((agent) => attend(agent)));
  return agents;
}

/** Calls as an agent was told of them, each time that it was. */
export function callsOf(agent: Agent): Call[] {
  return agent.events.flatMap((event) => (event.type === 'calls' ? event.calls : []));
}

/** Waits until a call was told in this state, and gives it as it was then. */
export function callReaches(
  agent: Agent,
  callId: string,
  kind: Call['state']['kind'],
  patienceMs?: number,
): Promise<Call> {
  return agent.until(
    `${callId} ${kind}`,
    () => callsOf(agent).findLast((call) => call.callId === callId && call.state.kind === kind),
    patienceMs,
  );
}

/** Calls, and waits until it rings there. */
export async function ring(from: Agent, to: Agent, video = true): Promise<string> {
  const callId = newId();
  await from.engine.call({ callId, kid: await kidOfAgent(from, to), media: { video } });
  await callReaches(to, callId, 'ringing');
  return callId;
}

/** What a peer connection of this agent was told to do. */
export function ordersOf(agent: Agent, peerId: string): PeerOrder[] {
  return agent.events.flatMap((event) =>
    event.type === 'peer' && event.peerId === peerId ? [event.order] : [],
  );
}

/** Those that it was told to connect to; undefined for nobody any more. */
export function remotesOf(agent: Agent, peerId: string): (string | undefined)[] {
  return ordersOf(agent, peerId).flatMap((order) =>
    order.kind === 'remote' ? [order.remote] : [],
  );
}

export function signalsOf(agent: Agent, peerId: string): PeerSignal[] {
  return ordersOf(agent, peerId).flatMap((order) =>
    order.kind === 'signal' ? [order.signal] : [],
  );
}

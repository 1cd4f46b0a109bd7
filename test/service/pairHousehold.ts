import type { EngineEvent } from '../../src/core/events';
import { online, pairingId, pairingReaches } from '../support/pairUp';
import type { Agent } from '../support/withEngines';
import type { Member } from './household';

/** Pairs a home, by one of its processes, with an agent that invites it; gives both key ids. */
export async function pairHousehold(
  member: Member,
  actorId: string,
  peer: Agent,
): Promise<{
  /** The home as the peer calls it. */
  readonly ours: string;
  /** The peer as the home calls it. */
  readonly theirs: string;
}> {
  const [inviting, joining] = [pairingId(), pairingId()];
  const { code } = await peer.engine.invite(inviting);
  await member.ask({ do: 'pair', pairingId: joining, code });
  const isAsked = (event: EngineEvent): boolean =>
    event.type === 'pairing' &&
    event.pairing.pairingId === joining &&
    event.pairing.state.kind === 'confirm';
  await Promise.all([
    member.told('the question', isAsked),
    pairingReaches(peer, inviting, 'confirm'),
  ]);
  await member.ask({ do: 'answerPairing', pairingId: joining, accept: true });
  await peer.engine.answerPairing(inviting, true);
  const { agent } = await pairingReaches(peer, inviting, 'paired');
  await online(peer, actorId);
  return { ours: agent.kid, theirs: (await member.snapshot()).agents[0]?.kid ?? '' };
}

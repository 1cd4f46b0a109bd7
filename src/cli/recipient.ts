import { isActorId } from '../core/engineConfig';
import { errors } from '../core/errors';
import type { Agent } from '../core/events';
import { findAgent } from '../service/findAgent';
import { displayText } from './output/displayText';
import { calledText } from './output/peerText';

/** Whom an offer is for: an actor of the task service, or that paired agent and nobody else. */
export interface Recipient {
  readonly recipientId: string;
  /** Key id. */
  readonly agent?: string;
}

/**
 * Whom `--to` means.
 * @throws CONFIG_INVALID when it could be several, AGENT_UNKNOWN when it can be nobody
 */
export function recipientOf(typed: string, agents: readonly Agent[]): Recipient {
  const found = findAgent(typed, agents);
  if (found.kind === 'one') return { recipientId: found.agent.actorId, agent: found.agent.kid };
  if (found.kind === 'several') throw ambiguous(typed, found.agents);
  // A whole key id means one identity; nobody of that name on the service can be meant instead.
  if (!isActorId(typed) || /^[0-9a-f]{64}$/i.test(typed)) {
    throw errors.agentUnknown(displayText(typed));
  }
  return { recipientId: typed };
}

/** @throws CONFIG_INVALID when it could be several, AGENT_UNKNOWN when it is nobody */
export function pairedAgentOf(typed: string, agents: readonly Agent[]): Agent {
  const found = findAgent(typed, agents);
  if (found.kind === 'one') return found.agent;
  throw found.kind === 'several'
    ? ambiguous(typed, found.agents)
    : errors.agentUnknown(displayText(typed));
}

/** Hex digits of a key id: no two agents of one book are likely to share as many. */
const SHOWN_KID = 16;

function ambiguous(typed: string, agents: readonly Agent[]): Error {
  const candidates = agents.map(
    (agent) => `${agent.kid.slice(0, SHOWN_KID)} ${calledText(agent.name, agent.actorId)}`,
  );
  return errors.configInvalid(
    `${displayText(typed)} could be several agents: ${candidates.join(', ')}. ` +
      'Give the key id of the one you mean, or its first digits.',
  );
}

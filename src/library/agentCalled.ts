import { errors } from '../core/errors';
import type { Agent } from '../core/events';

/**
 * The paired agent with this key id or actor id. Names do not count: a program means ids, and a name
 * that somebody gave themselves must not take what is meant for an actor of the task service.
 * @throws CONFIG_INVALID when several paired agents have that actor id
 */
export function agentCalled(id: string, agents: readonly Agent[]): Agent | undefined {
  const exact = agents.find((agent) => agent.kid === id.toLowerCase());
  if (exact !== undefined) return exact;
  const [agent, another] = agents.filter((one) => one.actorId === id);
  if (another !== undefined) {
    throw errors.configInvalid(`Several paired agents are called ${id}. Give the key id of one.`);
  }
  return agent;
}

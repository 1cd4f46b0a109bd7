import type { Agent } from '../core/events';

/** Hex digits; fewer are typed by chance too easily, and more is nobody's patience. */
const MIN_PREFIX = 8;

/** What somebody typed, looked for among the paired agents. */
export type FoundAgent =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly agent: Agent }
  | { readonly kind: 'several'; readonly agents: readonly Agent[] };

/**
 * The agent that is meant by its actor id, its name, its key id, or the beginning of that.
 *
 * Names and actor ids are each agent's own words, so none of them wins over another: who is called
 * like somebody else makes the word ambiguous, and never takes over what was meant for the other.
 */
export function findAgent(typed: string, agents: readonly Agent[]): FoundAgent {
  const word = typed.trim();
  const hex = word.toLowerCase();
  const exact = agents.find((agent) => agent.kid === hex);
  if (exact !== undefined) return { kind: 'one', agent: exact };
  const isPrefix = hex.length >= MIN_PREFIX && /^[0-9a-f]+$/.test(hex);
  const found = agents.filter(
    (agent) =>
      agent.actorId === word || agent.name === word || (isPrefix && agent.kid.startsWith(hex)),
  );
  const [agent] = found;
  if (agent === undefined) return { kind: 'none' };
  return found.length === 1 ? { kind: 'one', agent } : { kind: 'several', agents: found };
}

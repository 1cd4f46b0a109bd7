import type { AgentRef, LinkPath } from '../../core/events';
import { displayText } from './displayText';

/** Who the other side of a transfer is. Only of paired agents it is said, since only they prove it. */
export function peerText(id: string, agent: AgentRef | undefined): string {
  return agent === undefined ? displayText(id) : `${calledText(agent.name, id)}, paired`;
}

/** A name with the id behind it, once where they are the same. */
export function calledText(name: string, id: string): string {
  return name === id || name === '' ? displayText(id) : `${displayText(name)} (${displayText(id)})`;
}

/** How a link runs, as an answer to *how did it get there?* */
export const viaTexts: Readonly<Record<LinkPath, string>> = {
  direct: 'directly',
  relay: 'through a relay',
  hub: 'through the hub',
};

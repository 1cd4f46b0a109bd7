import type { Agent, PairingCard } from '../core/events';
import type { AgentIdentity, AgentReport } from './output/pairingReport';

/** An agent of the book as the terminal tells it. */
export function agentReport(agent: Agent): AgentReport {
  const { pairedAt, lastSeenAt, presence, allowed, blocked } = agent;
  return {
    event: 'agent',
    ...identityOf(agent),
    pairedAt,
    ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
    online: presence.kind === 'online',
    ...(presence.kind === 'online' && { via: presence.path }),
    allowed,
    blocked,
  };
}

export function identityOf(agent: Agent | PairingCard): AgentIdentity {
  const { actorId: id, name, kid, fingerprint, origin } = agent;
  return { id, name, kid, fingerprint, origin };
}

import { displayText } from './displayText';
import { durationText } from './durationText';
import type { AgentReport } from './pairingReport';

/** Characters (code points) of each column; a name that is longer is shortened. */
const PRESENCE_WIDTH = 20;
const NAME_WIDTH = 24;

const onlineTexts = {
  direct: 'online',
  relay: 'online (relayed)',
  hub: 'online (via hub)',
} as const;

/** One agent on one line, in columns that stand below each other. */
export function agentLine(agent: Omit<AgentReport, 'event'>, now: Date): string {
  const flags = [agent.allowed ? 'allowed' : '', agent.blocked ? 'blocked' : ''];
  return [
    column(presence(agent, now), PRESENCE_WIDTH),
    column(agent.name, NAME_WIDTH),
    column(agent.id, NAME_WIDTH),
    displayText(agent.fingerprint),
    ...flags.filter((flag) => flag !== ''),
  ].join('  ');
}

function presence(agent: Omit<AgentReport, 'event'>, now: Date): string {
  if (agent.online) return onlineTexts[agent.via ?? 'direct'];
  if (agent.lastSeenAt === undefined) return 'not seen yet';
  // A clock that was set back makes the last time lie ahead.
  const ago = Math.max(0, now.getTime() - Date.parse(agent.lastSeenAt));
  const days = Math.floor(ago / DAY_MS);
  if (days >= 2) return `seen ${String(days)} days ago`;
  return `seen ${durationText(Math.max(ago, LEAST_MS))} ago`;
}

/** Milliseconds; tenths of seconds say nothing about a person's absence. */
const LEAST_MS = 10_000;
const DAY_MS = 24 * 60 * 60 * 1000;

function column(text: string, width: number): string {
  const shown = displayText(text, width);
  return shown + ' '.repeat(Math.max(0, width - Array.from(shown).length));
}

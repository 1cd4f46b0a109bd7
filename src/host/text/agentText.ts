import type { Call } from '../../core/callEvents';
import type { Chat } from '../../core/chatEvents';
import type { Agent, LinkPath } from '../../core/events';
import { commands } from '../ids';
import { callStateText } from './callText';
import { pickText } from './displayText';
import { markdownText } from './markdownText';
import { agoText, dayText } from './wording';
import type { TreeRow } from '../views/treeRow';

/** What is going on with an agent besides files. */
export interface Talk {
  readonly chat?: Chat | undefined;
  readonly call?: Call | undefined;
}

/** A paired agent's line in the *Agents* view. `now` is in milliseconds. */
export function agentRow(agent: Agent, now: number, talk: Talk = {}): TreeRow {
  const talking = agent.blocked ? [] : talkTexts(talk);
  return {
    id: `agent:${agent.kid}`,
    label: pickText(agent.name),
    // In a narrow view only the first words are seen: what is new.
    description: [...talking, described(agent, presenceText(agent, now))].join(' · '),
    tooltip: [agentTooltip(agent, now), ...talking.map((text) => markdownText(text))].join('\n\n'),
    icon: agentIcon(agent, talk),
    ...(!agent.blocked && { click: commands.chatWithAgent }),
    contextValue: [
      'agent',
      agent.blocked ? 'blocked' : 'heard',
      agent.allowed ? 'allowed' : 'asks',
    ].join(' '),
  };
}

/** With its id, unless the agent calls itself just that. */
function described({ name, actorId }: Agent, rest: string): string {
  return name === actorId ? rest : `${pickText(actorId)} · ${rest}`;
}

/** Online ones first, then those seen last, then by name, so that nothing jumps about. */
export function agentsInOrder(agents: readonly Agent[]): readonly Agent[] {
  const rank = ({ blocked, presence }: Agent) => (blocked ? 2 : presence.kind === 'online' ? 0 : 1);
  // Whoever is online was seen just now; the exact moments would make online agents change places.
  const seen = (agent: Agent) => (rank(agent) === 0 ? 0 : Date.parse(agent.lastSeenAt ?? '') || 0);
  return agents.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      seen(b) - seen(a) ||
      a.name.localeCompare(b.name) ||
      a.kid.localeCompare(b.kid),
  );
}

/** A paired agent's line where a recipient is chosen. */
export interface AgentPickRow {
  readonly label: string;
  readonly description: string;
  readonly icon: TreeRow['icon'];
  readonly actorId: string;
  readonly kid: string;
}

/** Whom something can be sent to, in order; nothing is sent to whom this person has blocked. */
export function agentPickRows(agents: readonly Agent[], now: number): readonly AgentPickRow[] {
  return agentsInOrder(agents)
    .filter(({ blocked }) => !blocked)
    .map((agent) => ({
      label: pickText(agent.name),
      description: described(agent, `verified, ${presenceText(agent, now)}`),
      icon: {
        id: 'verified-filled',
        ...(agent.presence.kind === 'online' && { color: 'charts.green' }),
      },
      actorId: agent.actorId,
      kid: agent.kid,
    }));
}

export function presenceText({ presence, blocked, lastSeenAt }: Agent, now: number): string {
  if (blocked) return 'blocked';
  if (presence.kind === 'online') return `online (${pathText(presence.path)})`;
  const seen = Date.parse(lastSeenAt ?? '');
  return Number.isNaN(seen) ? 'not seen yet' : `last seen ${agoText(now - seen)}`;
}

/** How bytes go between two agents. */
export function pathText(path: LinkPath): string {
  switch (path) {
    case 'direct':
      return 'direct';
    case 'relay':
      return 'relayed';
    case 'hub':
      return 'through the hub';
  }
}

function talkTexts({ chat, call }: Talk): readonly string[] {
  return [
    ...(call === undefined ? [] : [callStateText(call)]),
    ...(chat !== undefined && chat.unread > 0 ? [`${String(chat.unread)} unread`] : []),
    ...(chat?.isTyping === true ? ['typing…'] : []),
  ];
}

function agentIcon({ blocked, presence }: Agent, { chat, call }: Talk): TreeRow['icon'] {
  if (blocked) return { id: 'circle-slash', color: 'disabledForeground' };
  if (call !== undefined) return { id: 'device-mobile', color: 'charts.green' };
  if (chat !== undefined && chat.unread > 0) {
    return { id: 'comment-discussion', color: 'charts.blue' };
  }
  return presence.kind === 'online'
    ? { id: 'circle-filled', color: 'charts.green' }
    : { id: 'circle-outline' };
}

function agentTooltip(agent: Agent, now: number): string {
  return [
    `**${markdownText(agent.name)}**`,
    `${markdownText(agent.actorId)}, ${presenceText(agent, now)}`,
    `Fingerprint: ${markdownText(agent.fingerprint, MAX_FINGERPRINT)}`,
    `Paired since ${dayText(agent.pairedAt)}, at ${markdownText(agent.origin)}`,
    ...(agent.blocked ? ['Blocked: nothing from this agent is shown.'] : []),
    ...(agent.allowed && !agent.blocked ? ['Its files are saved without asking.'] : []),
  ].join('\n\n');
}

/** Characters; a fingerprint that is cut cannot be compared. */
export const MAX_FINGERPRINT = 200;

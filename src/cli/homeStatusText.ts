import type { Pairing, Self, ServiceState } from '../core/events';
import type { HomeReport } from './homeStatus';
import { agentLine } from './output/agentLine';
import { displayText } from './output/displayText';
import { folderSentence } from './output/folderSentence';
import { calledText } from './output/peerText';

/** Characters of an error that quotes the other side. */
const MAX_MESSAGE = 600;

/** A home as a person reads it. */
export function homeStatusText(report: HomeReport, now: Date = new Date()): string {
  const { agents, pairings, transfers, grants } = report;
  const online = agents.filter((agent) => agent.online);
  return [
    `You are ${displayText(report.actorId)} on ${displayText(report.channel)} at ${displayText(report.url)}`,
    `  Fingerprint  ${fingerprintText(report.self)}`,
    `  Service      ${serviceText(report.service)}`,
    `  Agents       ${String(agents.length)} paired, ${String(online.length)} online`,
    ...online.map((agent) => `    ${agentLine(agent, now)}`),
    ...(pairings.length === 0 ? [] : ['  Pairings']),
    ...pairings.map((pairing) => `    ${pairingText(pairing)}`),
    ...(transfers.length === 0 ? [] : ['  Transfers']),
    ...transfers.map((transfer) => `    ${folderSentence({ event: 'state', ...transfer })}`),
    ...(grants.length === 0 ? [] : ['  Folders kept in step by others (beeline grants)']),
    ...grants.map((grant) => `    ${folderSentence({ event: 'grant', ...grant })}`),
  ].join('\n');
}

function fingerprintText(self: Self): string {
  return self.kind === 'ready'
    ? displayText(self.fingerprint)
    : displayText(self.error.message, MAX_MESSAGE);
}

function serviceText(service: ServiceState): string {
  switch (service.kind) {
    case 'connecting':
      return 'connecting';
    case 'online':
      return service.via === 'socket' ? 'online' : 'online, by asking again and again';
    case 'unreachable':
      return displayText(service.error.message, MAX_MESSAGE);
  }
}

function pairingText({ role, state }: Pairing): string {
  const what = role === 'inviter' ? 'your invite' : 'an invite you use';
  switch (state.kind) {
    case 'waiting':
      return `${what}: nobody has answered yet, good until ${state.expiresAt}`;
    case 'confirm':
      return `${what}: ${calledText(state.card.name, state.card.actorId)} waits for you to confirm`;
    case 'confirmed':
      return `${what}: waits for ${calledText(state.card.name, state.card.actorId)} to confirm`;
    case 'paired':
      return `${what}: paired with ${calledText(state.agent.name, state.agent.actorId)}`;
    case 'failed':
      return `${what}: ${displayText(state.error.message, MAX_MESSAGE)}`;
  }
}

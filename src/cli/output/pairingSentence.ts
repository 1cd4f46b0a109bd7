import { calledText } from './peerText';
import { displayText } from './displayText';
import type {
  AgentChangedReport,
  ConfirmReport,
  InviteReport,
  PairingReport,
} from './pairingReport';
import { agentLine } from './agentLine';

/** What `pair` and `agents` tell, as a person reads it. */
export function pairingSentence(report: PairingReport): string {
  switch (report.event) {
    case 'invite':
      return invite(report);
    case 'confirm':
      return confirm(report);
    case 'paired': {
      const { name, id, fingerprint } = report.agent;
      return `Paired with ${calledText(name, id)}, fingerprint ${displayText(fingerprint)}.`;
    }
    case 'agent':
      return agentLine(report, new Date());
    case 'changed':
      return changed(report);
  }
}

function invite({ code, link, expiresAt }: InviteReport): string {
  return [
    'Give one of these to the agent you want to pair with, and to nobody else:',
    `  Code   ${code}`,
    `  Link   ${link}`,
    `It is good once, until ${new Date(expiresAt).toLocaleTimeString()}. ` +
      'There: beeline pair CODE',
  ].join('\n');
}

function confirm({ agent, known, self }: ConfirmReport): string {
  return [
    known ? 'A paired agent answers, with the identity you know:' : 'The other side shows itself:',
    `  Name         ${displayText(agent.name)}`,
    `  Id           ${displayText(agent.id)}`,
    `  Service      ${displayText(agent.origin)}`,
    `  Fingerprint  ${displayText(agent.fingerprint)}`,
    `It sees of you, ${displayText(self.id)}:`,
    `  Fingerprint  ${displayText(self.fingerprint)}`,
    'Compare both with the other side on another way, for instance by telephone.',
  ].join('\n');
}

function changed({ change, agent }: AgentChangedReport): string {
  const who = calledText(agent.name, agent.id);
  switch (change) {
    case 'remove':
      return `${who} is forgotten. Pair again to have it back.`;
    case 'block':
      return `${who} is blocked.`;
    case 'unblock':
      return `${who} is not blocked any more.`;
    case 'allow':
      return `What ${who} sends is accepted without asking.`;
    case 'disallow':
      return `What ${who} sends is asked about.`;
  }
}

import type { ChatMessage, MessageBody } from '../../core/chatEvents';
import type { Agent, AgentRef } from '../../core/events';
import type { HistoryReport, Other, Said, SaidReport } from '../output/chatReport';

export function otherOf(agent: Agent | AgentRef): Other {
  return { from: agent.name, kid: agent.kid };
}

export function saidReport(message: ChatMessage, agent: Agent | AgentRef): SaidReport {
  const { messageId: id, at, body } = message;
  return { ...saidOf(body), ...otherOf(agent), id, at };
}

export function historyReport(message: ChatMessage, agent: Agent | AgentRef): HistoryReport {
  const { messageId: id, at, body, from, state } = message;
  const own = from === 'self';
  return { event: 'history', ...otherOf(agent), own, said: saidOf(body), id, at, state };
}

export function saidOf(body: MessageBody): Said {
  switch (body.kind) {
    case 'text':
      return { event: 'text', text: body.text };
    case 'code': {
      const { path, language, range, text } = body;
      return { event: 'code', path, ...(language !== undefined && { language }), range, text };
    }
    case 'file':
      return { event: 'file', transferId: body.transferId };
  }
}

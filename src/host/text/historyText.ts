import type { ChatMessage } from '../../core/chatEvents';

/** Who is who in an exported conversation. */
export interface HistoryNames {
  readonly self: string;
  readonly agent: string;
}

/** As Markdown, for people. Text stays the Markdown that it was written as. */
export function historyMarkdown(messages: readonly ChatMessage[], names: HistoryNames): string {
  const parts = messages.map((message) => {
    const who = message.from === 'self' ? names.self : names.agent;
    return `**${plain(who)}** · ${message.at}\n\n${bodyMarkdown(message)}\n`;
  });
  return `# Chat with ${plain(names.agent)}\n\n${parts.join('\n')}`;
}

/** As JSON, for programs: all that is kept of each message, oldest first. */
export function historyJson(messages: readonly ChatMessage[], names: HistoryNames): string {
  const kept = messages.map(({ messageId, from, at, state, body }) => ({
    messageId,
    from,
    at,
    state,
    body,
  }));
  return `${JSON.stringify({ version: 1, self: names.self, agent: names.agent, messages: kept }, null, 2)}\n`;
}

function bodyMarkdown({ body }: ChatMessage): string {
  switch (body.kind) {
    case 'text':
      return body.text;
    case 'code': {
      const { startLine, endLine } = body.range;
      const lines =
        startLine === endLine ? String(startLine) : `${String(startLine)}-${String(endLine)}`;
      const mark = fence(body.text);
      return `\`${body.path.replaceAll('`', "'")}:${lines}\`\n\n${mark}${body.language ?? ''}\n${body.text}\n${mark}`;
    }
    case 'file':
      return `(transfer ${body.transferId})`;
  }
}

/** Longer than any row of backticks in the text, so that the text cannot end its own block. */
function fence(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([row]) => row.length));
  return '`'.repeat(Math.max(3, longest + 1));
}

function plain(name: string): string {
  return name.replace(/[\\`*_[\]<>#\r\n]/g, ' ').trim();
}

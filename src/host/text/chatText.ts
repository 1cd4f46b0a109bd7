import type { PageChat, PageMessage } from '../../bridge/chatPage';
import type { Chat, ChatMessage } from '../../core/chatEvents';
import type { Agent } from '../../core/events';
import { MAX_FINGERPRINT } from './agentText';
import { displayText, noticeText } from './displayText';
import { countText } from './wording';

/** What the panel shows of a conversation as a whole; an agent nobody wrote to yet has no chat. */
export function pageChat(agent: Agent, chat: Chat | undefined): PageChat {
  return {
    agentName: displayText(agent.name),
    actorId: displayText(agent.actorId),
    fingerprint: displayText(agent.fingerprint, MAX_FINGERPRINT),
    path: pathOf(agent, chat),
    isTyping: chat?.isTyping ?? false,
    unread: chat?.unread ?? 0,
    waiting: chat?.waiting ?? 0,
    ...(chat?.trouble !== undefined && {
      trouble: displayText(chat.trouble.message, MAX_SENTENCE),
    }),
  };
}

/**
 * A chat that is looked at begins by itself, so with an agent that is there and has not said no it is
 * only not there yet.
 */
function pathOf({ presence, blocked }: Agent, chat: Chat | undefined): PageChat['path'] {
  const path = chat?.path ?? { kind: 'offline' };
  const isComing = presence.kind === 'online' && !blocked && chat?.trouble === undefined;
  return path.kind === 'offline' && isComing ? { kind: 'connecting' } : path;
}

/** Text goes as it is: the page makes Markdown of it, and sanitises what comes out. */
export function pageMessage({ messageId, from, at, state, body }: ChatMessage): PageMessage {
  return {
    messageId,
    from,
    at,
    state,
    body: body.kind === 'code' ? { ...body, path: displayText(body.path, MAX_PATH) } : body,
  };
}

export type MessageAction = 'open';

/** The notification of what is new from one agent: who, how much, and the beginning of the last. */
export function messageNotice(
  { name }: Pick<Agent, 'name'>,
  last: ChatMessage,
  unread: number,
  link: (action: MessageAction) => string,
): string {
  const more = unread > 1 ? ` (${String(unread)} new)` : '';
  return (
    `${noticeText(name)}${more}: ${messageLine(last, noticeText)} \u2002` +
    `[Open Chat](${link('open')} "Shows the conversation")`
  );
}

/** Messages that nobody here has read, in all conversations. */
export function unreadIn(chats: readonly Chat[]): number {
  return chats.reduce((sum, { unread }) => sum + unread, 0);
}

/** One line that says what a message is about, where there is no room for more. */
export function messageLine(
  { body }: Pick<ChatMessage, 'body'>,
  shown: (text: string, max?: number) => string = displayText,
): string {
  switch (body.kind) {
    case 'text':
      return shown(body.text, MAX_LINE);
    case 'code':
      return `${shown(body.path, MAX_LINE)}:${String(body.range.startLine)}`;
    case 'file':
      return 'sent files';
  }
}

/** Characters; the longest of our own sentences with a name in it. */
const MAX_SENTENCE = 400;
const MAX_PATH = 400;
/** Characters of a message in a notification or tooltip. */
const MAX_LINE = 80;

/** What the status bar says of unread messages; undefined when there is nothing to say. */
export function unreadView(
  chats: readonly Chat[],
): { readonly text: string; readonly tooltip: string } | undefined {
  const unread = unreadIn(chats);
  if (unread === 0) return undefined;
  const from = chats.filter((chat) => chat.unread > 0);
  const named = from
    .slice(0, MAX_NAMED)
    .map(({ agent, unread: news }) => `${displayText(agent.name)}: ${String(news)}`);
  const others = from.length - named.length;
  return {
    text: `$(comment-discussion) ${String(unread)}`,
    tooltip: [
      `${countText(unread, 'unread message')}.`,
      ...named,
      ...(others > 0 ? [`and ${String(others)} more`] : []),
    ].join('\n'),
  };
}

/** Conversations named in a tooltip. */
const MAX_NAMED = 5;

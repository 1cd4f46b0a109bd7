import type { ChatPageState } from '../../bridge/chatPage';
import type { Agent } from '../../core/events';
import { errors } from '../../core/errors';
import type { Session } from '../session';
import { pageChat, pageMessage } from '../text/chatText';
import { displayText } from '../text/displayText';
import { pageTransfers } from '../text/transferCard';
import type { ChatOnlyRequests } from './chatShapes';
import type { Answers } from './pageBridge';
import type { ReadMark } from './readMark';
import { whenRunning } from './whenRunning';

export type ConversationRequests = Pick<
  ChatOnlyRequests,
  'ready' | 'messages' | 'search' | 'send' | 'typing' | 'read'
>;

/** Messages a panel begins with: some screens full. */
const FIRST_PAGE = 100;
const MAX_FOUND = 100;

/** What a panel asks about its conversation, answered by the engine. */
export function conversationAnswers(
  session: Session,
  kid: string,
  readMark: ReadMark,
  onReady: () => void,
): Answers<ConversationRequests> {
  return {
    ready: async (): Promise<ChatPageState> => {
      const engine = await whenRunning(session);
      const page = await engine.messages({ kid, limit: FIRST_PAGE });
      const { state, snapshot } = session;
      const settings = state.kind === 'running' ? state.settings : undefined;
      // Once the page has its answer, and so an input to write in.
      setImmediate(onReady);
      return {
        self: { name: displayText(settings?.config.actorName ?? '') },
        chat: pageChat(agentOf(session, kid), page.chat),
        page: { messages: page.messages.map(pageMessage), older: page.older, newer: page.newer },
        transfers: pageTransfers(kid, snapshot.offers, snapshot.transfers),
        keepsHistory: settings?.config.keepMessages !== false,
      };
    },
    messages: async (query) => {
      const { messages, older, newer } = await session.engine().messages({ kid, ...query });
      return { messages: messages.map(pageMessage), older, newer };
    },
    search: async ({ text }) => {
      if (text.trim() === '') return [];
      const found = await session.engine().searchMessages({ kid, text, limit: MAX_FOUND });
      return found.map(pageMessage);
    },
    send: async ({ messageId, text }) => {
      const body = { kind: 'text', text } as const;
      await session.engine().sendMessage({ kid, messageId, body });
      return null;
    },
    typing: async ({ isTyping }) => {
      await session.engine().typing({ kid, isTyping });
      return null;
    },
    read: async ({ messageId }) => {
      await readMark.upTo(messageId);
      return null;
    },
  };
}

/** @throws AGENT_UNKNOWN */
export function agentOf(session: Session, kid: string): Agent {
  const agent = session.snapshot.agents.find((candidate) => candidate.kid === kid);
  if (agent === undefined) throw errors.agentUnknown('This agent');
  return agent;
}

import type {
  ChatPageState,
  ChatRequests,
  PageChat,
  PageMessage,
  PageOfMessages,
  PageTransfer,
} from '../../../src/bridge/chatPage';
import type { ToHost, ToPage } from '../../../src/bridge/envelope';
import { highlight, type ThemeKind } from '../../../src/pages/highlight/highlighter';

/** What was asked, in order. */
export interface Asked {
  readonly method: string;
  readonly params: unknown;
}

type Answers = {
  [Method in keyof ChatRequests]?: (
    params: ChatRequests[Method]['params'],
  ) => Promise<ChatRequests[Method]['result']> | ChatRequests[Method]['result'];
};

/** A host that speaks the envelope, over a conversation in memory. */
export class ChatPageHost {
  readonly asked: Asked[] = [];
  messages: PageMessage[] = [];
  transfers: PageTransfer[] = [];
  chat: PageChat = {
    agentName: 'agent-b',
    actorId: 'actor-b',
    fingerprint: 'ABCD-EFGH-JKLM-NPQR',
    path: { kind: 'direct', over: 'peer' },
    isTyping: false,
    unread: 0,
    waiting: 0,
  };
  keepsHistory = true;
  theme: ThemeKind = 'dark';
  /** Instead of what is answered below; a throw becomes a refusal. */
  answers: Answers = {};
  private post: (message: ToPage) => Promise<void> = () => Promise.resolve();

  connect(post: (message: ToPage) => Promise<void>): void {
    this.post = post;
  }

  /** Messages that the page has sent. */
  get sent(): readonly string[] {
    return this.of('send').map(({ text }) => text);
  }

  of<Method extends keyof ChatRequests>(method: Method): ChatRequests[Method]['params'][] {
    return this.asked
      .filter((one) => one.method === method)
      .map(({ params }) => params as ChatRequests[Method]['params']);
  }

  tell(name: string, data: unknown): Promise<void> {
    return this.post({ kind: 'event', name, data });
  }

  async say(message: PageMessage): Promise<void> {
    const index = this.messages.findIndex(
      ({ messageId, from }) => messageId === message.messageId && from === message.from,
    );
    if (index < 0) this.messages.push(message);
    else this.messages[index] = message;
    await this.tell('message', message);
  }

  async setChat(change: Partial<PageChat>): Promise<void> {
    this.chat = { ...this.chat, ...change };
    await this.tell('chat', this.chat);
  }

  async receive({ id, method, params }: ToHost): Promise<void> {
    this.asked.push({ method, params });
    try {
      const result = await this.answer(method as keyof ChatRequests, params);
      await this.post({ kind: 'answer', id, result });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      await this.post({ kind: 'refusal', id, error: { code: 'TEST', message } });
    }
  }

  private answer(method: keyof ChatRequests, params: unknown): unknown {
    const own = this.answers[method] as ((given: unknown) => unknown) | undefined;
    if (own !== undefined) return own(params);
    const usual = this.usual[method] as ((given: unknown) => unknown) | undefined;
    return usual === undefined ? null : usual(params);
  }

  private readonly usual: Answers = {
    ready: () => this.state(),
    messages: (query) => this.page(query),
    search: ({ text }) =>
      this.messages
        .filter(({ body }) => body.kind === 'text' && body.text.includes(text))
        .reverse(),
    highlight: (request) => highlight({ ...request, theme: { kind: this.theme } }),
    attachPeer: () => ({ isPolite: true, iceServers: [] }),
    callReady: () => ({ agentName: this.chat.agentName, ringSound: false }),
  };

  private state(): ChatPageState {
    const { chat, transfers, keepsHistory } = this;
    return {
      self: { name: 'agent-a' },
      chat,
      page: this.page({ limit: 100 }),
      transfers,
      keepsHistory,
    };
  }

  private page({ limit, ...query }: ChatRequests['messages']['params']): PageOfMessages {
    const at = (id: string): number => this.messages.findIndex(({ messageId }) => messageId === id);
    const count = this.messages.length;
    let from = Math.max(0, count - limit);
    let to = count;
    if (query.before !== undefined) {
      to = at(query.before);
      from = Math.max(0, to - limit);
    } else if (query.after !== undefined) {
      from = at(query.after) + 1;
      to = Math.min(count, from + limit);
    } else if (query.around !== undefined) {
      from = Math.max(0, at(query.around) - limit / 2);
      to = Math.min(count, from + limit);
    }
    return { messages: this.messages.slice(from, to), older: from > 0, newer: to < count };
  }
}

let count = 0;

/** A message of a text, a minute after the last that was made. */
export function textMessage(
  text: string,
  from: 'self' | 'agent' = 'agent',
  rest: Partial<PageMessage> = {},
): PageMessage {
  count += 1;
  return {
    messageId: count.toString(16).padStart(32, '0'),
    from,
    at: new Date(Date.UTC(2026, 0, 5, 9) + count * 60_000).toISOString(),
    state: from === 'self' ? 'delivered' : 'seen',
    body: { kind: 'text', text },
    ...rest,
  };
}

import { randomBytes } from 'node:crypto';
import type { Chat, ChatMessage, MessageState } from '../../src/core/chatEvents';
import { entryOf } from './pairUp';
import type { Agent } from './withEngines';

export function newId(): string {
  return randomBytes(16).toString('hex');
}

/** Chats with one paired agent as a shell has them. */
export class Chatting {
  private readonly shellId = newId();

  constructor(
    readonly agent: Agent,
    readonly peerId: string,
  ) {}

  get kid(): string {
    const entry = entryOf(this.agent, this.peerId);
    if (entry === undefined) throw new Error(`${this.agent.id} does not know ${this.peerId}`);
    return entry.kid;
  }

  /** Takes chats, as a window does that is open. */
  async attend(chats = true, open: readonly string[] = []): Promise<this> {
    await this.agent.engine.attend({ shellId: this.shellId, chats, calls: false, open });
    return this;
  }

  async say(text: string, messageId = newId()): Promise<string> {
    await this.agent.engine.sendMessage({
      kid: this.kid,
      messageId,
      body: { kind: 'text', text },
    });
    return messageId;
  }

  /** What was told of a message, the newest last. */
  told(messageId: string): ChatMessage[] {
    return this.agent.events.flatMap((event) =>
      event.type === 'message' && event.message.messageId === messageId ? [event.message] : [],
    );
  }

  /** The message once it is in this state, or one that comes after it. */
  async reaches(messageId: string, ...states: MessageState[]): Promise<ChatMessage> {
    return this.agent.until(`${messageId} ${states.join(' or ')}`, () =>
      this.told(messageId).find(({ state }) => states.includes(state)),
    );
  }

  delivered(messageId: string): Promise<ChatMessage> {
    return this.reaches(messageId, 'delivered', 'read');
  }

  heard(messageId: string): Promise<ChatMessage> {
    return this.reaches(messageId, 'received', 'seen');
  }

  async all(): Promise<readonly ChatMessage[]> {
    return (await this.agent.engine.messages({ kid: this.kid, limit: 200 })).messages;
  }

  /** The conversation as it was last listed, once it is so. */
  async chat(what: string, is: (chat: Chat) => boolean): Promise<Chat> {
    return this.agent.until(what, () => {
      const told = this.agent.events.findLast((event) => event.type === 'chats');
      const chat = told?.type === 'chats' && told.chats.find((one) => one.agent.kid === this.kid);
      return chat !== false && chat !== undefined && is(chat) && chat;
    });
  }
}

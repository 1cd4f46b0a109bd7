import type { Chat, ChatMessage, MessageState } from '../../src/core/chatEvents';
import { entryOf } from './pairUp';
import { attend, messagesOf, newId, sayTo } from './talking';
import type { Agent } from './withEngines';

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
    await attend(this.agent, { shellId: this.shellId, chats, calls: false, open });
    return this;
  }

  say(text: string, messageId = newId()): Promise<string> {
    return sayTo(this.agent, this.kid, text, messageId);
  }

  /** What was told of a message, the newest last. */
  told(messageId: string): ChatMessage[] {
    return messagesOf(this.agent).filter((message) => message.messageId === messageId);
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

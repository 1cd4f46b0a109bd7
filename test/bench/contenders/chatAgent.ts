import { randomBytes } from 'node:crypto';
import type { Chat, ChatPath } from '../../../src/core/chatEvents';
import type { PairedAgent } from './pairedAgent';

const ID_BYTES = 16;

/** The chat of a paired agent with the other side's. */
export class ChatAgent {
  static async of(agent: PairedAgent): Promise<ChatAgent> {
    const kid = await agent.otherKid();
    await agent.engine.attend({ shellId: newId(), chats: true, calls: true, open: [kid] });
    return new ChatAgent(agent, kid);
  }

  private constructor(
    private readonly agent: PairedAgent,
    readonly kid: string,
  ) {}

  /** Says something. Resolves once the other side's disk has it, and this side knows. */
  async say(text: string): Promise<void> {
    const messageId = newId();
    const delivered = this.agent.told((event) =>
      event.type === 'message' &&
      event.message.messageId === messageId &&
      event.message.state === 'delivered'
        ? true
        : undefined,
    );
    const body = { kind: 'text', text } as const;
    await this.agent.engine.sendMessage({ kid: this.kid, messageId, body });
    await delivered;
  }

  /** Waits until messages travel so. */
  async travels(by: ChatPath): Promise<void> {
    const told = this.agent.told((event) =>
      event.type === 'chats' && event.chats.some((chat) => this.#isSo(chat, by)) ? true : undefined,
    );
    const { chats } = await this.agent.engine.snapshot();
    if (!chats.some((chat) => this.#isSo(chat, by))) await told;
  }

  #isSo({ agent, path }: Chat, by: ChatPath): boolean {
    return agent.kid === this.kid && JSON.stringify(path) === JSON.stringify(by);
  }
}

export function newId(): string {
  return randomBytes(ID_BYTES).toString('hex');
}

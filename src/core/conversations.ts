import type { Chat, ChatMessage, MessageBody } from './chatEvents';

/**
 * The part of the façade that is chat with paired agents. As everywhere: plain data, and every call
 * may be repeated. Messages belong to the engine: queued, sealed, delivered, confirmed and kept by
 * it, whether a panel is open or not.
 */
export interface Conversations {
  /**
   * Queues a message, on disk first, and returns. It is delivered as soon as there is a way, after a
   * restart too; what becomes of it arrives as `message` events. The same id again is the same one.
   * @throws AGENT_UNKNOWN, AGENT_BLOCKED, MESSAGE_TOO_LARGE, CHAT_FULL, HOME_UNUSABLE
   */
  sendMessage(request: {
    readonly kid: string;
    /** 32 lower-case hex digits of `crypto.randomBytes(16)`, made by the caller. */
    readonly messageId: string;
    readonly body: MessageBody;
  }): Promise<void>;

  /** The person here is writing, or has stopped; told at most every few seconds, never queued. */
  typing(request: { readonly kid: string; readonly isTyping: boolean }): Promise<void>;

  /** The person has seen everything up to this message. */
  markRead(request: { readonly kid: string; readonly messageId: string }): Promise<void>;

  /** Messages of one conversation, oldest first. @throws AGENT_UNKNOWN */
  messages(request: MessageQuery): Promise<MessagePage>;

  /** Those whose text has all of these words, newest first. */
  searchMessages(request: {
    readonly kid: string;
    readonly text: string;
    readonly limit: number;
  }): Promise<readonly ChatMessage[]>;

  /** Forgets what was said, on this side only; what waits to be delivered is withdrawn. */
  clearMessages(request: { readonly kid: string }): Promise<void>;

  /**
   * Says that a shell is there for chats and calls, or not any more. An engine whose home has nobody
   * who takes them says so to whoever asks, and the others keep their messages until somebody does.
   * Ends with the process that said it. The same `shellId` again replaces what it said.
   */
  attend(request: {
    readonly shellId: string;
    readonly chats: boolean;
    readonly calls: boolean;
    /** Conversations that are in front of somebody: their sessions are kept up. */
    readonly open: readonly string[];
  }): Promise<void>;
}

export interface MessageQuery {
  readonly kid: string;
  /** At most 200. */
  readonly limit: number;
  /** Those before, or after, or around this message; the newest when none is given. */
  readonly before?: string;
  readonly after?: string;
  readonly around?: string;
}

export interface MessagePage {
  readonly messages: readonly ChatMessage[];
  /** There are older, or newer, ones. */
  readonly older: boolean;
  readonly newer: boolean;
  readonly chat: Chat;
}

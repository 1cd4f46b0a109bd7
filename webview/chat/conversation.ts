import type {
  ChatPageState,
  PageChat,
  PageMessage,
  PageOfMessages,
  PageTransfer,
} from '../../src/bridge/chatPage';

/**
 * What the page knows of the conversation: an unbroken run of messages, oldest first, and whether
 * there are more on either side of it. Values, changed by the functions below.
 */
export interface Conversation {
  readonly self: string;
  readonly chat: PageChat;
  readonly messages: readonly PageMessage[];
  readonly older: boolean;
  readonly newer: boolean;
  readonly transfers: ReadonlyMap<string, PageTransfer>;
  readonly keepsHistory: boolean;
}

/**
 * The answer to `ready`. What was loaded before stays where the newest page continues it, so that a
 * panel that is shown again stands where it stood.
 */
export function opened(state: ChatPageState, before?: Conversation): Conversation {
  const base = {
    self: state.self.name,
    chat: state.chat,
    transfers: byId(state.transfers),
    keepsHistory: state.keepsHistory,
  };
  const fresh = { ...base, ...state.page };
  if (before === undefined) return fresh;
  // Somebody reads far up: the newest page does not touch that run, and waits to be asked for.
  if (before.newer) {
    return { ...base, messages: before.messages, older: before.older, newer: true };
  }
  const first = state.page.messages[0];
  if (first === undefined) return fresh;
  const from = before.messages.findIndex((message) => keyOf(message) === keyOf(first));
  if (from < 0) return fresh;
  const messages = [...before.messages.slice(0, from), ...state.page.messages];
  return { ...base, messages, older: before.older, newer: state.page.newer };
}

/** A message is new, or is known and has changed. */
export function withMessage(conversation: Conversation, message: PageMessage): Conversation {
  const { messages } = conversation;
  const key = keyOf(message);
  // Nearly always it is one of the last.
  const index = messages.findLastIndex((known) => keyOf(known) === key);
  if (index >= 0) return { ...conversation, messages: messages.with(index, message) };
  // A new one continues the run only where the run reaches the end.
  if (conversation.newer) return conversation;
  return { ...conversation, messages: [...messages, message] };
}

export function withChat(conversation: Conversation, chat: PageChat): Conversation {
  return { ...conversation, chat };
}

export function withTransfers(
  conversation: Conversation,
  transfers: readonly PageTransfer[],
): Conversation {
  return { ...conversation, transfers: byId(transfers) };
}

export function withOlder(conversation: Conversation, page: PageOfMessages): Conversation {
  const fresh = unknownOf(conversation, page);
  // A page that brings nothing new would be asked for for ever.
  const older = page.older && fresh.length > 0;
  return { ...conversation, messages: [...fresh, ...conversation.messages], older };
}

export function withNewer(conversation: Conversation, page: PageOfMessages): Conversation {
  const fresh = unknownOf(conversation, page);
  const newer = page.newer && fresh.length > 0;
  return { ...conversation, messages: [...conversation.messages, ...fresh], newer };
}

/** Another run: around a message that was searched for, or the newest again. */
export function withRun(conversation: Conversation, page: PageOfMessages): Conversation {
  return { ...conversation, ...page };
}

/** The two sides choose their ids on their own, so an id is unique with its direction only. */
export function keyOf({ from, messageId }: PageMessage): string {
  return `${from}:${messageId}`;
}

function unknownOf({ messages }: Conversation, page: PageOfMessages): readonly PageMessage[] {
  const known = new Set(messages.map(keyOf));
  return page.messages.filter((message) => !known.has(keyOf(message)));
}

function byId(transfers: readonly PageTransfer[]): ReadonlyMap<string, PageTransfer> {
  return new Map(transfers.map((transfer) => [transfer.transferId, transfer]));
}

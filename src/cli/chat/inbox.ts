import { Bounded } from '../../core/bounded';
import type { Engine } from '../../core/engine';
import { toBeelineError } from '../../core/errors';
import type { ChatMessage } from '../../core/chatEvents';
import type { EngineEvent } from '../../core/events';

/** Messages asked for at once. */
const PAGE = 100;
/** Pages of unread messages that are looked at when it begins. */
const MAX_PAGES = 20;
/** Ids that are remembered, so that what was cleared and asked for again is not taken twice. */
const MAX_REMEMBERED = 2000;

/**
 * The messages of one agent, each taken once, one at a time and in order; those that nobody has read
 * come first. They are fetched only when the last one was dealt with, so that a slow taker keeps
 * nothing in memory: what waits is on the engine's disk.
 */
export class Inbox {
  readonly #remembered = new Bounded<string, true>(MAX_REMEMBERED);
  #newest: string | undefined;
  #isDirty = false;
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(
    private readonly engine: Engine,
    private readonly kid: string,
    private readonly taken: (message: ChatMessage) => Promise<void>,
    private readonly log: (line: string) => void,
  ) {}

  /** Takes what was not read, then what comes. */
  start(): Promise<void> {
    return this.#run(() => this.#takeUnread());
  }

  take(event: EngineEvent): void {
    if (event.type === 'messagesCleared' && event.kid === this.kid) this.#newest = undefined;
    const isNew =
      event.type === 'message' &&
      event.message.kid === this.kid &&
      event.message.from === 'agent' &&
      !this.#remembered.has(event.message.messageId);
    if (!isNew && event.type !== 'moved') return;
    this.#isDirty = true;
    if (this.#running === undefined) void this.#run(() => Promise.resolve());
  }

  /** Takes no further ones; resolves when the one under way is done. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  #run(first: () => Promise<void>): Promise<void> {
    this.#running = this.#work(first)
      .catch((thrown: unknown) => {
        this.log(`messages: ${toBeelineError(thrown).message}`);
      })
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async #work(first: () => Promise<void>): Promise<void> {
    await first();
    while (this.#isDirty && !this.#isClosed) {
      this.#isDirty = false;
      const { kid } = this;
      const after = this.#newest === undefined ? {} : { after: this.#newest };
      const page = await this.engine.messages({ kid, limit: PAGE, ...after });
      if (page.newer) this.#isDirty = true;
      await this.#takeAll(page.messages);
    }
  }

  async #takeUnread(): Promise<void> {
    const { kid } = this;
    let page = await this.engine.messages({ kid, limit: PAGE });
    const found = [...page.messages];
    let missing = page.chat.unread - unreadIn(found).length;
    for (let pages = 1; missing > 0 && page.older && pages < MAX_PAGES; pages += 1) {
      const before = found[0]?.messageId;
      if (before === undefined) break;
      page = await this.engine.messages({ kid, limit: PAGE, before });
      found.unshift(...page.messages);
      missing -= unreadIn(page.messages).length;
    }
    this.#newest = found.at(-1)?.messageId;
    const unread = unreadIn(found);
    // Known from before, should the newest one be cleared and everything be asked for again.
    for (const message of found) {
      if (!unread.includes(message)) this.#remembered.set(message.messageId, true);
    }
    await this.#takeAll(unread);
  }

  async #takeAll(messages: readonly ChatMessage[]): Promise<void> {
    for (const message of messages) {
      if (this.#isClosed) return;
      const { messageId, from } = message;
      const isNew = from === 'agent' && !this.#remembered.has(messageId);
      if (isNew) {
        this.#remembered.set(messageId, true);
        await this.taken(message);
      }
      this.#newest = messageId;
    }
  }
}

function unreadIn(messages: readonly ChatMessage[]): ChatMessage[] {
  return messages.filter(({ from, state }) => from === 'agent' && state === 'received');
}

import type { Call } from '../../core/callEvents';
import type { Chat, ChatMessage, MessageBody, MessageState } from '../../core/chatEvents';
import type { Engine } from '../../core/engine';
import { toBeelineError } from '../../core/errors';
import type { Agent, EngineEvent, EngineSnapshot } from '../../core/events';
import { newId } from '../../core/newId';
import { callReport } from '../callReport';
import type { Reporter } from '../output/report';
import { otherOf } from './said';

/** In the order in which they come; a step can be left out. */
const steps: readonly MessageState[] = ['waiting', 'sent', 'delivered', 'read'];

interface Own {
  /** Told so far; nothing before it was told to be queued. */
  told: number | undefined;
  now: number;
}

/** One conversation as the terminal tells it: its way, typing, and what became of own messages. */
export class Conversation {
  readonly #own = new Map<string, Own>();
  readonly #calls = new Map<string, string>();
  #way = '';
  #looking: NodeJS.Timeout | undefined;
  #latest: Chat | undefined;
  #isTyping = false;
  #delivered: () => void = () => undefined;

  constructor(
    private readonly engine: Engine,
    private readonly agent: Agent,
    private readonly reporter: Pick<Reporter, 'tell'>,
  ) {}

  /** Own messages of this terminal that are not on the other side's disk yet. */
  get undelivered(): number {
    return [...this.#own.values()].filter(({ now }) => now < steps.indexOf('delivered')).length;
  }

  /** Resolves when every own message of this terminal is delivered. */
  async allDelivered(): Promise<void> {
    while (this.undelivered > 0) {
      await new Promise<void>((resolve) => (this.#delivered = resolve));
    }
  }

  /**
   * Queues a message; what becomes of it is told.
   * @throws AGENT_UNKNOWN, AGENT_BLOCKED, MESSAGE_TOO_LARGE, CHAT_FULL, HOME_UNUSABLE
   */
  async say(body: MessageBody, messageId = newId()): Promise<void> {
    const own: Own = this.#own.get(messageId) ?? { told: undefined, now: 0 };
    this.#own.set(messageId, own);
    try {
      await this.engine.sendMessage({ kid: this.agent.kid, messageId, body });
    } catch (thrown) {
      if (own.told === undefined) this.#own.delete(messageId);
      this.reporter.tell({ event: 'error', ...toBeelineError(thrown).toData(), id: messageId });
      throw thrown;
    }
    this.reporter.tell({ event: 'queued', id: messageId });
    own.told ??= 0;
    this.#tellStep(messageId, own);
  }

  /**
   * For this many milliseconds nobody is told to be offline: an engine that was just started finds
   * those who are online first.
   */
  look(ms: number): void {
    this.#looking = setTimeout(() => {
      this.#looking = undefined;
      if (this.#latest !== undefined) this.#tellWay(this.#latest);
    }, ms);
  }

  close(): void {
    clearTimeout(this.#looking);
  }

  /** Nobody minds when it fails. */
  typing(isTyping: boolean): void {
    this.engine.typing({ kid: this.agent.kid, isTyping }).catch(() => undefined);
  }

  take(event: EngineEvent): void {
    if (event.type === 'message') this.#takeMessage(event.message);
    if (event.type === 'chats') this.#takeChats(event.chats);
    if (event.type === 'calls') this.#takeCalls(event.calls);
    if (event.type === 'moved') this.takeSnapshot(event.snapshot);
  }

  takeSnapshot({ chats, calls }: EngineSnapshot): void {
    this.#takeChats(chats);
    this.#takeCalls(calls);
  }

  #takeMessage({ kid, from, messageId, state }: ChatMessage): void {
    const own = this.#own.get(messageId);
    if (kid !== this.agent.kid || from !== 'self' || own === undefined) return;
    own.now = Math.max(own.now, steps.indexOf(state));
    this.#tellStep(messageId, own);
  }

  #tellStep(messageId: string, own: Own): void {
    const state = steps[own.now];
    if (own.told === undefined || own.now <= own.told) return;
    own.told = own.now;
    if (state === 'sent' || state === 'delivered' || state === 'read') {
      this.reporter.tell({ event: state, id: messageId });
    }
    if (state === 'read') this.#own.delete(messageId);
    this.#delivered();
  }

  #takeChats(chats: readonly Chat[]): void {
    const chat = chats.find(({ agent }) => agent.kid === this.agent.kid);
    if (chat === undefined) return;
    this.#latest = chat;
    this.#tellWay(chat);
    if (chat.isTyping !== this.#isTyping) {
      this.#isTyping = chat.isTyping;
      this.reporter.tell({ event: 'typing', ...otherOf(this.agent), typing: chat.isTyping });
    }
  }

  #tellWay({ path, trouble }: Chat): void {
    // It says nothing of what becomes of a message yet, unless something stands in the way.
    if (path.kind === 'connecting' && trouble === undefined) return;
    const isUp = path.kind === 'direct' || path.kind === 'relayed';
    const way = isUp ? `${path.kind} ${path.over}` : `offline ${trouble?.message ?? ''}`;
    if (way === this.#way) return;
    const isFound = isUp || trouble !== undefined || this.#way !== '';
    if (this.#looking !== undefined && !isFound) return;
    this.#way = way;
    const other = otherOf(this.agent);
    if (isUp) {
      this.reporter.tell({ event: 'connected', ...other, path: path.kind, over: path.over });
    } else {
      this.reporter.tell({ event: 'offline', ...other, ...trouble });
    }
  }

  #takeCalls(calls: readonly Call[]): void {
    for (const call of calls) {
      if (call.agent.kid !== this.agent.kid) continue;
      const key = `${call.state.kind} ${call.state.kind === 'connected' ? call.state.path : ''}`;
      if (this.#calls.get(call.callId) === key) continue;
      this.#calls.set(call.callId, key);
      this.reporter.tell(callReport(call));
    }
    for (const callId of this.#calls.keys()) {
      if (!calls.some((call) => call.callId === callId)) this.#calls.delete(callId);
    }
  }
}

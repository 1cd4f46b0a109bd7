import type { Chat, ChatMessage } from '../core/chatEvents';
import type { Engine } from '../core/engine';
import { errors, type BeelineError } from '../core/errors';
import type { AgentRef, EngineEvent } from '../core/events';
import { newId } from '../core/newId';
import type { NodeEmitter } from './nodeEmitter';
import type { IncomingMessage, MessagesOptions, SaidMessage } from './types';

/** Unread messages that are asked for at once: as many as one call gives. */
const MAX_CAUGHT_UP = 200;
/** Messages that are given when nobody says how many. */
const DEFAULT_MESSAGES = 50;
/** Remembered as given; older ones are known as seen by then. */
const MAX_HEARD = 1000;

interface Waiting {
  readonly kid: string;
  readonly resolve: () => void;
  readonly reject: (error: BeelineError) => void;
}

/** What a node says to paired agents, and hears of them. */
export class NodeChats {
  readonly #shellId = newId();
  /** Said here and not known to be delivered yet, by message id. */
  readonly #waiting = new Map<string, Waiting>();
  /** Given to the listeners already: events and what is asked for overlap. */
  readonly #heard = new Set<string>();
  readonly #agents = new Map<string, AgentRef>();
  readonly #typing = new Set<string>();
  /** One step after the other, so that messages stay in order. */
  #turn: Promise<void> = Promise.resolve();
  #attending = false;
  #ended = false;

  constructor(
    private readonly engine: Engine,
    private readonly emitter: NodeEmitter,
  ) {}

  /** Takes chats from now on. */
  attend(): void {
    if (this.#attending || this.#ended) return;
    this.#attending = true;
    this.#next(() =>
      this.engine.attend({ shellId: this.#shellId, chats: true, calls: false, open: [] }),
    );
  }

  /** Somebody listens: gives them what nobody has read yet, once all of them are there. */
  heard(attends: boolean): void {
    if (this.#ended) return;
    if (attends) this.attend();
    this.#next(() => this.#catchUp());
  }

  async say(agent: AgentRef, text: string): Promise<SaidMessage> {
    const messageId = newId();
    const delivered = new Promise<void>((resolve, reject) => {
      this.#waiting.set(messageId, { kid: agent.kid, resolve, reject });
    });
    // Whoever does not await it does not want to know.
    delivered.catch(() => undefined);
    try {
      await this.engine.sendMessage({ kid: agent.kid, messageId, body: { kind: 'text', text } });
    } catch (thrown) {
      this.#waiting.delete(messageId);
      throw thrown;
    }
    return { messageId, delivered };
  }

  async messages(
    kid: string,
    { before, limit = DEFAULT_MESSAGES }: MessagesOptions = {},
  ): Promise<readonly ChatMessage[]> {
    const query = { kid, limit, ...(before === undefined ? {} : { before }) };
    return (await this.engine.messages(query)).messages;
  }

  take(event: EngineEvent): void {
    if (event.type === 'message') {
      this.#settle(event.message);
      if (isUnread(event.message)) this.#next(() => this.#give(event.message));
    }
    if (event.type === 'messagesCleared') this.#giveUp(({ kid }) => kid === event.kid);
    if (event.type === 'agents') {
      const kids = new Set(event.agents.map(({ kid }) => kid));
      this.#giveUp(({ kid }) => !kids.has(kid));
    }
    if (event.type === 'chats') this.#learn(event.chats);
    if (event.type === 'moved') {
      this.#learn(event.snapshot.chats);
      this.#next(async () => {
        await this.#askAgain();
        await this.#catchUp();
      });
    }
  }

  /** Messages that wait go on waiting where the home is kept; this node does not hear of it. */
  end(): void {
    this.#ended = true;
    this.#giveUp(() => true);
  }

  #next(step: () => Promise<void>): void {
    this.#turn = this.#turn.then(step).catch((thrown: unknown) => {
      if (!this.#ended) this.emitter.report(thrown);
    });
  }

  async #catchUp(): Promise<void> {
    const { chats } = await this.engine.snapshot();
    this.#learn(chats);
    for (const { agent, unread } of chats) {
      if (unread === 0) continue;
      const limit = Math.min(unread, MAX_CAUGHT_UP);
      const { messages } = await this.engine.messages({ kid: agent.kid, limit });
      for (const message of messages) await this.#give(message);
    }
  }

  /** A delivery that was told while the engine moved has been told to nobody. */
  async #askAgain(): Promise<void> {
    for (const [messageId, { kid }] of [...this.#waiting]) {
      const { messages } = await this.engine.messages({ kid, limit: 1, around: messageId });
      messages.forEach((message) => {
        this.#settle(message);
      });
    }
  }

  async #give(message: ChatMessage): Promise<void> {
    const { messageId, kid, body } = message;
    const key = `${kid} ${messageId}`;
    if (!isUnread(message) || this.#heard.has(key)) return;
    if (!this.#agents.has(kid)) this.#learn((await this.engine.snapshot()).chats);
    const agent = this.#agents.get(kid);
    // What nobody hears stays unread, for whoever comes.
    if (agent === undefined || this.#ended || !this.emitter.hears('message')) return;
    this.#heard.add(key);
    if (this.#heard.size > MAX_HEARD) this.#heard.delete(this.#heard.values().next().value ?? '');
    const incoming: IncomingMessage = {
      messageId,
      agent,
      at: message.at,
      text: body.kind === 'file' ? '' : body.text,
      body,
      reply: (text) => this.say(agent, text),
    };
    this.emitter.emit('message', incoming);
    this.engine.markRead({ kid, messageId }).catch((thrown: unknown) => {
      if (!this.#ended) this.emitter.report(thrown);
    });
  }

  #settle({ from, messageId, state }: ChatMessage): void {
    if (from !== 'self' || (state !== 'delivered' && state !== 'read')) return;
    this.#waiting.get(messageId)?.resolve();
    this.#waiting.delete(messageId);
  }

  #giveUp(which: (waiting: Waiting) => boolean): void {
    for (const [messageId, waiting] of [...this.#waiting]) {
      if (!which(waiting)) continue;
      this.#waiting.delete(messageId);
      waiting.reject(errors.cancelled());
    }
  }

  #learn(chats: readonly Chat[]): void {
    for (const { agent, isTyping } of chats) {
      this.#agents.set(agent.kid, agent);
      if (isTyping === this.#typing.has(agent.kid)) continue;
      if (isTyping) this.#typing.add(agent.kid);
      else this.#typing.delete(agent.kid);
      this.emitter.emit('typing', { agent, isTyping });
    }
  }
}

function isUnread({ from, state }: ChatMessage): boolean {
  return from === 'agent' && state === 'received';
}

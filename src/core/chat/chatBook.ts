import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Chat, ChatMessage, ChatPath } from '../chatEvents';
import type { Conversations, MessagePage, MessageQuery } from '../conversations';
import { errors, toBeelineError } from '../errors';
import type { AgentRef, EngineEvent } from '../events';
import type { Home } from '../home/home';
import type { ChatLane, ChatLaneHooks, ChatSessions } from '../session/chatLane';
import type { ChatFrame } from '../wire/chatFrames';
import { Conversation, type Refused } from './conversation';
import type { DeliveryOptions } from './delivery';
import { DiskShelf } from './diskShelf';
import type { HistoryLimits } from './history';
import { memoryShelf } from './memoryShelf';
import { MAX_PAGE } from './messagePage';
import type { Shelf } from './shelf';

/** Milliseconds between two lists of all conversations: nobody sees more of typing. */
const CHATS_EVERY_MS = 50;

export interface ChatBookParts {
  readonly home: Home;
  readonly sessions: ChatSessions;
  /** @throws AGENT_UNKNOWN */
  readonly agent: (kid: string) => AgentRef;
  /** Key ids of all paired agents. */
  readonly agents: () => readonly string[];
  readonly isBlocked: (kid: string) => boolean;
  /** Whether there is a link to the agent just now. */
  readonly isOnline: (kid: string) => boolean;
  readonly emit: (event: EngineEvent) => void;
  /** Never given anybody's words. */
  readonly log: (line: string) => void;
  /** The setting in force. */
  readonly keepMessages: () => boolean;
}

export interface ChatBookOptions extends DeliveryOptions {
  readonly limits?: HistoryLimits;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** All conversations of this home: what shells say and ask, and what the lanes bring. */
export class ChatBook implements Omit<Conversations, 'attend'>, ChatLaneHooks {
  private readonly conversations = new Map<string, Conversation>();
  /** What the sessions were told last. */
  private readonly wanted = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private readonly ended = new AbortController();

  constructor(
    private readonly parts: ChatBookParts,
    private readonly options: ChatBookOptions = {},
  ) {}

  /**
   * Reads what is kept of all agents, and goes on with what waits. One that cannot be read is told
   * and left; the others go on.
   */
  async start(): Promise<void> {
    for (const kid of await this.keptOnes()) {
      if (this.isStopped()) return;
      if (!this.isPaired(kid)) continue;
      try {
        await this.conversation(kid).open();
      } catch (thrown) {
        if (this.isStopped()) return;
        this.parts.emit({ type: 'notice', error: toBeelineError(thrown).toData() });
      }
    }
  }

  /** Resolves when nothing is written any more. What waits goes on with the next engine. */
  async stop(): Promise<void> {
    this.ended.abort();
    clearTimeout(this.timer);
    await Promise.all([...this.conversations.values()].map((one) => one.stop()));
  }

  /** Of all paired agents, the one with the newest message first; those without any come last. */
  chats(): readonly Chat[] {
    return this.parts
      .agents()
      .map((kid) => this.chat(kid))
      .sort((one, other) => (other.last?.at ?? '').localeCompare(one.last?.at ?? ''));
  }

  async sendMessage({
    kid,
    messageId,
    body,
  }: Parameters<Conversations['sendMessage']>[0]): Promise<void> {
    const agent = this.parts.agent(kid);
    if (this.parts.isBlocked(kid)) throw errors.agentBlocked(agent.name);
    if (!/^[0-9a-f]{32}$/.test(messageId)) {
      throw errors.configInvalid('A message id is 32 hex digits.');
    }
    await this.conversation(kid).send(messageId, body);
  }

  typing({ kid, isTyping }: Parameters<Conversations['typing']>[0]): Promise<void> {
    return this.run(kid, (one) => {
      one.typing(isTyping);
      return Promise.resolve();
    });
  }

  markRead({ kid, messageId }: Parameters<Conversations['markRead']>[0]): Promise<void> {
    return this.run(kid, (one) => one.markRead(messageId));
  }

  async messages(query: MessageQuery): Promise<MessagePage> {
    const page = await this.run(query.kid, (one) => one.page(query));
    return { ...page, chat: this.chat(query.kid) };
  }

  searchMessages({
    kid,
    text,
    limit,
  }: Parameters<Conversations['searchMessages']>[0]): Promise<readonly ChatMessage[]> {
    const count = Math.min(Math.max(1, Math.floor(limit)), MAX_PAGE);
    return this.run(kid, (one) => one.search(text, count));
  }

  clearMessages({ kid }: { readonly kid: string }): Promise<void> {
    return this.run(kid, (one) => one.clear());
  }

  /** The agent was removed: nothing of what was said with it is left. @throws HOME_UNUSABLE */
  async forget(kid: string): Promise<void> {
    const conversation = this.conversations.get(kid);
    this.conversations.delete(kid);
    this.want(kid, false);
    await conversation?.stop();
    await this.shelfOf(kid).clear();
    this.parts.emit({ type: 'messagesCleared', kid });
    this.listSoon();
  }

  /** An agent came, went, or was renamed: what lists say of it may have changed. */
  agentsChanged(): void {
    // One that was blocked meanwhile was forgotten by the sessions.
    for (const kid of this.wanted)
      if (!this.parts.isBlocked(kid)) this.parts.sessions.want(kid, true);
    this.listSoon();
  }

  /** The settings changed: whether messages are kept is asked again. */
  settingsChanged(): void {
    for (const one of this.conversations.values()) one.rearrange();
  }

  onLane(lane: ChatLane): void {
    if (!this.isPaired(lane.kid)) return;
    this.conversation(lane.kid).onLane(lane);
    this.listSoon();
  }

  onLaneGone(lane: ChatLane): void {
    const one = this.conversations.get(lane.kid);
    if (one?.lane !== lane) return;
    one.onLane(undefined);
    this.listSoon();
  }

  onPath(lane: ChatLane): void {
    if (this.conversations.get(lane.kid)?.lane === lane) this.listSoon();
  }

  onFrame(lane: ChatLane, frame: ChatFrame): void {
    this.conversations.get(lane.kid)?.onFrame(lane, frame);
  }

  onRefused(kid: string, reason: Refused['reason'] | undefined): void {
    if (!this.isPaired(kid)) return;
    const one = this.conversation(kid);
    if (reason === undefined && one.refused === undefined) return;
    one.refused = reason && { reason, hadLink: this.parts.isOnline(kid) };
    this.listSoon();
  }

  private chat(kid: string): Chat {
    const agent = this.parts.agent(kid);
    const one = this.conversation(kid);
    const { summary } = one;
    const { refused } = one;
    // What was said over a link is known for as long as there is one.
    const isRefused = refused !== undefined && (!refused.hadLink || this.parts.isOnline(kid));
    const sentence =
      refused?.reason === 'unsupported' ? errors.chatUnsupported : errors.chatUnavailable;
    return {
      agent,
      path: this.pathOf(kid, one),
      ...summary,
      ...(isRefused && { trouble: sentence(agent.name).toData() }),
    };
  }

  private pathOf(kid: string, { lane, refused }: Conversation): ChatPath {
    if (lane !== undefined) return lane.path;
    const isComing = this.wanted.has(kid) && refused === undefined && this.parts.isOnline(kid);
    return { kind: isComing ? 'connecting' : 'offline' };
  }

  private async run<T>(kid: string, act: (one: Conversation) => Promise<T>): Promise<T> {
    this.parts.agent(kid);
    return act(this.conversation(kid));
  }

  private conversation(kid: string): Conversation {
    const known = this.conversations.get(kid);
    if (known !== undefined) return known;
    const { emit, keepMessages, log } = this.parts;
    const { limits, now, ...delivery } = this.options;
    const one = new Conversation({
      kid,
      shelf: this.shelfOf(kid),
      keepMessages,
      log,
      name: () => this.parts.agent(kid).name,
      tell: (message) => {
        emit({ type: 'message', message });
      },
      changed: () => {
        this.listSoon();
      },
      cleared: () => {
        emit({ type: 'messagesCleared', kid });
      },
      want: (wanted) => {
        this.want(kid, wanted);
      },
      notice: (error) => {
        emit({ type: 'notice', error: error.toData() });
      },
      delivery,
      ...(limits !== undefined && { limits }),
      ...(now !== undefined && { now }),
    });
    this.conversations.set(kid, one);
    return one;
  }

  private want(kid: string, wanted: boolean): void {
    if (this.wanted.has(kid) === wanted) return;
    if (wanted) this.wanted.add(kid);
    else this.wanted.delete(kid);
    this.parts.sessions.want(kid, wanted);
  }

  private shelfOf(kid: string): Shelf {
    const { folder } = this.parts.home;
    // A key id becomes the name of a folder.
    if (!isKid(kid)) throw errors.internal('a key id that is none');
    return folder === undefined ? memoryShelf() : new DiskShelf(path.join(folder, CHATS, kid));
  }

  private async keptOnes(): Promise<readonly string[]> {
    const { folder } = this.parts.home;
    if (folder === undefined) return [];
    try {
      return (await readdir(path.join(folder, CHATS))).filter(isKid);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') {
        this.parts.log(`the conversations cannot be listed: ${String(thrown)}`);
      }
      return [];
    }
  }

  private isPaired(kid: string): boolean {
    try {
      this.parts.agent(kid);
      return true;
    } catch {
      return false;
    }
  }

  private isStopped(): boolean {
    return this.ended.signal.aborted;
  }

  /** Many changes become one list. */
  private listSoon(): void {
    if (this.timer !== undefined || this.isStopped()) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.parts.emit({ type: 'chats', chats: this.chats() });
    }, CHATS_EVERY_MS);
    this.timer.unref();
  }
}

/** Folder of the home with one folder for each agent. */
const CHATS = 'chats';

function isKid(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

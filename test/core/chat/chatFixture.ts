import { createHash, randomBytes } from 'node:crypto';
import { once, EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ChatBook, type ChatBookOptions } from '../../../src/core/chat/chatBook';
import type { ChatMessage, ChatPath } from '../../../src/core/chatEvents';
import { errors } from '../../../src/core/errors';
import type { EngineEvent } from '../../../src/core/events';
import { openFileHome } from '../../../src/core/home/fileHome';
import type { Home } from '../../../src/core/home/home';
import type { ChatLane } from '../../../src/core/session/chatLane';
import {
  type ChatFrame,
  decodeChatFrame,
  encodeChatFrame,
} from '../../../src/core/wire/chatFrames';

/** A whole identity for a test: only its key id is looked at. */
export function kidOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

export function newId(): string {
  return randomBytes(16).toString('hex');
}

export interface SideOptions extends ChatBookOptions {
  readonly home?: Home;
  readonly keepMessages?: () => boolean;
}

/** One home with a book that talks to one other; the book can be started again. */
export class Side {
  readonly heard = new EventEmitter();
  readonly events: EngineEvent[] = [];
  readonly lines: string[] = [];
  wanted = false;
  isOnline = true;
  isBlocked = false;
  isPaired = true;
  book: ChatBook;

  constructor(
    readonly home: Home,
    readonly other: string,
    private readonly options: SideOptions = {},
    private readonly wants: () => void = () => undefined,
  ) {
    this.book = this.make();
  }

  get kid(): string {
    return kidOf(this.other);
  }

  get folder(): string {
    return path.join(this.home.folder ?? '', 'chats', this.kid);
  }

  /** Another process of the same home. */
  async restart(): Promise<void> {
    await this.book.stop();
    this.wanted = false;
    this.book = this.make();
    await this.book.start();
  }

  async say(text: string, messageId = newId()): Promise<string> {
    await this.book.sendMessage({ kid: this.kid, messageId, body: { kind: 'text', text } });
    return messageId;
  }

  /** Everything that was said, oldest first, page by page. */
  async all(): Promise<readonly ChatMessage[]> {
    const { kid } = this;
    let page = await this.book.messages({ kid, limit: 200 });
    const messages = [...page.messages];
    while (page.older) {
      const before = messages[0]?.messageId ?? '';
      page = await this.book.messages({ kid, limit: 200, before });
      messages.unshift(...page.messages);
    }
    return messages;
  }

  async chat() {
    return (await this.book.messages({ kid: this.kid, limit: 1 })).chat;
  }

  /** Resolves when it holds, looked at after each event. */
  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) await once(this.heard, 'event');
  }

  private make(): ChatBook {
    const { home, keepMessages, ...options } = this.options;
    return new ChatBook(
      {
        home: this.home,
        sessions: {
          want: (kid, wanted) => {
            if (kid !== this.kid) return;
            this.wanted = wanted;
            this.wants();
          },
        },
        agents: () => (this.isPaired ? [this.kid] : []),
        agent: (kid) => {
          if (kid !== this.kid || !this.isPaired) throw errors.agentUnknown(kid);
          return { kid, name: this.other, fingerprint: this.other };
        },
        isBlocked: () => this.isBlocked,
        isOnline: () => this.isOnline,
        emit: (event) => {
          this.events.push(event);
          this.heard.emit('event');
        },
        log: (line) => this.lines.push(line),
        keepMessages: keepMessages ?? (() => true),
      },
      options,
    );
  }
}

/** A lane whose other end is in the test's hands: frames that were sent, and those that come. */
export class HandLane implements ChatLane {
  readonly sent: ChatFrame[] = [];
  path: ChatPath = { kind: 'direct', over: 'peer' };
  onSend: (frame: ChatFrame) => void = () => undefined;

  constructor(
    readonly kid: string,
    private readonly side: Side,
  ) {}

  open(): this {
    this.side.book.onLane(this);
    return this;
  }

  close(): void {
    this.side.book.onLaneGone(this);
  }

  send(frame: ChatFrame): void {
    // As the real one does, so that nothing travels that the schema does not know.
    const said = decodeChatFrame(encodeChatFrame(frame));
    this.sent.push(said);
    this.onSend(said);
    setImmediate(() => this.side.heard.emit('event'));
  }

  hear(frame: ChatFrame): void {
    this.side.book.onFrame(this, decodeChatFrame(encodeChatFrame(frame)));
  }

  hearText(text: string, id = newId()): string {
    this.hear({ t: 'text', id, at: new Date().toISOString(), text });
    return id;
  }

  /** Ids that were confirmed on it. */
  delivered(): readonly string[] {
    return this.sent.flatMap((frame) => (frame.t === 'delivered' ? frame.ids : []));
  }

  texts(): readonly string[] {
    return this.sent.flatMap((frame) => (frame.t === 'text' ? [frame.text] : []));
  }
}

/** Homes that go away after each test, with everything that runs in them. */
export function withSides() {
  let folder = '';
  const sides: Side[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'chats-'));
  });
  afterEach(async () => {
    await Promise.all(sides.splice(0).map((side) => side.book.stop()));
    await rm(folder, { recursive: true, force: true });
  });
  return {
    path: (name: string) => path.join(folder, name),
    async start(name: string, other: string, options: SideOptions = {}, wants?: () => void) {
      const home = options.home ?? (await openFileHome(path.join(folder, name)));
      const side = new Side(home, other, options, wants);
      sides.push(side);
      await side.book.start();
      return side;
    },
  };
}

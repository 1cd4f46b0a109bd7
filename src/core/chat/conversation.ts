import type { ChatMessage, MessageBody } from '../chatEvents';
import type { MessagePage, MessageQuery } from '../conversations';
import { type BeelineError, errors, toBeelineError } from '../errors';
import type { ChatLane } from '../session/chatLane';
import { type ChatFrame, MAX_DELIVERED } from '../wire/chatFrames';
import { Arrivals, isMessage } from './arrivals';
import { bodyOf, checkSendable, type MessageFrame } from './chatFraming';
import { Delivery, type DeliveryOptions } from './delivery';
import { KeptTurns } from './keptTurns';
import { pageOf } from './messagePage';
import type { KeptMessage } from './messageLines';
import type { Kept, KeptOptions } from './openKept';
import { searchWords } from './searchWords';
import { TypingHere, TypingThere } from './typing';

/** Own messages that may wait for one agent. */
export const MAX_WAITING = 1_000;
/** Messages whose change is told one by one; whoever shows older ones asks again. */
const MAX_TOLD = 200;
/** Receipts that wait for this disk; those of a well-behaved side are far fewer. */
const MAX_RECEIPTS = 1_000;
/** Messages that a search reads at once. */
const SEARCH_STEP = 256;

export interface ConversationParts extends KeptOptions {
  /** How the agent is called just now, for sentences. */
  readonly name: () => string;
  /** A message is new or changed. */
  readonly tell: (message: ChatMessage) => void;
  /** What a list shows of it changed. */
  readonly changed: () => void;
  readonly cleared: () => void;
  readonly want: (wanted: boolean) => void;
  /** Something a person should know that no call of theirs answers. */
  readonly notice: (error: BeelineError) => void;
  readonly now?: () => number;
  readonly delivery?: DeliveryOptions;
}

/** What the other side answered instead of a lane; without a link it was the service that told. */
export interface Refused {
  readonly reason: 'unavailable' | 'unsupported';
  readonly hadLink: boolean;
}

/** What was and is said with one agent. */
export class Conversation {
  lane: ChatLane | undefined;
  refused: Refused | undefined;
  private last: ChatMessage | undefined;
  private readonly turns: KeptTurns;
  private readonly arrivals: Arrivals;
  private readonly delivery: Delivery;
  private readonly typingHere: TypingHere;
  private readonly typingThere: TypingThere;
  /** Sent since they were last told. */
  private sentIds: string[] = [];
  private receipts = 0;
  /** A disk that does not take messages is told once, until it takes them again. */
  private isTold = false;

  constructor(private readonly parts: ConversationParts) {
    this.turns = new KeptTurns(parts, (kept) => this.began(kept));
    this.arrivals = new Arrivals(
      (id) => this.turns.kept !== undefined && isKnown(this.turns.kept, id),
      (frames) => this.turns.take((kept) => this.store(kept, frames)),
    );
    this.delivery = new Delivery(
      () => this.turns.kept?.outbox.all() ?? [],
      (id) => {
        this.sent(id);
      },
      parts.delivery,
    );
    this.typingHere = new TypingHere((on) => this.lane?.send({ t: 'typing', on }));
    this.typingThere = new TypingThere(parts.changed);
  }

  /** What a list shows of it, as far as it was read. */
  get summary() {
    const { last } = this;
    const { kept, glimpse } = this.turns;
    return {
      isTyping: this.typingThere.isTyping,
      unread: kept?.history.unread ?? glimpse?.unread ?? 0,
      waiting: kept?.outbox.size ?? 0,
      ...(last !== undefined && { last }),
    };
  }

  /**
   * Reads what a list shows, and all when something waits; else the rest comes when it is needed.
   * @throws HOME_UNUSABLE
   */
  async open(): Promise<void> {
    await this.turns.open();
    this.last ??= this.turns.glimpse?.last;
  }

  async send(messageId: string, body: MessageBody): Promise<void> {
    const message: KeptMessage = { t: 'out', id: messageId, at: this.nowText(), body };
    checkSendable(message);
    const { outbox } = await this.turns.take(async (kept) => {
      const { outbox, history } = kept;
      if (outbox.has(messageId) || history.isOwn(messageId)) return kept;
      if (isKnown(kept, messageId)) {
        throw errors.configInvalid('Another message has this id already.');
      }
      if (outbox.size >= MAX_WAITING) throw errors.chatFull(this.parts.name());
      await outbox.add(message, () => history.add([message]));
      this.typingHere.reset();
      await this.changed([messageId]);
      this.parts.want(true);
      this.delivery.pump();
      return kept;
    });
    await outbox.sync();
  }

  typing(isTyping: boolean): void {
    if (this.lane !== undefined) this.typingHere.say(isTyping);
  }

  async markRead(messageId: string): Promise<void> {
    await this.turns.take(async ({ history }) => {
      const seen = await history.seen(messageId, this.note);
      if (seen.length === 0) return;
      this.tellSeen();
      await this.changed(seen);
    });
  }

  page(query: MessageQuery): Promise<Omit<MessagePage, 'chat'>> {
    return this.turns.take(({ history }) => pageOf(history, query));
  }

  async search(text: string, limit: number): Promise<readonly ChatMessage[]> {
    const matches = searchWords(text);
    const found: ChatMessage[] = [];
    let before = Number.POSITIVE_INFINITY;
    // A turn for each piece, so that messages do not wait for a search.
    while (before > 0 && found.length < limit) {
      await this.turns.take(async ({ history }) => {
        const to = Math.min(before, history.size);
        before = Math.max(0, to - SEARCH_STEP);
        const messages = await history.slice(before, to);
        found.push(...messages.filter(({ body }) => matches(body)).reverse());
      });
    }
    return found.slice(0, limit);
  }

  async clear(): Promise<void> {
    await this.turns.take(async ({ history, outbox }) => {
      const withdrawn = [...outbox.all()].map(({ id }) => id);
      try {
        await history.clear();
        await outbox.clear();
      } finally {
        this.delivery.settled(withdrawn);
        this.last = undefined;
        this.parts.want(outbox.size > 0);
        this.parts.cleared();
        this.parts.changed();
      }
    });
  }

  onLane(lane: ChatLane | undefined): void {
    this.lane = lane;
    if (lane !== undefined) this.refused = undefined;
    this.typingHere.reset();
    this.typingThere.hear(false);
    this.arrivals.begin();
    void this.quietly(async () => {
      if (this.lane !== lane) return;
      this.delivery.use(lane);
      this.tellSeen();
      await this.tellSent();
    });
  }

  onFrame(lane: ChatLane, frame: ChatFrame): void {
    if (lane !== this.lane || this.turns.isEnded) return;
    if (isMessage(frame)) this.arrivals.take(frame);
    else if (frame.t === 'typing') this.typingThere.hear(frame.on);
    else if (this.receipts < MAX_RECEIPTS) {
      this.receipts += 1;
      void this.quietly((kept) => this.receipt(kept, frame)).finally(() => {
        this.receipts -= 1;
      });
    }
  }

  /** The setting may have changed. */
  rearrange(): void {
    if (this.turns.hasToMove) void this.quietly(() => Promise.resolve());
  }

  /** Resolves when nothing of it runs any more. */
  async stop(): Promise<void> {
    this.turns.end();
    this.delivery.stop();
    this.typingThere.stop();
    await this.turns.settled();
  }

  private async store(kept: Kept, frames: readonly MessageFrame[]): Promise<void> {
    const { history, received } = kept;
    const fresh = new Map<string, KeptMessage>();
    const doubles: string[] = [];
    for (const frame of frames) {
      const { id } = frame;
      // Nobody but us makes our ids, so this is somebody playing; it is not confirmed.
      if (kept.outbox.has(id) || history.isOwn(id)) continue;
      if (isKnown(kept, id) || fresh.has(id)) doubles.push(id);
      else fresh.set(id, { t: 'in', id, at: this.nowText(), body: bodyOf(frame) });
    }
    const ids = [...fresh.keys()];
    try {
      await history.add([...fresh.values()]);
    } catch (thrown) {
      this.refuse(thrown);
      this.confirm(doubles);
      throw thrown;
    }
    received.add(ids);
    if (ids.length > 0) this.typingThere.hear(false);
    await this.changed(ids);
    try {
      await received.flush();
      await (kept.lasts() ? history.sync() : received.sync());
    } catch (thrown) {
      // They are shown, and known when they come again, which they do: they are not confirmed.
      this.refuse(thrown);
      return;
    }
    this.isTold = false;
    this.confirm([...doubles, ...ids]);
  }

  private async receipt(
    { history, outbox, lasts }: Kept,
    frame: Extract<ChatFrame, { t: 'delivered' | 'read' }>,
  ): Promise<void> {
    if (frame.t === 'read') {
      await this.changed(await history.read(frame.id, this.note));
      return;
    }
    const ids = [...new Set(frame.ids)].filter((id) => outbox.has(id));
    if (ids.length === 0) return;
    const fresh = await history.delivered(ids, this.note);
    await outbox.done(ids, !lasts());
    if (outbox.size === 0) this.parts.want(false);
    await this.changed(fresh);
    this.delivery.settled(ids);
    await this.tellSent();
  }

  private confirm(ids: readonly string[]): void {
    for (let from = 0; from < ids.length; from += MAX_DELIVERED) {
      this.lane?.send({ t: 'delivered', ids: ids.slice(from, from + MAX_DELIVERED) });
    }
  }

  /** The receipt may have been lost with the lane before; an old one changes nothing there. */
  private tellSeen(): void {
    const id = this.turns.kept?.history.lastSeen();
    if (id !== undefined) this.lane?.send({ t: 'read', id });
  }

  private sent(id: string): void {
    if (this.sentIds.length === 0) void this.quietly(() => this.tellSent());
    this.sentIds.push(id);
    this.turns.kept?.history.sent(id);
  }

  private async tellSent(): Promise<void> {
    const ids = this.sentIds;
    this.sentIds = [];
    await this.changed(ids);
  }

  /** Tells these messages as they are now. */
  private async changed(ids: readonly string[]): Promise<void> {
    const { kept } = this.turns;
    if (kept === undefined || ids.length === 0) return;
    const { history } = kept;
    try {
      for (const id of ids.slice(-MAX_TOLD)) {
        const message = await history.find(id);
        if (message !== undefined) this.parts.tell(message);
      }
      this.last = (await history.slice(history.size - 1, history.size))[0];
    } catch (thrown) {
      this.note(thrown);
    }
    this.parts.changed();
  }

  /** A turn for which nobody waits. */
  private async quietly(act: (kept: Kept) => Promise<void>): Promise<void> {
    try {
      await this.turns.take(act);
    } catch (thrown) {
      if (!this.turns.isEnded) this.refuse(thrown);
    }
  }

  private async began({ history, outbox }: Kept): Promise<void> {
    this.last = (await history.slice(history.size - 1, history.size))[0];
    if (outbox.size > 0) this.parts.want(true);
    this.parts.changed();
  }

  private refuse(thrown: unknown): void {
    this.note(thrown);
    if (this.isTold) return;
    this.isTold = true;
    this.parts.notice(toBeelineError(thrown));
  }

  private readonly note = (thrown: unknown): void => {
    this.parts.log(`a conversation: ${toBeelineError(thrown).message}`);
  };

  private nowText(): string {
    return new Date((this.parts.now ?? Date.now)()).toISOString();
  }
}

function isKnown({ received, history }: Kept, id: string): boolean {
  return received.has(id) || history.has(id);
}

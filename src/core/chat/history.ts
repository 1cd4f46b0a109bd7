import type { ChatMessage, MessageState } from '../chatEvents';
import type { GlimpseRecord } from './glimpse';
import { type Entry, type Part, readMessages } from './historyEntries';
import { LineLog } from './lineLog';
import { type HistoryLine, type KeptMessage, readHistoryLine } from './messageLines';
import type { Shelf } from './shelf';

export interface HistoryLimits {
  /** Messages, and bytes on disk, that are kept of one conversation; older ones leave. */
  readonly messages: number;
  readonly bytes: number;
}

/** Years of talk between two people; a second to read when an engine starts. */
const HISTORY_LIMITS: HistoryLimits = { messages: 20_000, bytes: 32 * 1024 * 1024 };
/** Part of the whole that leaves at once, as one file. */
const PARTS = 16;

/**
 * What was said in one conversation: parts of lines, of which the oldest leaves as a whole. In memory
 * is only where each message stands and what became of it.
 */
export class History {
  private readonly parts: Part[] = [];
  private readonly entries: Entry[] = [];
  /** By message id: its number. The first entry has number `gone`, as so many left before it. */
  private readonly numbers = new Map<string, number>();
  private gone = 0;
  /** Numbers up to which the other side has read, and this side has seen; those are excluded. */
  private readTo = 0;
  private seenTo = 0;
  private unreadCount = 0;

  private constructor(
    private readonly kid: string,
    private shelf: Shelf,
    private readonly log: (line: string) => void,
    private readonly limits: HistoryLimits,
  ) {}

  static async load(
    kid: string,
    shelf: Shelf,
    log: (line: string) => void,
    limits: HistoryLimits = HISTORY_LIMITS,
  ): Promise<History> {
    const history = new History(kid, shelf, log, limits);
    const numbers = [...(await shelf.sizes()).keys()]
      .map(numberOf)
      .filter((one) => one !== undefined);
    for (const number of numbers.sort((one, other) => one - other)) {
      const { log: lines, lines: read } = await LineLog.load(
        shelf,
        nameOf(number),
        readHistoryLine,
        log,
      );
      const part = { number, lines, count: 0 };
      history.parts.push(part);
      for (const { value, offset, length } of read) {
        if (value.t === 'out' || value.t === 'in') history.keep(part, value, { offset, length });
        else history.mark(value);
      }
    }
    return history;
  }

  /** Removes what an earlier engine kept, unread. */
  static async erase(shelf: Shelf): Promise<void> {
    for (const name of (await shelf.sizes()).keys()) {
      if (isHistoryName(name)) await shelf.remove(name);
    }
  }

  /** Messages that are kept, by number. */
  get size(): number {
    return this.entries.length;
  }

  get unread(): number {
    return this.unreadCount;
  }

  has(id: string): boolean {
    return this.numbers.has(id);
  }

  isOwn(id: string): boolean {
    return this.entry(id)?.own === true;
  }

  stateOf(id: string): MessageState | undefined {
    return this.entry(id)?.state;
  }

  /** Own ones that are not known to be delivered, oldest first. */
  undelivered(): readonly string[] {
    return this.entries.filter(isUndelivered).map(({ id }) => id);
  }

  /** The agent's, oldest first. */
  receivedIds(): readonly string[] {
    return this.entries.filter(({ own }) => !own).map(({ id }) => id);
  }

  /** The last message of the agent that was seen here. */
  lastSeen(): string | undefined {
    return this.lastOf(false, this.seenTo);
  }

  /** Adds them behind all others, or none of them. @throws HOME_UNUSABLE */
  async add(messages: readonly KeptMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const part = this.openPart(messages.length);
    const spans = await part.lines.append(messages);
    if (this.parts.at(-1) !== part) this.parts.push(part);
    messages.forEach((message, index) => {
      const span = spans[index];
      if (span !== undefined) this.keep(part, message, span);
    });
    await this.trim();
  }

  sync(): Promise<void> {
    return this.parts.at(-1)?.lines.sync() ?? Promise.resolve();
  }

  /**
   * These own ones are delivered; gives those of which this is new. When it cannot be written it
   * still holds until the engine ends; the throw says so.
   */
  async delivered(ids: readonly string[], note: Note): Promise<readonly string[]> {
    const fresh = ids.filter((id) => {
      const entry = this.entry(id);
      return entry !== undefined && isUndelivered(entry);
    });
    if (fresh.length > 0) await this.write({ t: 'delivered', ids: [...fresh] }, note);
    return fresh;
  }

  /** Own ones up to this were read; gives those of which this is new. */
  async read(id: string, note: Note): Promise<readonly string[]> {
    if (!this.isNewRead(id)) return [];
    const fresh = this.between(this.readTo, id, (one) => one.own && one.state === 'delivered');
    await this.write({ t: 'read', id }, note);
    return fresh;
  }

  isNewRead(id: string): boolean {
    const number = this.numbers.get(id);
    return number !== undefined && this.isOwn(id) && number >= this.readTo;
  }

  /** The agent's up to this message, whosever it is, were seen; gives those of which this is new. */
  async seen(id: string, note: Note): Promise<readonly string[]> {
    const number = this.numbers.get(id);
    const last = number === undefined ? undefined : this.lastOf(false, number + 1);
    if (last === undefined || (this.numbers.get(last) ?? 0) < this.seenTo) return [];
    const fresh = this.between(this.seenTo, last, (one) => one.state === 'received');
    await this.write({ t: 'seen', id: last }, note);
    return fresh;
  }

  /** Told to the shells only: it is on some way, which a restart forgets. */
  sent(id: string): void {
    const entry = this.entry(id);
    if (entry?.state === 'waiting') entry.state = 'sent';
  }

  /** The place of a message among those that are kept, from 0. */
  indexOf(id: string): number | undefined {
    const number = this.numbers.get(id);
    return number === undefined ? undefined : number - this.gone;
  }

  async find(id: string): Promise<ChatMessage | undefined> {
    const index = this.indexOf(id);
    return index === undefined ? undefined : (await this.slice(index, index + 1))[0];
  }

  /** Those from one place to before another, oldest first. What cannot be read is left out. */
  slice(from: number, to: number): Promise<readonly ChatMessage[]> {
    return readMessages(this.kid, this.entries.slice(Math.max(0, from), Math.max(0, to)));
  }

  /** Enough to show it in a list without reading it. Undefined when there is nothing. */
  glimpse(): GlimpseRecord | undefined {
    const newest = this.entries.at(-1);
    if (newest === undefined) return undefined;
    const { part, ...last } = newest;
    return {
      parts: Object.fromEntries(this.parts.map(({ lines }) => [lines.name, lines.size])),
      unread: this.unreadCount,
      last: { ...last, name: part.lines.name },
    };
  }

  /** Removes everything. @throws HOME_UNUSABLE; what is gone by then is gone */
  async clear(): Promise<void> {
    while (this.parts.length > 0) await this.dropOldest();
  }

  /**
   * What comes from now on goes there. What was kept on disk until now moves along when the new
   * shelf is not the disk; the other way nothing moves, for it was said under that promise.
   */
  async use(shelf: Shelf, takeAlong: boolean): Promise<void> {
    if (shelf === this.shelf) return;
    if (takeAlong) {
      for (const part of this.parts) {
        const { lines } = part;
        if (lines.shelf === shelf) continue;
        part.lines = await lines.moveTo(shelf);
      }
    }
    this.shelf = shelf;
  }

  private entry(id: string): Entry | undefined {
    const index = this.indexOf(id);
    return index === undefined ? undefined : this.entries[index];
  }

  private keep(part: Part, message: KeptMessage, span: { offset: number; length: number }): void {
    if (this.numbers.has(message.id)) return;
    const own = message.t === 'out';
    const state = own ? 'waiting' : 'received';
    this.numbers.set(message.id, this.gone + this.entries.length);
    this.entries.push({ id: message.id, own, part, ...span, state });
    part.count += 1;
    if (!own) this.unreadCount += 1;
  }

  private mark(line: Exclude<HistoryLine, KeptMessage>): void {
    if (line.t === 'delivered') {
      for (const id of line.ids) {
        const entry = this.entry(id);
        if (entry === undefined || !isUndelivered(entry)) continue;
        // Whoever read what came after it has read it too.
        entry.state = (this.numbers.get(id) ?? 0) < this.readTo ? 'read' : 'delivered';
      }
      return;
    }
    const number = this.numbers.get(line.id);
    if (number === undefined) return;
    const from = line.t === 'read' ? this.readTo : this.seenTo;
    for (let at = Math.max(from, this.gone); at <= number; at++) {
      const entry = this.entries[at - this.gone];
      if (entry === undefined) continue;
      if (line.t === 'read' && entry.own && entry.state === 'delivered') entry.state = 'read';
      if (line.t === 'seen' && entry.state === 'received') {
        entry.state = 'seen';
        this.unreadCount -= 1;
      }
    }
    if (line.t === 'read') this.readTo = Math.max(from, number + 1);
    else this.seenTo = Math.max(from, number + 1);
  }

  private async write(line: Exclude<HistoryLine, KeptMessage>, note: Note): Promise<void> {
    this.mark(line);
    try {
      await this.parts.at(-1)?.lines.append([line]);
    } catch (thrown) {
      note(thrown);
    }
  }

  private between(from: number, id: string, wanted: (entry: Entry) => boolean): readonly string[] {
    const first = Math.max(0, from - this.gone);
    const last = this.indexOf(id) ?? -1;
    return this.entries
      .slice(first, last + 1)
      .filter(wanted)
      .map((entry) => entry.id);
  }

  /** The last one of that side before a number. */
  private lastOf(own: boolean, before: number): string | undefined {
    for (let at = before - 1 - this.gone; at >= 0; at--) {
      const entry = this.entries[at];
      if (entry?.own === own) return entry.id;
    }
    return undefined;
  }

  private openPart(adding: number): Part {
    const last = this.parts.at(-1);
    const isRoomy =
      last?.lines.shelf === this.shelf &&
      (last.count === 0 || last.count + adding <= this.limits.messages / PARTS) &&
      last.lines.size < this.limits.bytes / PARTS;
    if (isRoomy) return last;
    const number = (last?.number ?? 0) + 1;
    return { number, lines: LineLog.empty(this.shelf, nameOf(number)), count: 0 };
  }

  private async trim(): Promise<void> {
    const bytes = (): number => this.parts.reduce((sum, { lines }) => sum + lines.size, 0);
    while (
      this.parts.length > 1 &&
      (this.entries.length > this.limits.messages || bytes() > this.limits.bytes)
    ) {
      try {
        await this.dropOldest();
      } catch (thrown) {
        // What was added is there all the same; the next one tries again.
        this.log(`the oldest messages could not be removed: ${String(thrown)}`);
        return;
      }
    }
  }

  private async dropOldest(): Promise<void> {
    const [part] = this.parts;
    if (part === undefined) return;
    await part.lines.rewrite([]);
    this.parts.shift();
    for (const { id, state } of this.entries.splice(0, part.count)) {
      this.numbers.delete(id);
      if (state === 'received') this.unreadCount -= 1;
    }
    this.gone += part.count;
  }
}

/** Told what could not be written although it holds. */
type Note = (thrown: unknown) => void;

function isUndelivered({ own, state }: Entry): boolean {
  return own && (state === 'waiting' || state === 'sent');
}

export function isHistoryName(name: string): boolean {
  return numberOf(name) !== undefined;
}

function nameOf(number: number): string {
  return `history-${String(number).padStart(6, '0')}.jsonl`;
}

function numberOf(name: string): number | undefined {
  const digits = /^history-(\d{6,9})\.jsonl$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

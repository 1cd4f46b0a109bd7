import { LineLog } from './lineLog';
import { type KeptMessage, readOutboxLine } from './messageLines';
import type { Shelf } from './shelf';

/** Bytes from which on a file with mostly delivered messages is written anew. */
const WORTH_REWRITING = 256 * 1024;
export const OUTBOX_NAME = 'outbox.jsonl';

/** What waits to be delivered, in order, on disk before anybody is told. */
export class Outbox {
  private constructor(
    private readonly lines: LineLog,
    private readonly messages: Map<string, KeptMessage>,
    private readonly log: (line: string) => void,
  ) {}

  static async load(shelf: Shelf, log: (line: string) => void): Promise<Outbox> {
    const { log: file, lines } = await LineLog.load(shelf, OUTBOX_NAME, readOutboxLine, log);
    const messages = new Map<string, KeptMessage>();
    for (const { value } of lines) {
      if (value.t === 'out') messages.set(value.id, value);
      else for (const id of value.ids) messages.delete(id);
    }
    return new Outbox(file, messages, log);
  }

  get size(): number {
    return this.messages.size;
  }

  has(id: string): boolean {
    return this.messages.has(id);
  }

  /** In the order in which they were written. */
  all(): Iterable<KeptMessage> {
    return this.messages.values();
  }

  /** @param alsoKeep must succeed as well, or nothing is queued */
  async add(message: KeptMessage, alsoKeep: () => Promise<void>): Promise<void> {
    const { size } = this.lines;
    await this.lines.append([message]);
    try {
      await alsoKeep();
    } catch (thrown) {
      await this.lines.cutBackTo(size);
      throw thrown;
    }
    this.messages.set(message.id, message);
  }

  /**
   * Takes out what is delivered. A disk that does not take this costs only that they are delivered
   * again after a restart, where the other side knows them.
   * @param leaveNothing their words must not stay on disk
   */
  async done(ids: readonly string[], leaveNothing: boolean): Promise<void> {
    for (const id of ids) this.messages.delete(id);
    const { size } = this.lines;
    try {
      if (this.messages.size === 0 || leaveNothing || size > 2 * this.liveBytes() + WORTH_REWRITING)
        await this.lines.rewrite([...this.messages.values()]);
      else await this.lines.append([{ t: 'done', ids }]);
    } catch (thrown) {
      this.log(`the outbox could not be shortened: ${String(thrown)}`);
    }
  }

  /** @throws HOME_UNUSABLE and then nothing is withdrawn */
  async clear(): Promise<void> {
    await this.lines.rewrite([]);
    this.messages.clear();
  }

  sync(): Promise<void> {
    return this.lines.sync();
  }

  private liveBytes(): number {
    let bytes = 0;
    for (const { body } of this.messages.values()) {
      bytes += body.kind === 'file' ? 0 : body.text.length;
    }
    return bytes;
  }
}

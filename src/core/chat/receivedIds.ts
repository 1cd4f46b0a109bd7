import { LineLog } from './lineLog';
import { readReceivedLine } from './messageLines';
import type { Shelf } from './shelf';

/** keys.md: the receiver remembers the last 10,000 of each identity. */
const MAX_RECEIVED_IDS = 10_000;
/** Ids in one line, so that a damaged one costs few. */
const IDS_A_LINE = 500;
const NAME = 'received.jsonl';

/** Ids of the messages that came, also of those that are not kept, so that none is shown twice. */
export class ReceivedIds {
  /** Not on disk yet. */
  private unwritten: string[] = [];
  private written: number;

  private constructor(
    private readonly lines: LineLog,
    /** Oldest first. */
    private readonly ids: Set<string>,
  ) {
    this.written = ids.size;
  }

  static async load(shelf: Shelf, log: (line: string) => void): Promise<ReceivedIds> {
    const { log: file, lines } = await LineLog.load(shelf, NAME, readReceivedLine, log);
    const ids = new Set(lines.flatMap(({ value }) => value.ids));
    const received = new ReceivedIds(file, ids);
    received.forget();
    return received;
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  add(ids: readonly string[]): void {
    for (const id of ids) {
      if (this.ids.has(id)) continue;
      this.ids.add(id);
      this.unwritten.push(id);
    }
    this.forget();
  }

  /** All that were added are with the system. @throws HOME_UNUSABLE */
  async flush(): Promise<void> {
    if (this.unwritten.length === 0) return;
    const { unwritten } = this;
    if (this.written + unwritten.length > 2 * MAX_RECEIVED_IDS) {
      await this.lines.rewrite(toLines([...this.ids]));
      this.written = this.ids.size;
    } else {
      await this.lines.append(toLines(unwritten));
      this.written += unwritten.length;
    }
    this.unwritten = [];
  }

  sync(): Promise<void> {
    return this.lines.sync();
  }

  private forget(): void {
    for (const id of this.ids) {
      if (this.ids.size <= MAX_RECEIVED_IDS) return;
      this.ids.delete(id);
    }
  }
}

function toLines(ids: readonly string[]): readonly unknown[] {
  const lines: unknown[] = [];
  for (let from = 0; from < ids.length; from += IDS_A_LINE) {
    lines.push({ t: 'got', ids: ids.slice(from, from + IDS_A_LINE) });
  }
  return lines;
}

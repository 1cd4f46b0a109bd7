import { errors } from '../errors';
import type { Shelf } from './shelf';

/** One line as it was read: where it stands, with the line's end. */
export interface ReadLine<T> {
  readonly value: T;
  readonly offset: number;
  readonly length: number;
}

export interface Span {
  readonly offset: number;
  readonly length: number;
}

const LINES_VERSION = 1;

/**
 * A file of JSON lines that is only ever appended to. A torn tail is cut off with the next write; a
 * damaged line is passed over, and the ones around it hold.
 */
export class LineLog {
  private constructor(
    readonly shelf: Shelf,
    readonly name: string,
    /** Up to which it is good. */
    private bytes: number,
  ) {}

  /** One that holds nothing yet: whatever lies there under its name is written over. */
  static empty(shelf: Shelf, name: string): LineLog {
    return new LineLog(shelf, name, 0);
  }

  /**
   * Reads it whole. `understand` gives undefined for what is no line of ours.
   * @throws HOME_UNUSABLE also when a newer Beeline wrote it, which is then left as it is
   */
  static async load<T>(
    shelf: Shelf,
    name: string,
    understand: (value: unknown) => T | undefined,
    log: (line: string) => void,
  ): Promise<{ readonly log: LineLog; readonly lines: readonly ReadLine<T>[] }> {
    const bytes = (await shelf.read(name)) ?? Buffer.alloc(0);
    const lines: ReadLine<T>[] = [];
    let damaged = 0;
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      const value = parse(bytes.subarray(from, end));
      const line = from === 0 ? undefined : understand(value);
      if (from === 0 && !isHeader(value)) {
        await shelf.setAside(name);
        log(`${name} in ${shelf.place} was damaged and has been set aside`);
        return { log: new LineLog(shelf, name, 0), lines: [] };
      }
      if (from === 0) refuseNewer(value, shelf);
      else if (line === undefined) damaged += 1;
      else lines.push({ value: line, offset: from, length: end + 1 - from });
      from = end + 1;
    }
    if (damaged > 0) {
      log(`${String(damaged)} lines of ${name} in ${shelf.place} are damaged and passed over`);
    }
    return { log: new LineLog(shelf, name, from), lines };
  }

  /** Bytes. */
  get size(): number {
    return this.bytes;
  }

  /** All of them, or none. */
  async append(values: readonly unknown[]): Promise<readonly Span[]> {
    const { bytes, spans } = pack(values, this.bytes);
    await this.shelf.write(this.name, this.bytes, bytes);
    this.bytes += bytes.length;
    return spans;
  }

  /** Takes back what was appended last: it has this size again. */
  async cutBackTo(size: number): Promise<void> {
    if (size === 0) await this.shelf.remove(this.name);
    else await this.shelf.write(this.name, size, Buffer.alloc(0));
    this.bytes = size;
  }

  /** These in place of everything there was; one without lines is removed. */
  async rewrite(values: readonly unknown[]): Promise<void> {
    if (values.length === 0) {
      await this.shelf.remove(this.name);
      this.bytes = 0;
      return;
    }
    const { bytes } = pack(values, 0);
    await this.shelf.replace(this.name, bytes);
    this.bytes = bytes.length;
  }

  /** The same lines on another shelf; here they are removed. */
  async moveTo(shelf: Shelf): Promise<LineLog> {
    const bytes = await this.shelf.read(this.name);
    if (bytes !== undefined) await shelf.write(this.name, 0, bytes.subarray(0, this.bytes));
    await this.shelf.remove(this.name);
    return new LineLog(shelf, this.name, this.bytes);
  }

  async sync(): Promise<void> {
    if (this.bytes > 0) await this.shelf.sync(this.name);
  }
}

const NEWLINE = 0x0a;
const HEADER = { t: 'header', v: LINES_VERSION };

function pack(
  values: readonly unknown[],
  at: number,
): { readonly bytes: Buffer; readonly spans: readonly Span[] } {
  const parts = (at === 0 ? [HEADER, ...values] : values).map((value) =>
    Buffer.from(`${JSON.stringify(value)}\n`),
  );
  let offset = at;
  const spans = parts.map(({ length }) => {
    const span = { offset, length };
    offset += length;
    return span;
  });
  return { bytes: Buffer.concat(parts), spans: at === 0 ? spans.slice(1) : spans };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function isHeader(value: unknown): value is { readonly v: number } {
  if (typeof value !== 'object' || value === null) return false;
  const { t, v } = value as { readonly t?: unknown; readonly v?: unknown };
  return t === 'header' && typeof v === 'number' && v >= 1;
}

function refuseNewer(value: unknown, shelf: Shelf): void {
  if (!isHeader(value) || value.v <= LINES_VERSION) return;
  throw errors.homeUnusable(
    shelf.place,
    'its messages were written by a newer Beeline and are left as they are; update Beeline',
  );
}

import type { ChatMessage, MessageState } from '../chatEvents';
import type { LineLog } from './lineLog';
import { type HistoryLine, readHistoryLine } from './messageLines';
import type { Shelf } from './shelf';

/** A file of the history. */
export interface Part {
  readonly number: number;
  lines: LineLog;
  /** Messages in it. */
  count: number;
}

/** Where a message stands. Its words stay on the shelf. */
export interface Entry {
  readonly id: string;
  readonly own: boolean;
  readonly part: Part;
  readonly offset: number;
  readonly length: number;
  state: MessageState;
}

/** The words of these entries, oldest first. What cannot be read is left out. */
export async function readMessages(
  kid: string,
  entries: readonly Entry[],
): Promise<readonly ChatMessage[]> {
  const messages: ChatMessage[] = [];
  let run: Entry[] = [];
  const readRun = async (): Promise<void> => {
    const [first] = run;
    const last = run.at(-1);
    if (first === undefined || last === undefined) return;
    const together = run;
    run = [];
    // In one piece, with the few lines of states between them.
    const { shelf, name } = first.part.lines;
    const length = last.offset + last.length - first.offset;
    const bytes = await shelf.readAt(name, first.offset, length);
    for (const entry of together) {
      const at = entry.offset - first.offset;
      const message = toMessage(kid, entry, bytes.subarray(at, at + entry.length));
      if (message !== undefined) messages.push(message);
    }
  };
  for (const entry of entries) {
    if (run[0] !== undefined && run[0].part !== entry.part) await readRun();
    run.push(entry);
  }
  await readRun();
  return messages;
}

/** One message, of which only this is known. Undefined when something else stands there. */
export async function readMessageAt(
  kid: string,
  shelf: Shelf,
  place: Omit<Entry, 'part'> & { readonly name: string },
): Promise<ChatMessage | undefined> {
  const { name, offset, length } = place;
  return toMessage(kid, place, await shelf.readAt(name, offset, length));
}

function toMessage(
  kid: string,
  entry: Omit<Entry, 'part'>,
  bytes: Buffer,
): ChatMessage | undefined {
  let line: HistoryLine | undefined;
  try {
    line = readHistoryLine(JSON.parse(bytes.toString('utf8')));
  } catch {
    return undefined;
  }
  if (line === undefined || (line.t !== 'out' && line.t !== 'in')) return undefined;
  if (line.id !== entry.id || (line.t === 'out') !== entry.own) return undefined;
  const { id, at, body } = line;
  const from = entry.own ? 'self' : 'agent';
  return { messageId: id, kid, from, at, body, state: entry.state };
}

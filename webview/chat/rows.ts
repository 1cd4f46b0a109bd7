import type { PageMessage } from '../../src/bridge/chatPage';
import { keyOf } from './conversation';

/** What stands below one another in the thread. */
export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly at: Date }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly message: PageMessage;
      /** The first of a group says who speaks, and when. */
      readonly startsGroup: boolean;
      /** The last of a group, and of all own ones with this state, shows how far they got. */
      readonly endsGroup: boolean;
    };

export function rowsOf(messages: readonly PageMessage[]): readonly Row[] {
  const rows: Row[] = [];
  for (const [index, message] of messages.entries()) {
    const before = messages[index - 1];
    const after = messages[index + 1];
    const at = new Date(message.at);
    const key = keyOf(message);
    if (before === undefined || !isSameDay(before, message)) {
      // By its message, because clocks that are set back show a day twice.
      rows.push({ kind: 'day', key: `day:${key}`, at });
    }
    rows.push({
      kind: 'message',
      key,
      message,
      startsGroup: before === undefined || !isSameGroup(before, message),
      endsGroup: after === undefined || !isSameGroup(message, after),
    });
  }
  return rows;
}

/** Milliseconds between two messages of one side that still read as one. */
const GROUP_GAP = 5 * 60_000;

function isSameGroup(a: PageMessage, b: PageMessage): boolean {
  const gap = Date.parse(b.at) - Date.parse(a.at);
  return a.from === b.from && isSameDay(a, b) && Math.abs(gap) < GROUP_GAP;
}

function isSameDay(a: PageMessage, b: PageMessage): boolean {
  return new Date(a.at).toDateString() === new Date(b.at).toDateString();
}

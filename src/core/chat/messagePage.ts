import type { MessagePage, MessageQuery } from '../conversations';
import type { History } from './history';

/** Messages of one page. */
export const MAX_PAGE = 200;

/** What a query asks for. A message that is not kept any more has nothing before it. */
export async function pageOf(
  history: History,
  { limit, before, after, around }: MessageQuery,
): Promise<Omit<MessagePage, 'chat'>> {
  const { size } = history;
  const count = Math.min(Math.max(1, Math.floor(limit)), MAX_PAGE);
  let from = size - count;
  if (before !== undefined) {
    const at = history.indexOf(before) ?? 0;
    from = at - count;
    return cut(history, from, at);
  }
  if (after !== undefined) from = (history.indexOf(after) ?? size - count - 1) + 1;
  else if (around !== undefined) {
    const at = history.indexOf(around);
    // The one in the middle, and as many as fit where the ends are near.
    if (at !== undefined) from = Math.max(0, Math.min(at - Math.floor(count / 2), size - count));
  }
  return cut(history, from, Math.max(0, from) + count);
}

async function cut(history: History, from: number, to: number): Promise<Omit<MessagePage, 'chat'>> {
  const first = Math.max(0, from);
  const last = Math.min(history.size, to);
  return {
    messages: await history.slice(first, last),
    older: first > 0 && history.size > 0,
    newer: last < history.size,
  };
}

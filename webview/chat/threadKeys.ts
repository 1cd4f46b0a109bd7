import type { Row } from './rows';

/** Messages that a page key goes over. */
const PAGE_STEP = 8;

/** The row that a key leads to from this one, as in every feed; days are passed over. */
export function stepOf(rows: readonly Row[], from: number, key: string): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return nextMessage(rows, from, 1, 1);
    case 'ArrowUp':
      return nextMessage(rows, from, -1, 1);
    case 'PageDown':
      return nextMessage(rows, from, 1, PAGE_STEP);
    case 'PageUp':
      return nextMessage(rows, from, -1, PAGE_STEP);
    case 'Home':
      return nextMessage(rows, -1, 1, 1);
    case 'End':
      return nextMessage(rows, rows.length, -1, 1);
    default:
      return undefined;
  }
}

/** As far as there are messages that way; nothing when there is none. */
function nextMessage(
  rows: readonly Row[],
  from: number,
  step: 1 | -1,
  count: number,
): number | undefined {
  let found: number | undefined;
  let left = count;
  for (let index = from + step; left > 0 && rows[index] !== undefined; index += step) {
    if (rows[index]?.kind !== 'message') continue;
    found = index;
    left -= 1;
  }
  return found;
}

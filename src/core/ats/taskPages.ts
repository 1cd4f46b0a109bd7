import { errors } from '../errors';
import { formatServiceTime, parseServiceTime } from './serviceTime';
import type { AtsClient, Task, TaskQuery } from './types';

/** Tasks per request: one round trip in the usual case, a modest answer in the worst. */
export const PAGE_SIZE = 100;

/** A shorter page is the last one. Below what any service would cut pages to on its own. */
const SURELY_LAST = 20;

/** A list this long is not a list of open offers: the service does not stop. */
const MAX_PAGES = 1000;

/**
 * All tasks that a query finds, oldest change first, in pages.
 *
 * The next page is asked for by the last `updated_at` rather than by an offset, because a task that
 * changes while we read moves to the end, and with offsets the one that takes its place would be
 * skipped. Only where a whole page shares one `updated_at` (one statement can change many tasks) an
 * offset is used, in half pages, so that some may move away without harm.
 */
export async function* taskPages(
  client: AtsClient,
  query: TaskQuery,
  after: number | undefined,
  pageSize: number,
  signal: AbortSignal,
): AsyncGenerator<readonly Task[], void, undefined> {
  let from = after ?? Number.NEGATIVE_INFINITY;
  let offset = 0;
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const page = await client.listTasks(
      {
        ...query,
        ...(Number.isFinite(from) ? { updatedAfter: formatServiceTime(from) } : {}),
        sortBy: 'updated_at',
        sortDir: 'asc',
        limit: pageSize,
        ...(offset === 0 ? {} : { offset }),
      },
      signal,
    );
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < Math.min(SURELY_LAST, pageSize)) return;
    // One microsecond earlier, so that others with the same time are found again, not passed over.
    const next = (parseServiceTime(last.updatedAt) ?? 0) - 1;
    if (next > from) {
      from = next;
      offset = 0;
    } else {
      offset += Math.max(1, Math.floor(page.length / 2));
    }
  }
  throw errors.atsBadAnswer(client.url, 'its list of tasks does not end');
}

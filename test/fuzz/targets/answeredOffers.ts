import { AnsweredOffers } from '../../../src/core/identity/answeredOffers';
import { memoryHome } from '../../../src/core/home/memoryHome';
import { demand, demandEqual, jsonSeeds, parseJson } from '../properties';
import type { FuzzTarget } from '../target';

const kid = 'ab'.repeat(32);
const id = 'cd'.repeat(16);
const now = Date.parse('2026-03-01T12:00:00.000Z');
const until = '2026-03-02T12:00:00.000Z';

/** Of a record from disk the good lines are kept, and no others; what is added outlives a restart. */
export const target: FuzzTarget = {
  covers: ['src/core/identity/answeredOffers.ts'],
  kind: 'json',
  dictionary: ['answered', 'kid', 'id', 'until', 'decision', 'reason', 'receipt', 'received'],
  seeds: () =>
    jsonSeeds(
      { version: 1, answered: [{ kid, id, until, decision: 'declined', reason: 'no' }] },
      {
        answered: [
          { kid, id, until, decision: 'received', receipt: 'ee' },
          { kid, id: 'ef'.repeat(16), until: '2026-03-01T11:50:00Z', decision: 'failed' },
          null,
        ],
      },
    ),
  async fuzz(input) {
    const record = parseJson(input);
    if (record === undefined) return false;
    const home = memoryHome();
    await home.write('settings', 'answered-offers', record.value);
    const offers = await AnsweredOffers.open(home, () => now);
    let found = 0;
    for (const line of linesOf(record.value)) {
      const kept = offers.find(String(line.kid), String(line.id));
      if (kept === undefined) continue;
      found++;
      demand(
        /^[0-9a-f]{64}$/.test(kept.kid) && /^[0-9a-f]{32}$/.test(kept.id),
        'an id that is none',
      );
      demand(Date.parse(kept.until) + 10 * 60 * 1000 >= now, 'an answer that is kept for ever');
      demand(
        ['declined', 'received', 'failed', 'withdrawn'].includes(kept.decision),
        'a decision that is none',
      );
    }
    await offers.remember({ kid, id, until, decision: 'withdrawn' });
    const again = await AnsweredOffers.open(home, () => now);
    demandEqual(
      again.find(kid, id),
      { kid, id, until, decision: 'withdrawn' },
      'an answer is lost',
    );
    for (const line of linesOf(record.value)) {
      const [one, other] = [offers, again].map((each) =>
        each.find(String(line.kid), String(line.id)),
      );
      demandEqual(one, other, 'written and read again it is another');
    }
    return found > 0;
  },
};

function linesOf(record: unknown): readonly { kid?: unknown; id?: unknown }[] {
  const list = (record as { answered?: unknown } | null)?.answered;
  if (!Array.isArray(list)) return [];
  return (list as unknown[])
    .filter((line) => typeof line === 'object' && line !== null)
    .filter((line) => ['string', 'number'].includes(typeof (line as { kid?: unknown }).kid))
    .filter((line) => ['string', 'number'].includes(typeof (line as { id?: unknown }).id));
}

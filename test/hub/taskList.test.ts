import assert from 'node:assert/strict';
import type { TaskRow } from '../../src/hub/tasks/taskRow';
import { ask, newTask, onBothDatabases, type Answer } from './support';

describe('lists of tasks', () => {
  onBothDatabases((hub) => {
    const list = async (query: string): Promise<readonly TaskRow[]> => {
      const answer: Answer = await ask(hub, 'GET', `/tasks?${query}`);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      return answer.body.tasks;
    };
    const titles = async (query: string): Promise<string[]> =>
      (await list(query)).map(({ title }) => title).sort();

    before(async () => {
      await newTask(hub, { title: 'one', channel: 'c1', type: 't1', priority: 1 });
      await newTask(hub, {
        title: 'two',
        channel: 'c1',
        type: 't2',
        priority: 5,
        description: '100% of_it',
      });
      const three = await newTask(hub, { title: 'three', channel: 'c2', type: 't1', priority: 10 });
      await ask(hub, 'POST', `/tasks/${String(three)}/claim`, {}, 'holder');
    });

    for (const [query, expected] of [
      ['channel=c1', ['one', 'two']],
      ['channel=c1&type=t1', ['one']],
      ['status=pending', ['one', 'two']],
      ['status=in_progress', ['three']],
      ['assignee_id=holder', ['three']],
      ['project_id=1', ['one', 'three', 'two']],
      ['project_id=main', ['one', 'three', 'two']],
      ['project_id=other', []],
      ['priority=5', ['two']],
      ['min_priority=5', ['three', 'two']],
      ['min_priority=2&max_priority=9', ['two']],
      ['search=ON', ['one']],
      ['search=100%25', ['two']],
      ['search=of_it', ['two']],
      ['search=o%25e', []],
      ['search=%5C', []],
      ['created_after=2000-01-01', ['one', 'three', 'two']],
      ['created_after=2999-01-01T00:00:00Z', []],
      ['updated_after=2999-01-01T00:00:00+02:00', []],
      ['unheard_of=1', ['one', 'three', 'two']],
    ] as const) {
      it(`${query} finds ${expected.join(', ') || 'nothing'}`, async () => {
        assert.deepEqual(await titles(query), expected);
      });
    }

    it('sorts both ways and pages without gaps', async () => {
      const ordered = async (query: string): Promise<string[]> =>
        (await list(query)).map(({ title }) => title);
      assert.deepEqual(await ordered('sort_by=priority&sort_dir=asc'), ['one', 'two', 'three']);
      assert.deepEqual(await ordered('sort_by=title&sort_dir=desc'), ['two', 'three', 'one']);
      assert.deepEqual(await ordered(''), ['three', 'two', 'one'], 'newest first by default');
      assert.deepEqual(await ordered('sort_by=created_at&sort_dir=asc&limit=2'), ['one', 'two']);
      assert.deepEqual(await ordered('sort_by=created_at&sort_dir=asc&limit=2&offset=2'), [
        'three',
      ]);
      assert.equal((await ask(hub, 'GET', '/tasks?limit=1')).body.count, 3);
    });

    it('tells each change once to who asks for what changed after the last one seen', async () => {
      const seen = new Map<number, number>();
      let last = (await list('sort_by=updated_at&sort_dir=desc&limit=1'))[0]?.updated_at ?? '';
      const writing = { now: true };
      const write = Promise.all(
        Array.from({ length: 4 }, async () => {
          for (let i = 0; i < 8; i++) await newTask(hub, { title: 'concurrent', channel: 'many' });
        }),
      ).then(() => {
        writing.now = false;
      });
      const catchUp = async (): Promise<void> => {
        // A small page, so that a page ends between tasks of almost the same time.
        const query = `channel=many&sort_by=updated_at&sort_dir=asc&limit=3`;
        const page = await list(`${query}&updated_after=${encodeURIComponent(last)}`);
        for (const { id, updated_at } of page) {
          seen.set(id, (seen.get(id) ?? 0) + 1);
          assert.ok(updated_at > last, 'updated_at only grows');
          last = updated_at;
        }
        if (page.length > 0) await catchUp();
      };
      while (writing.now) await catchUp();
      await write;
      await catchUp();
      assert.equal(seen.size, 32);
      assert.deepEqual([...new Set(seen.values())], [1]);
    });
  });
});

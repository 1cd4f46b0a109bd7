import assert from 'node:assert/strict';
import { ask, newTask, onBothDatabases } from './support';

const ACTIONS = ['claim', 'complete', 'cancel', 'fail', 'reject', 'reopen'] as const;

/** Written out a second time on purpose: what the service's description says, not what we coded. */
const ALLOWED: Readonly<Record<string, Readonly<Partial<Record<string, string>>>>> = {
  pending: { claim: 'in_progress', reject: 'rejected', cancel: 'cancelled' },
  in_progress: { complete: 'completed', cancel: 'cancelled', fail: 'failed' },
  completed: { reopen: 'pending' },
  cancelled: { reopen: 'pending' },
  failed: { reopen: 'pending' },
  rejected: { reopen: 'pending' },
};

const WAY_THERE: Readonly<Record<string, readonly string[]>> = {
  pending: [],
  in_progress: ['claim'],
  completed: ['claim', 'complete'],
  cancelled: ['cancel'],
  failed: ['claim', 'fail'],
  rejected: ['reject'],
};

describe('every action in every status', () => {
  onBothDatabases((hub) => {
    for (const [status, allowed] of Object.entries(ALLOWED)) {
      for (const action of ACTIONS) {
        const to = allowed[action];
        it(`${action} of a task that is ${status} ${to === undefined ? 'is refused' : `makes it ${to}`}`, async () => {
          const id = await newTask(hub);
          for (const step of WAY_THERE[status] ?? []) {
            assert.equal((await ask(hub, 'POST', `/tasks/${String(id)}/${step}`)).status, 200);
          }
          const before = (await ask(hub, 'GET', `/tasks/${String(id)}`)).body.task;
          assert.equal(before.status, status);
          const answer = await ask(
            hub,
            'POST',
            `/tasks/${String(id)}/${action}`,
            {},
            'somebody-else',
          );
          const after = (await ask(hub, 'GET', `/tasks/${String(id)}`)).body.task;
          if (to === undefined) {
            assert.equal(answer.status, 409);
            assert.ok(answer.body.error.includes(status), answer.body.error);
            assert.deepEqual(after, before, 'a refusal changes nothing');
          } else {
            assert.equal(answer.status, 200);
            assert.equal(answer.body.task.status, to);
            assert.equal(after.status, to);
            assert.ok(after.updated_at > before.updated_at);
          }
        });
      }
    }

    it('says "already in_progress" to who claims what somebody holds', async () => {
      const id = await newTask(hub);
      await ask(hub, 'POST', `/tasks/${String(id)}/claim`, {}, 'a');
      const { status, body } = await ask(hub, 'POST', `/tasks/${String(id)}/claim`, {}, 'b');
      assert.equal(status, 409);
      assert.match(body.error, /already in_progress/);
    });

    it('lets exactly one of twenty claim', async () => {
      const id = await newTask(hub);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          ask(hub, 'POST', `/tasks/${String(id)}/claim`, {}, `agent-${String(i)}`),
        ),
      );
      const winners = answers.filter(({ status }) => status === 200);
      assert.equal(winners.length, 1);
      assert.equal(answers.filter(({ status }) => status === 409).length, 19);
      const { task } = (await ask(hub, 'GET', `/tasks/${String(id)}`)).body;
      assert.equal(task.assignee_id, winners[0]?.body.task.assignee_id);
    });

    it('extends the lease of the holder who claims again', async () => {
      const id = await newTask(hub);
      const claim = (): ReturnType<typeof ask> =>
        ask(hub, 'POST', `/tasks/${String(id)}/claim`, { lease_duration: 60_000 }, 'a');
      const first = await claim();
      const second = await claim();
      assert.equal(second.status, 200);
      assert.ok((second.body.task.lease_expires ?? '') > (first.body.task.lease_expires ?? '~'));
    });
  });
});

describe('a hub whose holders may not renew', () => {
  onBothDatabases(
    (hub) => {
      it('refuses the holder as "already in_progress" and leaves the lease alone', async () => {
        const id = await newTask(hub);
        const claimed = await ask(hub, 'POST', `/tasks/${String(id)}/claim`, {}, 'a');
        const { status, body } = await ask(hub, 'POST', `/tasks/${String(id)}/claim`, {}, 'a');
        assert.equal(status, 409);
        assert.match(body.error, /already in_progress/);
        const { task } = (await ask(hub, 'GET', `/tasks/${String(id)}`)).body;
        assert.equal(task.lease_expires, claimed.body.task.lease_expires);
      });
    },
    { holderMayRenew: false },
  );
});

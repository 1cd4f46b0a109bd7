import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { createAtsClient } from '../../src/core/ats/client';
import { NO_LINK } from '../support/talking';
import { acquaint } from './acquaint';
import { KillableAgent } from './killableAgent';
import { KillableTalker } from './killableTalker';
import { withPrograms } from './programs';

/** Of each side, before, during and after. */
const LINES = 20;
/** Milliseconds that the hub stays away once both sides have noticed. */
const AWAY_MS = Number(process.env['AWAY_MS'] ?? 5000);
const TASK_MS = 40_000;

/** If this fails, a hub that is restarted costs words, or its tasks say for ever that we talk. */
describe('a conversation over the task service alone', function () {
  this.timeout(180_000);
  const programs = withPrograms();

  const couple = async (): Promise<[KillableTalker, KillableTalker]> => {
    const agents = ['alice', 'bob'].map((id) => new KillableAgent(programs, id, { ...NO_LINK }));
    const [one, other] = agents as [KillableAgent, KillableAgent];
    await acquaint(one, other, programs.hub.url);
    const talkers: [KillableTalker, KillableTalker] = [
      new KillableTalker(one),
      new KillableTalker(other),
    ];
    await Promise.all(talkers.map((talker) => talker.start()));
    return talkers;
  };

  it('waits for a hub that is away, and is whole when it is back', async () => {
    const [alice, bob] = await couple();
    const both = [alice, bob];
    await Promise.all(both.map((one) => one.say(LINES)));
    await alice.delivered();
    await programs.hub.stop();
    try {
      await Promise.all(both.map((one) => one.say(LINES)));
      for (const { agent } of both) {
        await agent.until('that the hub is away', () => {
          const told = agent.member.events.findLast(({ type }) => type === 'service');
          return told?.type === 'service' && told.service.kind !== 'online';
        });
      }
      await delay(AWAY_MS);
    } finally {
      await programs.hub.start();
    }
    await Promise.all(both.map((one) => one.say(LINES)));
    await Promise.all(both.map((one) => one.delivered()));
    await Promise.all([alice.assertHeardBy(bob), bob.assertHeardBy(alice)]);
  });

  it('leaves no task under way of a session that died with an engine', async () => {
    const [alice, bob] = await couple();
    await Promise.all([alice.say(LINES), bob.say(LINES)]);
    await Promise.all([alice.delivered(), bob.delivered()]);
    // Which of the two claimed the task is theirs to know.
    await Promise.all([alice.kill(), bob.kill()]);
    await Promise.all([alice.start(), bob.start()]);
    await alice.say(1);
    await alice.delivered();
    const client = createAtsClient({
      url: programs.hub.url,
      actor: { type: 'system', id: 'eye', name: 'eye' },
    });
    const end = performance.now() + TASK_MS;
    for (;;) {
      const tasks = await client.listTasks({ type: 'p2p_session', limit: 200 });
      const open = tasks.filter(({ status }) => status === 'pending' || status === 'in_progress');
      if (open.length <= 1) return;
      assert.ok(
        performance.now() < end,
        JSON.stringify(
          open.map(({ id, status, sourceId, createdAt }) => [id, status, sourceId, createdAt]),
        ),
      );
      await delay(200);
    }
  });
});

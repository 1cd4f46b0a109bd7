import assert from 'node:assert/strict';
import { textsOf, withTalkers } from '../cli/withTalkers';
import { withCli } from '../support/runCli';
import { withHub } from '../support/withHub';
import type { KillableAgent } from './killableAgent';
import { KillableTalker } from './killableTalker';
import { withPrograms } from './programs';
import { Scene } from './scene';

/** Of each side, before, during and after the sleep. */
const LINES = 40;

/** If this fails, closing a laptop costs words, or the conversation does not come back by itself. */
describe('a conversation with a machine that sleeps', function () {
  this.timeout(150_000);

  describe('between engines', () => {
    const programs = withPrograms();

    it('is whole afterwards: what was said meanwhile is there once and in order', async () => {
      const scene = await Scene.open(programs);
      const [awake, asleep] = [
        new KillableTalker(scene.sender),
        new KillableTalker(scene.receiver),
      ];
      await Promise.all([awake.began(), asleep.began()]);
      await Promise.all([awake.say(LINES), asleep.say(LINES)]);
      const { member } = asleep.agent;
      // In the middle of what is said, some of it being confirmed.
      member.sleep();
      try {
        await awake.say(LINES);
        await awake.agent.until('that the other side is away', () => isAlone(awake.agent));
      } finally {
        member.wake();
      }
      await Promise.all([awake.say(LINES), asleep.say(LINES)]);
      await Promise.all([awake.delivered(), asleep.delivered()]);
      await Promise.all([awake.assertHeardBy(asleep), asleep.assertHeardBy(awake)]);
    });
  });

  describe('between terminals', () => {
    const hub = withHub();
    const cli = withCli();
    const { pair, chat, line } = withTalkers(hub, cli);

    it('goes on with the programs that were there: every line once and in order', async () => {
      await pair();
      const [alice, bob] = [chat('alice', 'bob'), chat('bob', 'alice')];
      await Promise.all(
        [alice, bob].map((one) => one.line('connected', ({ over }) => over === 'peer')),
      );
      const said = Array.from({ length: 3 * LINES }, (_, number) => `line ${String(number)}`);
      const part = (number: number) =>
        said.slice(number * LINES, (number + 1) * LINES).map((text) => line(text));
      alice.say(...part(0));
      bob.say(...part(0));
      bob.kill('SIGSTOP');
      try {
        alice.say(...part(1));
        bob.say(...part(1));
        // Its words are for the task service, or wait for who is away; they are not direct any more.
        await alice.until(
          () => alice.lines.findLast(({ event }) => isWay(event))?.['path'] !== 'direct',
          'another way than before',
        );
      } finally {
        bob.kill('SIGCONT');
      }
      alice.say(...part(2));
      bob.say(...part(2));
      for (const one of [alice, bob]) {
        await one.until(() => textsOf(one).length >= said.length, 'all lines');
        assert.deepEqual(textsOf(one), said);
      }
      await Promise.all(
        [alice, bob].map((one) =>
          one.until(
            () => one.lines.findLast(({ event }) => isWay(event))?.['path'] === 'direct',
            'a direct way again',
          ),
        ),
      );
    });
  });
});

function isWay(event: string): boolean {
  return event === 'connected' || event === 'offline';
}

function isAlone({ member }: KillableAgent): boolean {
  const told = member.events.findLast((event) => event.type === 'agents');
  return (
    told?.type === 'agents' && told.agents.every(({ presence }) => presence.kind === 'offline')
  );
}

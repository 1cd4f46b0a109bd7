import { setTimeout as delay } from 'node:timers/promises';
import { NO_LINK } from '../support/talking';
import { acquaint } from './acquaint';
import { KillableAgent } from './killableAgent';
import { KillableTalker } from './killableTalker';
import { withPrograms } from './programs';
import { withRandomness } from './randomness';
import { Scene } from './scene';

/** If this fails, a crash loses a message, says it twice, or turns two around. */
describe('a conversation whose engines are killed', function () {
  this.timeout(150_000);
  const programs = withPrograms();
  const random = withRandomness();

  /** Both sides talk all the time, and now and then one or both die in the middle of it. */
  const talkWithKills = async (
    [alice, bob]: readonly [KillableTalker, KillableTalker],
    { lines, kills }: { readonly lines: number; readonly kills: number },
  ): Promise<void> => {
    const portion = Math.floor(lines / (kills + 1));
    for (let kill = 1; kill <= kills; kill++) {
      const victims = random.shuffled([[alice], [bob], [alice, bob]])[0] ?? [];
      const [first] = victims as [KillableTalker];
      const from = first.taken + Math.floor(random.between(1, portion));
      const said = Promise.all([alice.say(portion), bob.say(portion)]);
      // Some are being queued, some travel, and some are being confirmed.
      await until(() => first.taken >= from);
      await delay(random.between(0, 80));
      await Promise.all(victims.map((victim) => victim.kill()));
      await Promise.all(victims.map((victim) => victim.start()));
      await said;
    }
    await Promise.all([alice, bob].map((one) => one.say(lines - one.lines.length)));
    await Promise.all([alice.delivered(), bob.delivered()]);
    await Promise.all([alice.assertHeardBy(bob), bob.assertHeardBy(alice)]);
  };

  it('has every message once and in order, wherever either side is killed', async () => {
    const scene = await Scene.open(programs);
    const talkers = [new KillableTalker(scene.sender), new KillableTalker(scene.receiver)] as const;
    await Promise.all(talkers.map((talker) => talker.began()));
    await talkWithKills(talkers, { lines: 250, kills: 8 });
  });

  it('has them so over the task service alone, with the hub killed as well', async () => {
    const more = { ...NO_LINK };
    const agents = ['alice', 'bob'].map((id) => new KillableAgent(programs, id, more));
    const [one, other] = agents as [KillableAgent, KillableAgent];
    await acquaint(one, other, programs.hub.url);
    const talkers = [new KillableTalker(one), new KillableTalker(other)] as const;
    await Promise.all(talkers.map((talker) => talker.start()));
    let hubIsBack: Promise<void> | undefined;
    const hubDies = setTimeout(
      () => {
        hubIsBack = programs.hub.restart();
      },
      random.between(500, 4000),
    );
    try {
      await talkWithKills(talkers, { lines: 60, kills: 2 });
    } finally {
      clearTimeout(hubDies);
      await hubIsBack;
    }
  });
});

async function until(is: () => boolean): Promise<void> {
  while (!is()) await delay(1);
}

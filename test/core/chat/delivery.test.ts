import assert from 'node:assert/strict';
import { seeded } from '../transfer/transferFixture';
import { type Side, withSides } from './chatFixture';
import { LanePair } from './lanePair';

describe('messages over lanes that break', function () {
  this.timeout(60_000);
  const sides = withSides();

  for (const keep of [true, false]) {
    it(`arrive once each and in order, whatever is cut and restarted${keep ? '' : ', not kept'}`, async () => {
      for (let seed = 1; seed <= 6; seed++) {
        const fraction = seeded(seed);
        const random = (bound: number): number => Math.floor(fraction() * bound);
        const script: string[] = [];
        const options = { keepMessages: () => keep };
        const bob = await sides.start(`bob-${seed}-${String(keep)}`, 'alice', options);
        const alice = await sides.start(`alice-${seed}-${String(keep)}`, 'bob', options);
        const both: [Side, Side] = [alice, bob];
        // What each side was shown of the other, over all its restarts.
        const shown = new Map<Side, string[]>(both.map((side) => [side, []]));
        const collect = (side: Side): void => {
          for (const event of side.events.splice(0)) {
            if (event.type !== 'message' || event.message.state !== 'received') continue;
            const { body } = event.message;
            if (body.kind === 'text') shown.get(side)?.push(body.text);
          }
        };
        let pair: LanePair | undefined;
        const said = new Map<Side, string[]>(both.map((side) => [side, []]));
        for (let step = 0; step < 60; step++) {
          const side = both[random(2)] ?? alice;
          const what = random(10);
          script.push(`${side === alice ? 'alice' : 'bob'} ${what}`);
          if (what < 6) {
            const text = `${step}`;
            said.get(side)?.push(text);
            await side.say(text);
          } else if (what === 6) pair?.break();
          else if (what === 7) {
            pair?.break();
            collect(side);
            await side.restart();
          } else if (pair?.isUp !== true) {
            pair = new LanePair(both, () => random(12) !== 0).open();
          }
        }
        pair?.break();
        new LanePair(both).open();
        const hint = `seed ${seed}: ${script.join(', ')}`;
        for (const side of both) {
          await side.until(async () => (await side.chat()).waiting === 0);
        }
        for (const [index, side] of both.entries()) {
          const other = both[1 - index] ?? bob;
          collect(side);
          assert.deepEqual(shown.get(side), said.get(other), hint);
          if (!keep) continue;
          const all = await side.all();
          const texts = (from: string) =>
            all.flatMap(({ from: whose, body }) =>
              whose === from && body.kind === 'text' ? [body.text] : [],
            );
          assert.deepEqual(texts('agent'), said.get(other), hint);
          assert.deepEqual(texts('self'), said.get(side), hint);
          const states = all.filter(({ from }) => from === 'self').map(({ state }) => state);
          assert.ok(
            states.every((state) => state === 'delivered'),
            hint,
          );
          assert.equal((await side.chat()).unread, said.get(other)?.length, hint);
        }
      }
    });
  }
});

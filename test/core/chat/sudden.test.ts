import assert from 'node:assert/strict';
import { openFileHome } from '../../../src/core/home/fileHome';
import { SuddenEnd } from '../receivefs/tree/sudden';
import { HandLane, newId, type Side, withSides } from './chatFixture';

/** What a process told before it was killed, at whichever of its writes. */
interface Told {
  /** Own messages that were queued, in order, and which of them it knew to be delivered. */
  readonly queued: string[];
  readonly delivered: string[];
  /** Theirs that were confirmed. */
  confirmed: readonly string[];
}

describe('an engine that is killed', function () {
  this.timeout(100_000);
  const sides = withSides();

  for (const keep of [true, false]) {
    it(`after any of its writes loses nothing that it told${keep ? '' : ', keeping nothing'}`, async () => {
      const theirs = Array.from({ length: 6 }, newId);
      const mine = Array.from({ length: 4 }, newId);
      /** One life: messages both ways, receipts, reading, clearing what was said at the end. */
      const live = async (side: Side, told: Told): Promise<void> => {
        const { kid } = side;
        const lane = new HandLane(kid, side).open();
        lane.onSend = () => {
          told.confirmed = lane.delivered();
        };
        const hear = async (from: number, to: number): Promise<void> => {
          for (const id of theirs.slice(from, to)) lane.hearText(id, id);
          await side.book.messages({ kid, limit: 1 });
        };
        const say = async (id: string): Promise<void> => {
          await side.say(id, id);
          told.queued.push(id);
        };
        for (const id of mine.slice(0, 2)) await say(id);
        await hear(0, 3);
        lane.hear({ t: 'delivered', ids: mine.slice(0, 1) });
        told.delivered.push(...mine.slice(0, 1));
        for (const id of mine.slice(2)) await say(id);
        await side.book.markRead({ kid, messageId: theirs[1] ?? '' }).catch(() => undefined);
        lane.hear({ t: 'read', id: mine[0] ?? '' });
        await hear(3, 6);
        lane.hear({ t: 'delivered', ids: mine.slice(1, 3) });
        told.delivered.push(...mine.slice(1, 3));
        await side.book.messages({ kid, limit: 1 });
      };
      const run = async (name: string, after: number): Promise<number> => {
        const home = await openFileHome(sides.path(name));
        const options = { home, keepMessages: () => keep };
        const told: Told = { queued: [], delivered: [], confirmed: [] };
        const dying = await sides.start(name, 'bob', options);
        const end = await SuddenEnd.begin(after);
        try {
          await live(dying, told);
        } catch (thrown) {
          if (!end.isOver) throw thrown;
        }
        await dying.book.stop();
        end.stop();
        if (end.isOver)
          await check(await sides.start(name, 'bob', options), told, `after ${after}`);
        return end.calls;
      };
      const check = async (side: Side, told: Told, hint: string): Promise<void> => {
        const lane = new HandLane(side.kid, side).open();
        const all = await side.all();
        const ids = (whose: string) =>
          all.filter(({ from }) => from === whose).map(({ messageId }) => messageId);
        // Queued before it was killed: told again, unless it was known to be there already.
        const again = new Set(lane.texts());
        for (const id of told.queued) {
          assert.ok(again.has(id) || told.delivered.includes(id), `${hint}: ${id} is lost`);
          if (keep || again.has(id))
            assert.ok(ids('self').includes(id), `${hint}: ${id} is not shown`);
        }
        const inOrder = mine.filter((id) => again.has(id));
        assert.deepEqual([...again], inOrder, hint);
        // Confirmed before it was killed: there, once, and known when it comes again.
        if (keep) {
          for (const id of told.confirmed) assert.ok(ids('agent').includes(id), `${hint}: ${id}`);
          assert.deepEqual(
            ids('agent'),
            theirs.filter((id) => ids('agent').includes(id)),
            hint,
          );
        }
        // What is shown as waiting is what is told, and nothing else.
        for (const { from, state, messageId } of all) {
          if (from !== 'self') continue;
          assert.equal(state === 'sent' || state === 'waiting', again.has(messageId), hint);
        }
        side.events.length = 0;
        for (const id of theirs) lane.hearText(id, id);
        await side.until(() => lane.delivered().length === theirs.length);
        const shown = side.events.flatMap((event) =>
          event.type === 'message' && event.message.state === 'received'
            ? [event.message.messageId]
            : [],
        );
        assert.deepEqual(
          shown.filter((id) => told.confirmed.includes(id)),
          [],
          hint,
        );
        if (keep)
          assert.deepEqual(
            (await side.all())
              .filter(({ from }) => from === 'agent')
              .map(({ messageId }) => messageId),
            theirs,
            hint,
          );
        // Whatever of them was kept only as words is still known without these.
        await side.book.clearMessages({ kid: side.kid });
        for (const id of theirs) lane.hearText(id, id);
        await side.until(() => lane.delivered().length === 2 * theirs.length);
        assert.deepEqual(await side.all(), [], hint);
      };
      const calls = await run('whole', Number.MAX_SAFE_INTEGER);
      assert.ok(calls > 30, `only ${calls} writes`);
      for (let after = 0; after < calls; after++) await run(`after-${after}`, after);
    });
  }
});

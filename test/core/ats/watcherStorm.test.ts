import assert from 'node:assert/strict';
import { ScriptedAts } from './support/scriptedAts';
import type { WireTask } from './support/scriptedAts';
import { seeded, withWatching } from './support/watching';
import type { Watching } from './support/watching';

const SEEDS = Array.from(
  { length: Number(process.env['BEELINE_STORM_SEEDS'] ?? 12) },
  (_, index) => index + 1,
);
const STEPS = 150;
/** The statuses a task may pass through here, with the events that say so. */
const moves = [
  ['in_progress', 'task.claimed'],
  ['pending', 'task.lease_expired'],
  ['completed', 'task.completed'],
  ['cancelled', 'task.cancelled'],
] as const;

/**
 * Whatever happens to the connection, in the end every task is told in its last state, no state is
 * told twice, and no task is ever turned back.
 */
describe('core/ats watcher in a storm', () => {
  for (const seed of SEEDS) {
    it(`loses nothing and doubles nothing while the service comes and goes (seed ${String(seed)})`, async function () {
      this.timeout(60_000);
      const random = seeded(seed);
      const ats = new ScriptedAts();
      ats.pageCap = 25;
      await ats.start();
      const script: string[] = [];
      try {
        await withWatching(
          ats.url,
          async (watching) => {
            // What ended before the beginning is not told, so the storm begins after it.
            await watching.online();
            for (let step = 0; step < STEPS; step += 1) {
              script.push(await disturb(ats, watching, random));
              for (let turns = random() * 20; turns > 0; turns -= 1) {
                await new Promise((resolve) => setImmediate(resolve));
              }
            }
            if (!ats.running) await ats.start();
            ats.refuseUpgrade = undefined;
            const final = [...ats.tasks.values()];
            await watching.until(`all last states; script: ${script.join(', ')}`, () => {
              const told = new Set(watching.events.map(({ task }) => keyOf(task)));
              return final.every((task) =>
                told.has(keyOf({ ...task, updatedAt: task.updated_at })),
              );
            });
            await watching.online('socket');
            check(watching, script);
          },
          { pageSize: 30 },
        );
      } finally {
        await ats.stop();
      }
    });
  }
});

async function disturb(
  ats: ScriptedAts,
  watching: Watching,
  random: () => number,
): Promise<string> {
  const dice = random();
  const pick = <T>(items: readonly T[]): T | undefined =>
    items[Math.floor(random() * items.length)];
  // Most changes come in the same microsecond or a few later, some after a long quiet time.
  ats.tick = pick([0, 1, 1, 3, 1_000_000, 40_000_000]) ?? 1;
  if (dice < 0.35) return `create ${String(ats.create().id)}`;
  if (dice < 0.65) {
    const task = pick([...ats.tasks.values()]);
    const move = pick(moves);
    // Two different states of one task at one time are another test's business.
    ats.tick = Math.max(1, ats.tick);
    if (task === undefined || move === undefined) return 'nothing';
    const [status, event] = move;
    ats.change(task.id, status, event);
    return `${event} ${String(task.id)}`;
  }
  if (dice < 0.75) return message(ats, pick([...ats.tasks.values()]));
  if (dice < 0.8) {
    for (const socket of ats.sockets) socket.terminate();
    return 'cut sockets';
  }
  if (dice < 0.85) {
    ats.refuseUpgrade = ats.refuseUpgrade === undefined ? 403 : undefined;
    return `upgrades ${String(ats.refuseUpgrade ?? 'allowed')}`;
  }
  if (dice < 0.95) {
    const { running } = ats;
    await (running ? ats.stop() : ats.start());
    return running ? 'stop' : 'start';
  }
  if (ats.running) await watching.online();
  return 'quiet';
}

let nextMessage = 1;

function message(ats: ScriptedAts, task: WireTask | undefined): string {
  if (task === undefined) return 'nothing';
  const id = nextMessage++;
  ats.emit('task.message', task, { message: { id, parts: [], created_at: '' } });
  return `message ${String(id)}`;
}

interface Stamped {
  readonly id: number;
  readonly updatedAt: string;
  readonly status: string;
}

function keyOf({ id, updatedAt, status }: Stamped): string {
  return `${String(id)} ${updatedAt} ${status}`;
}

function check({ events }: Watching, script: readonly string[]): void {
  const states = new Set<string>();
  const messages = new Set<unknown>();
  const newest = new Map<number, string>();
  for (const { type, task, message: said } of events) {
    if (type === 'task.message') {
      assert.ok(!messages.has(said?.id), `message ${String(said?.id)} twice: ${script.join(', ')}`);
      messages.add(said?.id);
      continue;
    }
    const key = keyOf(task);
    assert.ok(!states.has(key), `${key} twice: ${script.join(', ')}`);
    states.add(key);
    const before = newest.get(task.id) ?? '';
    assert.ok(before <= task.updatedAt, `${key} after ${before}: ${script.join(', ')}`);
    newest.set(task.id, task.updatedAt);
  }
}

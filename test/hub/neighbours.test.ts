import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createSwarm } from '../../src/core/swarm/swarm';
import type { ByteChannel } from '../../src/core/transfer/byteChannel';
import { openPostgres } from '../../src/hub/database/postgresDatabase';
import { startHub, type Hub } from '../../src/hub/hub';
import { withEngines, type Agent } from '../support/withEngines';
import { withHub } from '../support/withHub';
import { withPostgres } from '../support/withPostgres';
import { ask, until } from './support';

/**
 * Milliseconds. A client that asks a dead node waits 6000 for each look; a meeting in a network
 * without dead nodes takes 30 here.
 */
const FAST_MS = 4000;

async function listOf(hub: { readonly url: string }): Promise<readonly string[]> {
  return (await ask(hub, 'GET', '/.well-known/beeline')).body.bootstrap;
}

async function listsOf(hub: { readonly url: string }, nodes: readonly string[]): Promise<void> {
  await until(
    () => listOf(hub),
    (list) => list.join() === [...nodes].sort().join(),
  );
}

async function sends(from: Agent, file: string, to: Agent): Promise<void> {
  const id = await from.send(file, to);
  await to.accept(id);
  const { path: saved } = await to.completed(id);
  assert.ok(saved !== undefined);
  assert.deepEqual(await readFile(saved), await readFile(file));
}

/** Two peers that know one list each, met on a topic of their own. */
async function meet(one: readonly string[], two: readonly string[]): Promise<Met> {
  const swarms = [await createSwarm(one), await createSwarm(two)];
  const topic = randomBytes(32);
  const channels: ByteChannel[] = [];
  const heard: string[] = [];
  const began = performance.now();
  await Promise.all(
    swarms.map(
      (swarm) =>
        new Promise<void>((resolve) => {
          const onChannel = (channel: ByteChannel): void => {
            channels.push(channel);
            void listen(channel, heard);
            resolve();
          };
          swarm.join({ topic, seed: randomBytes(32), onChannel });
        }),
    ),
  );
  return {
    ms: performance.now() - began,
    async areConnected() {
      const word = randomBytes(8).toString('hex');
      for (const channel of channels)
        await channel.write(Buffer.from(word))?.catch(() => undefined);
      // One from each side.
      await until(
        () => Promise.resolve(heard.join('').split(word).length - 1),
        (times) => times >= swarms.length,
      );
    },
    async end() {
      await Promise.all(swarms.map((swarm) => swarm.destroy()));
    },
  };
}

interface Met {
  readonly ms: number;
  /** Resolves when bytes went both ways. */
  areConnected(): Promise<void>;
  end(): Promise<void>;
}

async function listen(channel: ByteChannel, heard: string[]): Promise<void> {
  for (let bytes = await channel.read(); bytes !== null; bytes = await channel.read()) {
    heard.push(bytes.toString('utf8'));
  }
}

describe('agents of two hubs on one PostgreSQL', () => {
  const postgres = withPostgres();
  let databaseUrl = '';
  before(async () => {
    databaseUrl = await postgres.freshDatabase();
  });
  const one = withHub(() => Promise.resolve({ databaseUrl }));
  const two = withHub(() => Promise.resolve({ databaseUrl }));
  const atOne = withEngines(one);
  const atTwo = withEngines(two);

  it('hear the same list of nodes from both, which stays as it is', async () => {
    const both = [...one.bootstrap, ...two.bootstrap];
    for (const hub of [one, two, one, two]) await listsOf(hub, both);
  });

  it('send each other files, in both directions', async function () {
    this.timeout(30_000);
    const a = await atOne.start('agent-a');
    const b = await atTwo.start('agent-b');
    await sends(a, await atOne.file('there.bin', randomBytes(300_000)), b);
    await sends(b, await atTwo.file('back.bin', randomBytes(300_000)), a);
  });

  it('meet also when each knows only the node of its own hub', async () => {
    for (const [left, right] of [
      [one, two],
      [two, one],
    ] as const) {
      const met = await meet(left.bootstrap, right.bootstrap);
      await met.end();
      assert.ok(met.ms < FAST_MS, `it took ${String(met.ms)} ms`);
    }
  });

  it('go on when one hub stops, and when it comes back', async function () {
    this.timeout(60_000);
    const a = await atOne.start('agent-a');
    const c = await atOne.start('agent-c');
    await sends(a, await atOne.file('before.bin', randomBytes(100_000)), c);
    const across = await meet(one.bootstrap, two.bootstrap);
    const both = [...one.bootstrap, ...two.bootstrap];

    await two.stop();
    await listsOf(one, one.bootstrap);
    await across.areConnected();
    const began = performance.now();
    await sends(a, await atOne.file('without.bin', randomBytes(100_000)), c);
    const took = performance.now() - began;
    assert.ok(took < FAST_MS, `it took ${String(took)} ms`);

    await two.start();
    for (const hub of [one, two]) await listsOf(hub, both);
    await across.areConnected();
    await across.end();
    // New ones, because those from before may ask companions that came back on other ports.
    const d = await atOne.start('agent-d');
    const b = await atTwo.start('agent-b');
    await sends(d, await atOne.file('again.bin', randomBytes(100_000)), b);
  });
});

describe('a hub that is killed', () => {
  const postgres = withPostgres();

  it('is not told of any more, costs nobody time, and its row goes when it is stale', async function () {
    this.timeout(60_000);
    const databaseUrl = await postgres.freshDatabase();
    const hub = await startHub({ databaseUrl });
    const other = await childHub(databaseUrl);
    const database = await openPostgres(databaseUrl, () => undefined);
    const rows = async (): Promise<string[]> => {
      const found = await database.query<{ bootstrap: string }>('select bootstrap from hubs');
      return found.map((row) => row.bootstrap).sort();
    };
    const both = [...hub.bootstrap, other.bootstrap].sort();
    try {
      await listsOf(hub, both);
      assert.deepEqual(await rows(), both);
      const exit = once(other.child, 'exit');
      other.child.kill('SIGKILL');
      await exit;

      const began = performance.now();
      const list = await listOf(hub);
      assert.deepEqual(list, hub.bootstrap, 'also the first who asks hears of live nodes only');
      const met = await meet(list, list);
      await met.end();
      const took = performance.now() - began;
      assert.ok(took < FAST_MS, `list and meeting took ${String(took)} ms`);

      assert.deepEqual(await rows(), both, 'a short silence is no reason to be struck off');
      await database.query(
        `update hubs set seen_at = seen_at - interval '1 hour' where bootstrap = $1::text`,
        [other.bootstrap],
      );
      await until(rows, (left) => left.join() === hub.bootstrap.join());
      await hub.stop();
      assert.deepEqual(await rows(), [], 'and one that stops takes its row along');
    } finally {
      other.child.kill('SIGKILL');
      await hub.stop();
      await database.close();
    }
  });

  it('comes back on its own ports and is there once', async function () {
    this.timeout(60_000);
    const databaseUrl = await postgres.freshDatabase();
    const first = await childHub(databaseUrl);
    const exit = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await exit;
    const hub = await startHub({ databaseUrl, dhtPort: Number(first.bootstrap.split(':')[1]) });
    try {
      assert.deepEqual(await listOf(hub), [first.bootstrap]);
    } finally {
      await hub.stop();
    }
  });
});

describe('hubs of one database', () => {
  const postgres = withPostgres();

  it('find each other when they start at the same moment', async function () {
    this.timeout(60_000);
    const databaseUrl = await postgres.freshDatabase();
    const hubs: Hub[] = await Promise.all([0, 1, 2].map(() => startHub({ databaseUrl })));
    try {
      const all = hubs.flatMap(({ bootstrap }) => bootstrap);
      for (const hub of hubs) await listsOf(hub, all);
      const met = await meet(hubs[0]?.bootstrap ?? [], hubs[2]?.bootstrap ?? []);
      await met.end();
    } finally {
      await Promise.all(hubs.map((hub) => hub.stop()));
    }
  });

  it('tell clients from a network of no node on loopback', async function () {
    this.timeout(60_000);
    const isOutside = Object.values(os.networkInterfaces())
      .flat()
      .some((one) => one?.family === 'IPv4' && !one.internal);
    if (!isOutside) {
      this.test?.skip(); // Without a network interface every node is on loopback.
      return;
    }
    const databaseUrl = await postgres.freshDatabase();
    const inside = await startHub({ databaseUrl });
    const outside = await startHub({ databaseUrl, host: '0.0.0.0' });
    try {
      await Promise.all([listsOf(inside, inside.bootstrap), listsOf(outside, outside.bootstrap)]);
    } finally {
      await outside.stop();
      await inside.stop();
    }
  });
});

describe('a hub alone on an embedded database', () => {
  const log: string[] = [];
  const hub = withHub({ log: (line) => log.push(line), limits: { beatMs: 1 } });

  it('writes its row and takes it away without a complaint', async () => {
    assert.deepEqual(await listOf(hub), hub.bootstrap);
    await hub.stop();
    assert.deepEqual(log, []);
  });
});

async function childHub(
  databaseUrl: string,
): Promise<{ readonly child: ChildProcess; readonly bootstrap: string }> {
  const script = `require(process.argv.at(-2)).startHub({ databaseUrl: process.argv.at(-1) })
    .then((hub) => console.log(hub.bootstrap[0]))`;
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '-e', script, path.resolve('src/hub/hub.ts'), databaseUrl],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [bootstrap] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, bootstrap };
}

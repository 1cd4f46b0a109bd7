import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import DHT from 'hyperdht';
import Hyperswarm from 'hyperswarm';
import { BeelineError } from '../../src/core/errors';
import { bindAddress } from '../../src/hub/hostNames';
import { startBootstrapNode } from '../../src/hub/bootstrapNode';
import { startHub } from '../../src/hub/hub';
import { loadPart } from '../../src/hub/parts';
import { withHub } from '../support/withHub';
import { ask, Listener, newTask } from './support';

const isInvalid =
  (sentence: RegExp) =>
  (error: unknown): boolean =>
    error instanceof BeelineError &&
    error.code === 'CONFIG_INVALID' &&
    sentence.test(error.message);

describe('the only node of a closed network', () => {
  const hub = withHub();

  it('is named at /.well-known/beeline', async () => {
    const { status, body } = await ask(hub, 'GET', '/.well-known/beeline');
    assert.equal(status, 200);
    assert.equal(body.ats, '/');
    assert.deepEqual(body.bootstrap, hub.bootstrap);
    assert.match(body.bootstrap[0] ?? '', /^127\.0\.0\.1:\d+$/);
    assert.match(body.version, /^\d+\.\d+\.\d+/);
  });

  it('lets two agents find each other by a topic', async () => {
    const swarms = [0, 1].map(() => {
      const dht = new DHT({ bootstrap: hub.bootstrap, host: '127.0.0.1' });
      return { dht, swarm: new Hyperswarm({ dht, keyPair: DHT.keyPair() }) };
    });
    const [a, b] = swarms;
    assert.ok(a && b);
    try {
      const topic = Buffer.alloc(32, 7);
      const met = Promise.all([once(a.swarm, 'connection'), once(b.swarm, 'connection')]);
      for (const { swarm } of swarms) {
        swarm.on('connection', (connection) => connection.on('error', () => undefined));
      }
      await a.swarm.join(topic, { server: true, client: false }).flushed();
      b.swarm.join(topic, { server: false, client: true });
      await met;
    } finally {
      for (const { dht, swarm } of swarms) {
        await swarm.destroy();
        await dht.destroy();
      }
    }
  });
});

describe('the DHT node of a hub on all addresses', () => {
  it('is told by the name the client used, and on its own machine by its own address', async () => {
    const bind = await bindAddress('0.0.0.0');
    const node = await startBootstrapNode(bind, 0);
    try {
      const port = String(node.port);
      assert.equal(node.addressFor('hub.example'), `hub.example:${port}`);
      assert.equal(node.addressFor('192.0.2.7'), `192.0.2.7:${port}`);
      for (const own of ['127.0.0.1', 'localhost', '[::1]', undefined]) {
        assert.equal(node.addressFor(own), `${bind.dhtPublic}:${port}`);
      }
    } finally {
      await node.stop();
    }
  });
});

describe('a hub', () => {
  it('in memory begins empty, stops, and lets its ports be used again', async function () {
    this.timeout(60_000);
    const first = await startHub();
    const id = await newTask(first);
    assert.equal((await ask(first, 'GET', `/tasks/${String(id)}`)).status, 200);
    const listener = await Listener.open(first, {});
    const closed = listener.closed();
    await Promise.all([first.stop(), first.stop()]);
    assert.equal(await closed, 1001, 'sockets hear a goodbye');
    await assert.rejects(ask(first, 'GET', '/health'));
    const { port } = new URL(first.url);
    const dhtPort = Number(first.bootstrap[0]?.split(':')[1]);
    const second = await startHub({ port: Number(port), dhtPort });
    try {
      assert.equal(second.url, first.url);
      assert.deepEqual(second.bootstrap, first.bootstrap);
      assert.equal((await ask(second, 'GET', '/tasks')).body.count, 0);
    } finally {
      await second.stop();
    }
  });

  it('leaves nothing running, so that a process with a stopped hub ends', async function () {
    this.timeout(60_000);
    const script = `require(process.argv.at(-1)).startHub().then((hub) => hub.stop())`;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '-e', script, path.resolve('src/hub/hub.ts')],
      { stdio: 'inherit' },
    );
    const [code] = (await once(child, 'exit')) as [number | null];
    assert.equal(code, 0);
  });

  it('says which ports it cannot have, and takes nothing then', async function () {
    this.timeout(60_000);
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    await assert.rejects(startHub({ port }), isInvalid(/cannot listen/));
    server.close();
    const bind = await bindAddress('127.0.0.1');
    const node = await startBootstrapNode(bind, 0);
    await assert.rejects(startHub({ dhtPort: node.port }), isInvalid(/UDP port/));
    await node.stop();
  });

  it('refuses options that make no sense with a sentence', async () => {
    for (const [options, sentence] of [
      [{ port: 70_000 }, /70000/],
      [{ dhtPort: -1 }, /-1/],
      [{ token: '' }, /token/],
      [{ token: 'two words' }, /token/],
      [{ dataDir: '/x', databaseUrl: 'postgres://x' }, /not in both/],
      [{ databaseUrl: 'postgres://nobody:secret@127.0.0.1:1/none' }, /database/],
      [{ databaseUrl: 'not an address' }, /database/],
      [{ host: 'no-such-host.invalid' }, /no-such-host/],
    ] as const) {
      await assert.rejects(startHub(options), (error: unknown) => {
        assert.ok(isInvalid(sentence)(error), String(error));
        assert.ok(!String(error).includes('secret'));
        return true;
      });
    }
  });

  it('says that its folder is no folder', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-hub-'));
    try {
      await writeFile(path.join(folder, 'file'), '');
      await assert.rejects(startHub({ dataDir: path.join(folder, 'file') }), isInvalid(/file/));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('does not share its folder with another hub', async function () {
    this.timeout(60_000);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-hub-'));
    const hub = await startHub({ dataDir: path.join(folder, 'data') });
    try {
      const second = startHub({ dataDir: path.join(folder, 'data') });
      // One that starts all the same must not keep the run from ending.
      const ended = second.then((wrong) => wrong.stop()).catch(() => undefined);
      await assert.rejects(second, isInvalid(/Another hub/));
      await ended;
      assert.equal((await ask(hub, 'GET', '/health')).status, 200);
    } finally {
      await hub.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('names the package that is missing', async () => {
    const absent = 'a-package-nobody-installed';
    await assert.rejects(
      loadPart(absent, () => import(absent)),
      (error: unknown) =>
        error instanceof BeelineError &&
        error.code === 'PART_MISSING' &&
        error.message.includes(absent),
    );
  });
});

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import HyperDHT from 'hyperdht';
import { identityFromSeed } from '../../../src/core/identity/identity';
import { loadNetwork } from '../../../src/core/swarm/network';
import { swarmOver } from '../../../src/core/swarm/swarm';
import { peerOf, until, withLinks, type LinkedAgent } from '../../support/withLinks';
import { withTestnet } from '../../support/withTestnet';

describe('links', function () {
  this.timeout(60_000);
  const testnet = withTestnet();
  const agents = withLinks(testnet);
  const children: ChildProcess[] = [];

  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('two paired agents come online and talk over a channel', async () => {
    const [one, two] = await agents.linked();
    const link = await one.link(two);
    assert.equal(link.path, 'direct');
    assert.deepEqual(link.remote, { version: 'test', features: [] });
    await talk(one, two);
    await talk(two, one);
    assert.deepEqual([one.offline, two.offline], [[], []]);
  });

  it('three agents are each linked with each, and each pair talks for itself', async () => {
    const all = await Promise.all([agents.start(), agents.start(), agents.start()]);
    const [one, two, three] = all;
    agents.pair(one, two);
    agents.pair(two, three);
    agents.pair(one, three);
    for (const from of all) {
      for (const to of all) if (from !== to) await talk(from, to);
    }
    for (const agent of all) {
      assert.deepEqual(agent.refused, []);
      assert.equal(new Set(agent.online.map(({ kid }) => kid)).size, 2);
    }
  });

  it('either side is found again after it was started anew, whoever is low', async () => {
    let [one, two] = await agents.linked();
    for (let i = 0; i < 2; i++) {
      const before = await two.link(one);
      await agents.stop(one);
      await before.closed;
      const again = await agents.start({ identity: one.identity });
      agents.pair(again, two);
      await talk(again, two);
      assert.equal(two.online.length, two.offline.length + 1);
      [one, two] = [two, again];
    }
  });

  for (const side of ['low', 'high'] as const) {
    it(`a ${side} agent whose process was killed is linked again within seconds of its return`, async () => {
      const one = await agents.start();
      const { seed, identity } = sided(side, one.identity.publicKey);
      const first = start(seed, one.identity.publicKey);
      one.links.setPeers([peerOf(one.identity, identity)]);
      const before = await one.link({ identity });
      first.kill('SIGKILL');
      await once(first, 'exit');
      const begun = performance.now();
      start(seed, one.identity.publicKey);
      await before.closed;
      await until(() => (one.online.length > 1 ? true : undefined), 'a second link');
      const took = performance.now() - begun;
      assert.ok(took < 9000, `${Math.round(took)} ms`);
      assert.deepEqual(one.offline, [before]);
    });
  }

  it('an agent that was killed and stays away is noticed within some ten seconds', async () => {
    const one = await agents.start();
    const { seed, identity } = sided('low', one.identity.publicKey);
    const child = start(seed, one.identity.publicKey);
    one.links.setPeers([peerOf(one.identity, identity)]);
    const link = await one.link({ identity });
    child.kill('SIGKILL');
    const begun = performance.now();
    await link.closed;
    assert.ok(performance.now() - begun < 12_000);
    assert.equal(one.links.find(identity.kid), undefined);
    assert.throws(() => link.open('beeline/offer', Buffer.alloc(0)), { code: 'PEER_LOST' });
  });

  it('after a change of network a dead link is noticed sooner; who slept is linked on waking', async () => {
    const dht = new HyperDHT({
      bootstrap: testnet.bootstrap,
      host: '127.0.0.1',
      firewalled: false,
    });
    const one = await agents.start({}, swarmOver(await loadNetwork(), dht));
    const { seed, identity } = sided('high', one.identity.publicKey);
    const child = start(seed, one.identity.publicKey);
    one.links.setPeers([peerOf(one.identity, identity)]);
    const link = await one.link({ identity });
    dht.emit('network-change');
    await delay(2500);
    assert.deepEqual(one.offline, []);
    child.kill('SIGSTOP');
    const begun = performance.now();
    dht.emit('network-change');
    await link.closed;
    assert.ok(performance.now() - begun < 4000);
    await delay(8000);
    child.kill('SIGCONT');
    const woke = performance.now();
    await one.link({ identity });
    assert.ok(performance.now() - woke < 8000, `${Math.round(performance.now() - woke)} ms`);
  });

  it('a link on which nothing is said stays', async () => {
    const [one, two] = await agents.linked();
    await delay(13_000);
    await talk(one, two);
    assert.deepEqual([one.online.length, two.online.length], [1, 1]);
  });

  it('an agent that is removed or blocked is gone at once, and stays away', async () => {
    const [one, two] = await agents.linked();
    const link = await one.link(two);
    const channel = link.open('beeline/offer', Buffer.alloc(0));
    one.links.setPeers([]);
    assert.equal(one.links.find(two.identity.kid), undefined);
    assert.deepEqual(one.offline, [link]);
    assert.equal(await channel.receive(), null);
    await assert.rejects(Promise.resolve(channel.send(0, Buffer.alloc(1))), { code: 'PEER_LOST' });
    await (
      await until(() => two.online[0], 'a link')
    ).closed;
    for (let i = 0; i < 5; i++) {
      two.links.lookAgain();
      await delay(300);
    }
    assert.deepEqual([one.online.length, two.online.length], [1, 1]);
    // And comes back when it is allowed again.
    one.links.setPeers([peerOf(one.identity, two.identity)]);
    await Promise.all([one.link(two), two.link(one)]);
  });

  it('every link that went online goes offline once when the engine stops', async () => {
    const [one, two] = await agents.linked();
    const [atOne, atTwo] = [await one.link(two), await two.link(one)];
    await one.links.destroy();
    await one.links.destroy();
    await Promise.all([atOne.closed, atTwo.closed]);
    assert.deepEqual([one.offline, two.offline], [[atOne], [atTwo]]);
  });

  function start(seed: Buffer, peer: Buffer): ChildProcess {
    const program = path.join(__dirname, 'linkChild.ts');
    const said = [testnet.bootstrap[0] ?? '', seed.toString('hex'), peer.toString('hex')];
    const child = spawn(process.execPath, ['--import', 'tsx', program, ...said], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    children.push(child);
    return child;
  }
});

/** A seed whose identity is on this side of its pair with the other. */
function sided(side: 'low' | 'high', other: Buffer) {
  for (;;) {
    const seed = randomBytes(32);
    const identity = identityFromSeed(seed);
    if (identity.pairKeys(other).side === side) return { seed, identity };
  }
}

/** Opens a channel and sends a message each way. */
async function talk(from: LinkedAgent, to: LinkedAgent): Promise<void> {
  const id = randomBytes(16);
  const ours = (await from.link(to)).open('beeline/transfer', id);
  await ours.send(3, Buffer.from('there'));
  const theirs = await until(
    () => to.channels.find((opened) => opened.id.equals(id)),
    'the channel',
  );
  assert.deepEqual(await theirs.channel.receive(), { type: 3, payload: Buffer.from('there') });
  await theirs.channel.send(15, Buffer.from('back'));
  assert.deepEqual(await ours.receive(), { type: 15, payload: Buffer.from('back') });
  ours.close();
  assert.equal(await theirs.channel.receive(), null);
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Duplex } from 'node:stream';
import blindRelay from 'blind-relay';
import HyperDHT from 'hyperdht';
import type { OpenHubRelay } from '../../../src/core/swarm/hubWay';
import { loadNetwork } from '../../../src/core/swarm/network';
import { swarmOver } from '../../../src/core/swarm/swarm';
import { until, withLinks, type LinkedAgent } from '../../support/withLinks';
import { withTestnet } from '../../support/withTestnet';

describe('ways of a link', function () {
  this.timeout(90_000);
  const testnet = withTestnet();
  const agents = withLinks(testnet);
  const ended: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const end of ended.splice(0)) await end();
  });

  it('without a relay, two that cannot punch a hole are not linked', async () => {
    const [one, two] = [await walled(), await walled()];
    agents.pair(one, two);
    await delay(10_000);
    assert.deepEqual([one.online, two.online], [[], []]);
  });

  it('a blind relay that both know carries the link, and the path says so', async () => {
    const relay = await startRelay();
    const [one, two] = [await walled([relay.key]), await walled([relay.key])];
    agents.pair(one, two);
    assert.equal((await one.link(two)).path, 'relay');
    assert.equal((await two.link(one)).path, 'relay');
    await talk(one, two);
    assert.ok(relay.pairings() > 0);
    const known = [one, two].map(({ links }) => links.publicKey.toString('hex'));
    for (const key of relay.clients) assert.ok(known.includes(key), 'a key that nobody announced');
  });

  it('of several relays one is found that both know', async () => {
    const [relay, ofOne, ofTwo] = [await startRelay(), await startRelay(), await startRelay()];
    const one = await walled([relay.key, ofOne.key]);
    const two = await walled([ofTwo.key, relay.key]);
    agents.pair(one, two);
    // Where nobody else waits is found out by waiting, a quarter of a minute each.
    const link = await until(() => one.links.find(two.identity.kid), 'a link', 60_000);
    assert.equal(link.path, 'relay');
    assert.ok(relay.pairings() > 0);
    assert.deepEqual([ofOne.pairings(), ofTwo.pairings()], [0, 0]);
  });

  for (const [name, relays, directOnly] of [
    ['that takes direct ways only', true, true],
    ['that does not know it', false, false],
  ] as const) {
    it(`the wish for a relay is not followed by an agent ${name}`, async () => {
      const relay = await startRelay();
      const wishing = await walled([relay.key]);
      const other = await walled(relays ? [relay.key] : [], directOnly);
      agents.pair(wishing, other);
      const key = other.links.publicKey.toString('hex');
      // It wishes, and waits at the relay in vain.
      await until(
        () => relay.clients.has(wishing.links.publicKey.toString('hex')) || undefined,
        'it',
      );
      await delay(3000);
      assert.ok(!relay.clients.has(key));
      assert.deepEqual([wishing.online, other.online, relay.pairings()], [[], [], 0]);
    });
  }

  it('who takes direct ways only is still reached directly by one who would be relayed', async () => {
    const relay = await startRelay();
    const [one, two] = await agents.linked({ directOnly: true }, { relays: [relay.key] });
    assert.equal((await one.link(two)).path, 'direct');
    assert.equal(relay.clients.size, 0);
  });

  it('when nothing else works, the hub joins the two; and it is asked only then', async () => {
    const hub = new Hub();
    const [one, two] = [await walled([], false, hub.open), await walled([], false, hub.open)];
    const begun = performance.now();
    agents.pair(one, two);
    assert.equal((await one.link(two)).path, 'hub');
    assert.equal((await two.link(one)).path, 'hub');
    assert.ok(performance.now() - begun >= 4900, 'the direct way has a head start');
    await talk(one, two);
    await talk(two, one);
    // What goes through the hub is encrypted, and the token is the pair's own.
    assert.ok(hub.passed.length > 2 * 1024 * 1024);
    assert.ok(!hub.passed.includes(Buffer.alloc(64, 5)));
    assert.equal(hub.tokens.size, 1);
    // The hub's connections break: it is tried again, and not in a rush.
    const before = await one.link(two);
    hub.breakAll();
    await before.closed;
    await until(() => (one.online.length > 1 ? true : undefined), 'a second link');
    await talk(one, two);
    assert.ok(hub.opened < 12, `opened ${hub.opened} times`);
  });

  it('with direct ways only, the hub is never asked', async () => {
    const hub = new Hub();
    const [one, two] = [await walled([], true, hub.open), await walled([], true, hub.open)];
    agents.pair(one, two);
    await delay(7000);
    assert.deepEqual([hub.opened, one.online.length], [0, 0]);
  });

  it('a hub that carries another than the agent, garbage, or nothing, gains nothing', async () => {
    const hub = new Hub();
    const [one, two] = [await walled([], false, hub.open), await walled()];
    agents.pair(one, two);
    const duplex = await until(() => hub.waiting(), 'a place at the hub');
    duplex.write(randomBytes(4096));
    await until(() => (hub.opened > 1 ? true : undefined), 'another try');
    assert.deepEqual(one.online, []);
  });

  it('a link through the hub gives way to a better one, but not while a file moves', async () => {
    const hub = new Hub();
    const relay = await startRelay();
    const [one, two] = [
      await walled([relay.key], false, hub.open),
      await walled([relay.key], false, hub.open),
    ];
    // Until the relay admits them, the hub is all there is.
    relay.admits = false;
    agents.pair(one, two);
    const link = await one.link(two);
    assert.equal(link.path, 'hub');
    const channel = link.open('beeline/transfer', randomBytes(16));
    const { channel: theirs } = await two.opened();
    relay.admits = true;
    await until(() => (relay.pairings() > 0 ? true : undefined), 'the relay');
    await delay(3000);
    await channel.send(0, Buffer.from('still'));
    assert.equal((await theirs.receive())?.payload.toString(), 'still');
    assert.deepEqual([one.offline, two.offline], [[], []]);
    channel.close();
    await until(() => one.links.find(two.identity.kid)?.path === 'relay' || undefined, 'a move');
    await until(() => two.links.find(one.identity.kid)?.path === 'relay' || undefined, 'a move');
    await talk(one, two);
  });

  /** An agent behind a NAT through which no hole can be punched, as far as its node can tell. */
  async function walled(
    relays: string[] = [],
    directOnly = false,
    openHubRelay?: OpenHubRelay,
  ): Promise<LinkedAgent> {
    const network = await loadNetwork();
    const dht = new WalledDht({
      bootstrap: testnet.bootstrap,
      host: '127.0.0.1',
      firewalled: true,
    });
    return agents.start({ relays, directOnly, openHubRelay }, swarmOver(network, dht));
  }

  async function startRelay() {
    const dht = new HyperDHT({
      bootstrap: testnet.bootstrap,
      host: '127.0.0.1',
      firewalled: false,
    });
    const node = dht as unknown as RelayNode;
    const relay = new blindRelay.Server({
      createStream: (options) => node.createRawStream({ ...options, framed: true }),
    });
    const clients = new Set<string>();
    let pairings = 0;
    const state = { admits: true };
    const options = { shareLocalAddress: false, firewall: () => !state.admits };
    const server = node.createServer(options, (stream) => {
      clients.add(stream.remotePublicKey.toString('hex'));
      stream.on('error', () => undefined);
      const session = relay.accept(stream, { id: stream.remotePublicKey });
      session.on('error', () => undefined);
      session.on('pair', () => (pairings += 1));
    });
    const keyPair = HyperDHT.keyPair();
    await server.listen(keyPair);
    ended.push(async () => {
      await server.close();
      await dht.destroy();
    });
    return Object.assign(state, {
      key: keyPair.publicKey.toString('hex'),
      clients,
      pairings: () => pairings,
    });
  }
});

/** A hub's relay: joins the two sides of a token over sockets, and sees what passes. */
class Hub {
  readonly tokens = new Set<string>();
  opened = 0;
  #passed: Buffer[] = [];
  #places = new Map<string, { side: string; join: (duplex: Duplex) => void }>();
  #joined = new Set<Duplex>();

  get passed(): Buffer {
    return Buffer.concat(this.#passed);
  }

  readonly open: OpenHubRelay = (token, side, signal) =>
    new Promise((resolve, reject) => {
      this.opened += 1;
      const key = token.toString('hex');
      this.tokens.add(key);
      const other = this.#places.get(key);
      if (other !== undefined && other.side !== side) {
        this.#places.delete(key);
        const [here, there] = this.#pair();
        other.join(there);
        resolve(here);
        return;
      }
      this.#places.set(key, { side, join: resolve });
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });

  /** Joins who waits with the test itself. */
  waiting(): Duplex | undefined {
    for (const [key, place] of this.#places) {
      this.#places.delete(key);
      const [here, there] = this.#pair();
      place.join(there);
      return here;
    }
    return undefined;
  }

  breakAll(): void {
    for (const duplex of this.#joined) duplex.destroy();
    this.#joined.clear();
  }

  #pair(): [Duplex, Duplex] {
    const ends: [Duplex, Duplex] = [this.#end(() => ends[1]), this.#end(() => ends[0])];
    for (const end of ends) this.#joined.add(end);
    return ends;
  }

  #end(other: () => Duplex): Duplex {
    return new Duplex({
      allowHalfOpen: false,
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        this.#passed.push(Buffer.from(chunk));
        // Later, as a network does it; what is written may be answered in the same turn else.
        setImmediate(() => other().push(Buffer.from(chunk)));
        done();
      },
      final: (done) => {
        setImmediate(() => other().push(null));
        done();
      },
      destroy: (error, done) => {
        other().destroy();
        done(error);
      },
    });
  }
}

/** HyperDHT with its own switches for hole punching turned off; relays are reached without. */
class WalledDht extends HyperDHT {
  override connect(...[key, options]: Parameters<HyperDHT['connect']>) {
    const closed = options && { ...options, holepunch: () => false, localConnection: false };
    return super.connect(key, closed);
  }

  createServer(options: object, onConnection: () => void): unknown {
    const open = HyperDHT.prototype as unknown as RelayNode;
    return open.createServer.call(this, { ...options, holepunch: false }, onConnection);
  }
}

interface RelayNode {
  createRawStream(options: object): Duplex;
  createServer(
    options: object,
    onConnection: (stream: Duplex & { readonly remotePublicKey: Buffer }) => void,
  ): { listen(keyPair: HyperDHT.KeyPair): Promise<unknown>; close(): Promise<void> };
}

async function talk(from: LinkedAgent, to: LinkedAgent): Promise<void> {
  const id = randomBytes(16);
  const ours = (await from.link(to)).open('beeline/transfer', id);
  await ours.send(0, Buffer.alloc(1024 * 1024, 5));
  const { channel } = await to.opened();
  assert.equal((await channel.receive())?.payload.length, 1024 * 1024);
  ours.close();
}

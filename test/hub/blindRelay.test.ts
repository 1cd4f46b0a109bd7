import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import DHT from 'hyperdht';
import { startHub } from '../../src/hub/hub';
import { withHub, type RunningHub } from '../support/withHub';
import { withPostgres } from '../support/withPostgres';
import type { RawStream, RelayClientNode, RelayControl } from './relaySupport';
import { ask, onBothDatabases, until } from './support';

/** Neither ships types. */
const blindRelay = createRequire(__filename)('blind-relay') as {
  readonly Client: {
    from(
      stream: RelayControl,
      options: { id: Buffer },
    ): {
      pair(initiator: boolean, token: Buffer, stream: RawStream): NodeJS.EventEmitter;
      unpair(token: Buffer): void;
    };
  };
};

interface RelayHub {
  readonly url: string;
  readonly bootstrap: readonly string[];
}

const nodes: RelayClientNode[] = [];

/** A DHT node of an agent, with a key pair of its own. */
function agent(hub: RelayHub): RelayClientNode {
  const node = new DHT({ bootstrap: hub.bootstrap, host: '127.0.0.1' });
  nodes.push(node as unknown as RelayClientNode);
  return node as unknown as RelayClientNode;
}

async function relayKey(hub: RelayHub, headers = {}): Promise<Buffer> {
  const { body } = await ask(hub, 'GET', '/.well-known/beeline', undefined, 'a', headers);
  const { relay } = body as unknown as { relay: { key: string; path: string } };
  assert.match(relay.key, /^[0-9a-f]{64}$/);
  assert.equal(relay.path, '/relay');
  return Buffer.from(relay.key, 'hex');
}

/** The connection to a relay, or undefined where it is refused. */
async function enter(node: RelayClientNode, key: Buffer): Promise<RelayControl | undefined> {
  const control = node.connect(key);
  control.on('error', () => undefined);
  return (await control.opened) ? control : undefined;
}

/** One half of a relayed stream: what it hears, once it is joined. */
function half(node: RelayClientNode, control: RelayControl, initiator: boolean, token: Buffer) {
  const raw = node.createRawStream({});
  raw.on('error', () => undefined);
  const client = blindRelay.Client.from(control, { id: control.publicKey });
  const request = client.pair(initiator, token, raw);
  request.on('error', () => undefined);
  const joined = once(request, 'data').then(([id]) => {
    const { socket, remotePort, remoteHost } = control.rawStream;
    raw.connect(socket, id as number, remotePort, remoteHost);
    return raw;
  });
  joined.catch(() => undefined);
  return { joined, client };
}

afterEach(async () => {
  for (const node of nodes.splice(0)) await node.destroy();
});

const register = (hub: RelayHub, key: unknown, headers = {}) =>
  ask(hub, 'POST', '/relay/keys', { key }, 'a', headers);

const someKey = (): string => randomBytes(32).toString('hex');

/** If it fails, agents behind hard NATs do not meet, or whoever finds the relay uses it up. */
describe('the blind relay of a hub without a token', () => {
  const hub = withHub({
    limits: { relaySessionsPerKey: 2, relayUnusedMs: 700, relayControlBytes: 2000 },
  });

  it('joins the two that name one token, and passes what they say', async () => {
    const key = await relayKey(hub);
    const token = randomBytes(32);
    const streams = await Promise.all(
      [true, false].map(async (initiator) => {
        const node = agent(hub);
        const control = await enter(node, key);
        assert.ok(control);
        return half(node, control, initiator, token).joined;
      }),
    );
    const [one, other] = streams;
    assert.ok(one && other);
    // Both speak, as Noise streams do: the relay learns from that where each of them is.
    const heard = Promise.all([once(one, 'data'), once(other, 'data')]);
    one.write(Buffer.from('through the relay'));
    other.write(Buffer.from('and back'));
    assert.deepEqual((await heard).map(String), ['and back', 'through the relay']);
  });

  it('lets only so many connections of one key in, and again when one is gone', async () => {
    const key = await relayKey(hub);
    const node = agent(hub);
    const token = randomBytes(32);
    const entered = [await enter(node, key), await enter(node, key)];
    for (const control of entered) assert.ok(control);
    const third = node.connect(key);
    third.on('error', () => undefined);
    const other = agent(hub);
    const control = await enter(other, key);
    assert.ok(control, 'others are not kept out');
    half(other, control, true, token);
    assert.notEqual(await Promise.race([third.opened, refusal()]), true);
    third.destroy();
    entered[0]?.destroy();
    assert.ok(
      await until(
        () => enter(node, key),
        (again) => again !== undefined,
      ),
    );
  });

  it('closes a client whose messages would end the whole process, and serves the others', async () => {
    const key = await relayKey(hub);
    const [hostile, ...two] = [agent(hub), agent(hub), agent(hub)];
    const control = await enter(hostile, key);
    assert.ok(control !== undefined);
    const closed = new Promise((resolve) => control.once('close', resolve));
    control.resume();
    // A batch of Protomux whose only message is a batch, and so on: it is decoded by recursion.
    const level = Buffer.from([0, 0xfe, 255, 255, 255, 0, 0]);
    const levels = Array.from({ length: 140_000 }, () => level);
    control.write(Buffer.concat([Buffer.from([0, 0]), ...levels]));
    await closed;
    const [left, right] = await Promise.all(two.map((node) => enter(node, key)));
    assert.ok(left !== undefined && right !== undefined, 'the relay is still there');
  });

  it('ends those who are joined to nobody, or ask without end', async () => {
    const key = await relayKey(hub);
    const node = agent(hub);
    const startedAt = performance.now();
    const idle = await enter(node, key);
    assert.ok(idle);
    await closed(idle);
    assert.ok(performance.now() - startedAt > 600);
    const greedy = await enter(node, key);
    assert.ok(greedy);
    const asked = performance.now();
    for (let i = 0; i < 100; i++) half(node, greedy, true, randomBytes(32));
    await closed(greedy);
    assert.ok(performance.now() - asked < 600, 'before it is ended for being joined to nobody');
  });
});

describe('the blind relay of a hub with a token', () => {
  const headers = { authorization: 'Bearer correct-horse' };
  const hub = withHub({ token: 'correct-horse', limits: { relayAdmissionMs: 1500 } });

  it('answers those who registered, only while that is so, and nobody else', async function () {
    this.timeout(40_000);
    const key = await relayKey(hub, headers);
    const known = agent(hub);
    const stranger = agent(hub);
    const own = known.defaultKeyPair.publicKey.toString('hex');
    assert.equal((await register(hub, own)).status, 401);
    const refused = stranger.connect(key);
    refused.on('error', () => undefined);
    const { status } = await register(hub, own, headers);
    assert.equal(status, 200);
    const registeredAt = performance.now();
    const entered = await enter(known, key);
    assert.ok(entered);
    assert.equal(entered.destroyed, false);
    // The stranger had asked before, and had the time that it took the other to be let in.
    assert.notEqual(await Promise.race([refused.opened, refusal()]), true);
    refused.destroy();
    await until(
      () => Promise.resolve(performance.now() - registeredAt),
      (ms) => ms > 1500,
    );
    const late = known.connect(key);
    late.on('error', () => undefined);
    assert.notEqual(await Promise.race([late.opened, refusal()]), true);
    late.destroy();
    await register(hub, own, headers);
    assert.ok(await enter(known, key), 'registered again, it is let in again');
  });
});

describe('keys at the relay', () => {
  onBothDatabases(
    (hub: RunningHub) => {
      it('are 32 bytes, no more than so many, and make room when they expire', async () => {
        for (const wrong of [undefined, '', 'x'.repeat(64), someKey().slice(1), `${someKey()}0`]) {
          assert.equal((await register(hub, wrong)).status, 400, String(wrong));
        }
        const keys = [someKey(), someKey(), someKey()];
        // All at once, and one of them twice, in other letters.
        const more = [...keys, keys[0]?.toUpperCase(), someKey(), someKey()];
        const answers = await Promise.all(more.map((key) => register(hub, key)));
        const refused = answers.filter(({ status }) => status === 429);
        assert.ok(refused.length >= 2, JSON.stringify(answers));
        for (const { body } of refused) assert.match(body.error, /^Too many keys/);
        const kept = more[answers.findIndex(({ status }) => status === 200)];
        assert.equal((await register(hub, kept)).status, 200, 'one that is there may stay');
        await until(
          () => register(hub, someKey()),
          ({ status }) => status === 200,
        );
      });
    },
    { limits: { relayAdmissions: 3, relayAdmissionMs: 1000 } },
  );
});

describe('the key of a relay', () => {
  const hub = withHub();
  const postgres = withPostgres();

  it('outlives a restart with the same folder', async () => {
    const before = await relayKey(hub);
    await hub.restart();
    assert.ok((await relayKey(hub)).equals(before));
  });

  it('is another for each hub on one database, where a key registered at one counts at all', async function () {
    this.timeout(60_000);
    const token = 'correct-horse';
    const headers = { authorization: `Bearer ${token}` };
    const databaseUrl = await postgres.freshDatabase();
    const one = await startHub({ databaseUrl, token });
    const two = await startHub({ databaseUrl, token });
    try {
      assert.notEqual(one.relay, two.relay);
      const node = agent(two);
      await register(one, node.defaultKeyPair.publicKey.toString('hex'), headers);
      for (const { relay } of [two, one]) {
        assert.ok(await enter(node, Buffer.from(relay, 'hex')), relay);
      }
      const startedAt = performance.now();
      await two.stop();
      assert.ok(performance.now() - startedAt < 5000, 'with a client connected');
      const [host, dhtPort] = (two.bootstrap[0] ?? '').split(':');
      const again = await startHub({
        databaseUrl,
        token,
        host: host ?? '',
        dhtPort: Number(dhtPort),
      });
      const { relay } = again;
      await again.stop();
      assert.equal(relay, two.relay, 'and stays with the address');
    } finally {
      await one.stop();
      await two.stop();
    }
  });
});

/** However it ends: the other side resets what it does not want. */
function closed(stream: RelayControl): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
  });
}

/** A refused handshake is not answered; one that is admitted takes some 20 ms here. */
function refusal(): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1000, false);
  });
}

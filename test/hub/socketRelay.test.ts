import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { startHub } from '../../src/hub/hub';
import { withHub } from '../support/withHub';
import { ask, until } from './support';
import { joinedPair, RelaySocket } from './relaySupport';

const token = (): string => randomBytes(32).toString('hex');

/** So low that a test reaches them. */
const LIMITS = {
  relayMessageBytes: 64 * 1024,
  relayBacklogBytes: 128 * 1024,
  relayHelloMs: 300,
  relayWaitingPerAddress: 4,
  relayPairs: 3,
};

/**
 * If one of these fails, somebody without a part in a pair can stop it, fill the hub's memory, or
 * keep a place in it for nothing.
 */
describe('the WebSocket relay', () => {
  const hub = withHub({ limits: LIMITS });
  const open: RelaySocket[] = [];
  const keep = <T extends RelaySocket | readonly RelaySocket[]>(some: T): T => {
    open.push(...[some].flat());
    return some;
  };
  const hello = async (secret: string, side: string): Promise<RelaySocket> =>
    keep(await RelaySocket.hello(hub, secret, side));

  afterEach(async () => {
    for (const { socket } of open) socket.terminate();
    open.length = 0;
    // The hub has noticed when there is room for as many as there may be.
    await until(room, (isSo) => isSo);
  });

  async function room(): Promise<boolean> {
    const some = await Promise.all(
      Array.from({ length: LIMITS.relayWaitingPerAddress }, () =>
        RelaySocket.hello(hub, token(), 'low'),
      ),
    );
    // A pong comes back behind the close of those there was no room for.
    await Promise.all(some.map(pong));
    const free = some.every(({ socket }) => socket.readyState === socket.OPEN);
    for (const one of some) one.socket.terminate();
    return free;
  }

  it('passes bytes both ways, whole and in order, and ends both', async () => {
    const [low, high] = keep(await joinedPair(hub, token()));
    assert.deepEqual([low.texts, high.texts], [['{"event":"joined"}'], ['{"event":"joined"}']]);
    const one = randomBytes(3_000_000);
    const other = randomBytes(1_000_000);
    for (let at = 0; at < one.length; at += 50_000) low.socket.send(one.subarray(at, at + 50_000));
    for (let at = 0; at < other.length; at += 999) high.socket.send(other.subarray(at, at + 999));
    low.socket.close(1000);
    await high.until(() => high.bytes >= one.length);
    assert.equal(await high.closed(), 1000);
    assert.ok(high.received().equals(one));
    // What had not arrived when the other side ended is not waited for; what arrived is no other.
    assert.ok(low.received().equals(other.subarray(0, low.bytes)));
  });

  it('joins neither the same side, nor another token', async () => {
    const secret = token();
    const first = await hello(secret, 'low');
    const other = await hello(token(), 'high');
    const second = await hello(secret, 'low');
    assert.equal(await first.closed(), 4409, 'a newer one takes the place');
    assert.match(first.closeReason, /newer/);
    const high = await hello(secret.toUpperCase(), 'high');
    await Promise.all([second.joined(), high.joined()]);
    assert.deepEqual(other.texts, []);
    high.socket.send(Buffer.from('for the second'));
    await second.until(() => second.bytes > 0);
    assert.equal(other.bytes, 0);
  });

  it('refuses every other first message', async () => {
    const good = token();
    for (const first of [
      '',
      'null',
      '[]',
      '{}',
      good,
      JSON.stringify({ token: good }),
      JSON.stringify({ token: good, side: 'middle' }),
      JSON.stringify({ token: good.slice(1), side: 'low' }),
      JSON.stringify({ token: `${good}0`, side: 'low' }),
      JSON.stringify({ token: `${good.slice(1)}g`, side: 'low' }),
      JSON.stringify({ token: [good], side: 'low' }),
      JSON.stringify({ token: good, side: 'low', padding: 'x'.repeat(2000) }),
      Buffer.from(JSON.stringify({ token: good, side: 'low' })),
    ]) {
      const one = keep(await RelaySocket.saying(hub, first));
      assert.equal(await one.closed(), 4400, String(first));
      assert.ok(!one.closeReason.includes(good));
    }
  });

  it('waits for a first message for a moment only, and for the other side longer', async () => {
    const waiting = await hello(token(), 'low');
    const silent = keep(new RelaySocket(hub));
    assert.equal(await silent.closed(), 4408);
    await pong(waiting);
    assert.equal(waiting.closeCode, undefined);
  });

  it('hears nothing from who is not joined, and no text from who is', async () => {
    const early = await hello(token(), 'low');
    early.socket.send(Buffer.from('early'));
    assert.equal(await early.closed(), 4401);
    const [low, high] = keep(await joinedPair(hub, token()));
    low.socket.send('text');
    assert.equal(await low.closed(), 1003);
    assert.equal(await high.closed(), 1003);
  });

  it('passes on messages up to its limit, and ends both for a larger one', async () => {
    const [low, high] = keep(await joinedPair(hub, token()));
    low.socket.send(Buffer.alloc(LIMITS.relayMessageBytes));
    await high.until(() => high.bytes === LIMITS.relayMessageBytes);
    low.socket.send(Buffer.alloc(LIMITS.relayMessageBytes + 1));
    assert.equal(await low.closed(), 1009);
    assert.equal(await high.closed(), 4410);
    assert.equal(high.bytes, LIMITS.relayMessageBytes);
  });

  it('tells who is left that the other side was lost', async () => {
    const [low, high] = keep(await joinedPair(hub, token()));
    low.socket.terminate();
    assert.equal(await high.closed(), 4410);
  });

  it('lets only so many of one address wait, and takes the next when one is gone', async () => {
    const some = [];
    for (let i = 0; i < LIMITS.relayWaitingPerAddress; i++) some.push(await hello(token(), 'low'));
    for (let i = 0; i < 50; i++) {
      const one = keep(new RelaySocket(hub));
      assert.equal(await one.closed(), 4429);
    }
    for (const one of some) assert.equal(one.closeCode, undefined);
    some[0]?.socket.close();
    await some[0]?.closed();
    const next = await hello(token(), 'low');
    await pong(next);
    assert.equal(next.closeCode, undefined);
  });

  it('joins only so many pairs, and who waits goes on waiting', async () => {
    const pairs = [];
    for (let i = 0; i < LIMITS.relayPairs; i++) pairs.push(keep(await joinedPair(hub, token())));
    const secret = token();
    const waiting = await hello(secret, 'low');
    assert.equal(await (await hello(secret, 'high')).closed(), 4429);
    await pong(waiting);
    assert.equal(waiting.closeCode, undefined);
    for (const one of pairs[0] ?? []) {
      one.socket.close();
      await one.closed();
    }
    await hello(secret, 'high');
    await waiting.joined();
  });

  it('reads no faster than the other side does', async () => {
    const [low, high] = keep(await joinedPair(hub, token()));
    high.socket.pause();
    const piece = Buffer.alloc(32 * 1024, 1);
    const before = process.memoryUsage().arrayBuffers;
    // The kernel takes some megabytes for each of the two sockets; a hub that took all would go on.
    let sent = 0;
    let stuck = 0;
    while (stuck < 50 && sent < 200_000_000) {
      if (low.socket.bufferedAmount < 1_000_000) {
        low.socket.send(piece);
        sent += piece.length;
        stuck = 0;
      } else {
        stuck += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, stuck > 0 ? 10 : 0));
    }
    assert.ok(sent < 100_000_000, `${String(sent)} bytes were taken for who reads nothing`);
    const held = process.memoryUsage().arrayBuffers - before;
    assert.ok(held < 20_000_000, `${String(held)} bytes are held`);
    high.socket.resume();
    await high.until(() => high.bytes === sent);
    assert.equal(low.closeCode, undefined, 'and nothing is lost');
  });
});

describe('the WebSocket relay of a hub that beats fast', () => {
  // A beat longer than what a busy machine keeps a process waiting.
  const limits = { heartbeatMs: 500, relayIdleMs: 6000, relayStallMs: 2000 };
  const hub = withHub({ limits });

  it('ends those who do not answer, waiting or joined, and keeps those who do', async () => {
    const kept = await RelaySocket.hello(hub, token(), 'low');
    const waiting = await RelaySocket.hello(hub, token(), 'low');
    const [low, high] = await joinedPair(hub, token());
    // Half-open: it is there for the system, and answers nothing.
    waiting.socket.pause();
    low.socket.pause();
    assert.equal(await high.closed(), 4410);
    waiting.socket.resume();
    assert.equal(await waiting.closed(), 1006);
    assert.equal(kept.closeCode, undefined);
    for (const { socket } of [kept, low]) socket.terminate();
  });

  it('ends a pair that passes nothing for too long', async () => {
    const [low, high] = await joinedPair(hub, token());
    const startedAt = performance.now();
    assert.equal(await low.closed(), 4408);
    assert.equal(await high.closed(), 4408);
    assert.ok(performance.now() - startedAt > 5900);
  });

  it('ends a pair of which one side leaves everything unread for too long', async () => {
    const [low, high] = await joinedPair(hub, token());
    high.socket.pause();
    const timer = setInterval(() => {
      if (low.socket.bufferedAmount < 1_000_000) low.socket.send(Buffer.alloc(500_000));
    }, 5);
    try {
      assert.equal(await low.closed(), 4410);
    } finally {
      clearInterval(timer);
      high.socket.terminate();
    }
  });
});

describe('the WebSocket relay of a hub with a token', () => {
  const hub = withHub({ token: 'correct-horse' });

  it('asks for it before the upgrade, and lets no foreign page in', async () => {
    const headers = { authorization: 'Bearer correct-horse' };
    for (const [wrong, status] of [
      [{}, 401],
      [{ authorization: 'Bearer correct-hors' }, 401],
      [{ ...headers, origin: 'https://evil.example' }, 403],
      [{ ...headers, host: 'evil.example' }, 403],
    ] as const) {
      const one = new RelaySocket(hub, wrong);
      const [, response] = await new Promise<[unknown, { statusCode?: number | undefined }]>(
        (resolve) => {
          one.socket.once('unexpected-response', (request, answer) => {
            request.destroy();
            resolve([request, answer]);
          });
        },
      );
      assert.equal(response.statusCode, status);
    }
    const secret = token();
    const pair = ['low', 'high'].map((side) => {
      const one = new RelaySocket(hub, headers);
      one.socket.once('open', () => {
        one.socket.send(JSON.stringify({ token: secret, side }));
      });
      return one;
    });
    await Promise.all(pair.map((one) => one.joined()));
    for (const { socket } of pair) socket.terminate();
  });

  it('says to a plain request that it is a WebSocket', async () => {
    const headers = { authorization: 'Bearer correct-horse' };
    const { status, body } = await ask(hub, 'GET', '/relay', undefined, 'a', headers);
    assert.equal(status, 426);
    assert.match(body.error, /WebSocket/);
  });
});

describe('a hub that stops with its WebSocket relay in use', () => {
  it('says goodbye, does not wait for the deaf, and logs no token', async () => {
    const lines: string[] = [];
    const hub = await startHub({ log: (line) => lines.push(line) });
    const secret = token();
    const waiting = await RelaySocket.hello(hub, token(), 'low');
    const [low, high] = await joinedPair(hub, secret);
    const deaf = await joinedPair(hub, token());
    for (const { socket } of deaf) socket.pause();
    // Not yet greeted, one with half a frame.
    const silent = new RelaySocket(hub);
    await new Promise((resolve) => silent.socket.once('open', resolve));
    low.socket.send('a text that is refused is not logged');
    const startedAt = performance.now();
    await hub.stop();
    assert.ok(performance.now() - startedAt < 3000);
    assert.deepEqual([await waiting.closed(), await silent.closed()], [1001, 1001]);
    await Promise.all([low.closed(), high.closed()]);
    for (const { socket } of deaf) socket.terminate();
    assert.ok(!lines.join('\n').includes(secret));
  });
});

/** Once the hub has read what was sent before, or has closed the socket. */
function pong({ socket }: RelaySocket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) {
      resolve();
      return;
    }
    socket.once('pong', () => {
      resolve();
    });
    socket.once('close', () => {
      resolve();
    });
    socket.ping();
  });
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import NoiseStream from '@hyperswarm/secret-stream';
import HyperDHT from 'hyperdht';
import Protomux from 'protomux';
import { streamPipe } from '../../../src/core/swarm/streamPipe';

describe('streamPipe', () => {
  const ending: (() => void)[] = [];
  afterEach(() => {
    for (const end of ending.splice(0)) end();
  });

  it('messages keep their bounds, in whatever pieces they arrive', async () => {
    const [one, two] = await pair();
    const [from, to] = [streamPipe(one), streamPipe(two)];
    const said = [1, 64, 60_000, 3, 200_000, 32].map((bytes) => randomBytes(bytes));
    for (const message of said) from.send(message);
    for (const message of said) assert.deepEqual(await to.receive(200_000), message);
    assert.deepEqual(from.handshakeHash, to.handshakeHash);
    assert.equal(from.handshakeHash.length, 64);
    assert.deepEqual([from.isInitiator, to.isInitiator], [true, false]);
  });

  it('what follows the last message that was asked for is left for Protomux, whole', async () => {
    for (const pause of [0, 1, 20]) {
      const [one, two] = await pair();
      const pipe = streamPipe(two);
      // Proof and channel in one go, as an agent that is quicker than we writes them.
      one.write(Buffer.from('proof'));
      const mux = new Protomux(one);
      const channel = open(mux, () => undefined);
      for (let i = 0; i < 50; i++) channel.messages[0]?.send(Buffer.from([i]));
      assert.equal((await pipe.receive(5))?.toString(), 'proof');
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      pipe.release();
      const heard: number[] = [];
      await new Promise<void>((resolve) => {
        open(new Protomux(two), (payload) => {
          heard.push(payload[0] ?? -1);
          if (heard.length === 50) resolve();
        });
      });
      assert.deepEqual(
        heard,
        Array.from({ length: 50 }, (_, i) => i),
      );
    }
  });

  it('a message that is too long, the end, and an abort are told; a pending wait ends', async () => {
    const [one, two] = await pair();
    const [from, to] = [streamPipe(one), streamPipe(two)];
    from.send(Buffer.alloc(33));
    await assert.rejects(to.receive(32), { code: 'PROTOCOL' });
    const abort = new AbortController();
    const waiting = to.receive(32, abort.signal);
    abort.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    const last = to.receive(32);
    from.send(Buffer.from('bye'));
    const ended = from.end();
    assert.equal((await last)?.toString(), 'bye');
    assert.equal(await to.receive(32), null);
    to.destroy();
    await ended;
    assert.equal(await to.receive(32), null);
    from.send(Buffer.from('nobody hears'));
    await from.end();
  });

  it('a connection that breaks ends a pending wait', async () => {
    const [one, two] = await pair();
    const waiting = streamPipe(two).receive(32);
    one.destroy();
    assert.equal(await waiting, null);
  });

  /** Two ends of a Noise stream over a socket. */
  async function pair(): Promise<[NoiseStream, NoiseStream]> {
    const server = createServer().listen(0, '127.0.0.1');
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    await new Promise((resolve) => server.once('listening', resolve));
    const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const far = await accepted;
    server.close();
    const ends: [NoiseStream, NoiseStream] = [
      new NoiseStream(true, near, { keyPair: HyperDHT.keyPair(), keepAlive: 5000 }),
      new NoiseStream(false, far, { keyPair: HyperDHT.keyPair(), keepAlive: 5000 }),
    ];
    for (const end of ends) {
      end.on('error', () => undefined);
      ending.push(() => end.destroy());
    }
    await Promise.all(ends.map((end) => end.opened));
    return ends;
  }
});

function open(mux: Protomux, onmessage: (payload: Uint8Array) => void): Protomux.Channel {
  const channel = mux.createChannel({ protocol: 'test', id: null, messages: [{ onmessage }] });
  assert.ok(channel !== null);
  channel.open();
  return channel;
}

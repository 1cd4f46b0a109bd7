import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { withNats } from '../support/withNats';
import type { CliProcess } from '../support/runCli';
import type { PeerTask } from './peer';

const TEXT = 'nobody between may read this. ';
/** Bytes that at least cross each router when the text is said and said back. */
const SPOKEN = 60_000;

/**
 * If one of these fails, people behind ordinary NATs do not reach each other, or what they send can
 * be read by who runs the relay.
 */
describe('two hosts behind NATs, with one hub on the network between', function () {
  this.timeout(60_000);
  const lab = withNats();

  const peer = (place: 'a' | 'b', task: Omit<PeerTask, 'text'>): CliProcess =>
    lab.script(place, 'test/nat/peer.ts', JSON.stringify({ ...task, text: TEXT }));

  /** Both ends, and what the one that speaks says in the end. */
  async function meet(
    listening: Omit<PeerTask, 'text'>,
    connecting: Omit<PeerTask, 'text'> = listening,
  ): Promise<Said> {
    const server = peer('b', listening);
    const { key } = await server.line('listening');
    const client = peer('a', { ...connecting, to: String(key) });
    await client.until(
      () => client.lines.some(({ event }) => event !== 'listening'),
      'a connection or a failure',
    );
    return client.lines[0] as unknown as Said;
  }

  it('the lab itself sees what is not encrypted', async () => {
    const readable = lab.watchFor(TEXT);
    const serve = `require('net').createServer(s => s.end('${TEXT}')).listen(8080, '${lab.wan}', () => console.log('{"event":"up"}'))`;
    await lab.exec('wan', process.execPath, ['-e', serve]).line('up');
    const get = `require('net').connect(8080, '${lab.wan}').resume().on('end', () => console.log('{"event":"done"}'))`;
    await lab.exec('a', process.execPath, ['-e', get]).line('done');
    assert.ok(readable() > 0);
  });

  for (const nodes of [true, false]) {
    it(`NATs that keep ports are punched through, ${nodes ? 'with' : 'without'} other nodes than the hub's`, async () => {
      const { bootstrap, address } = await lab.hub({ nodes });
      const readable = lab.watchFor(TEXT);
      const relayed = lab.bytesWith(address, 'udp');
      const said = await meet({ bootstrap });
      assert.deepEqual(
        { event: said.event, same: said.same, host: said.host },
        { event: 'echoed', same: true, host: lab.publicAddress('b') },
      );
      assert.ok(relayed() < SPOKEN, 'the hub carries none of it');
      assert.equal(readable(), 0);
    });
  }

  it('symmetric NATs are not', async () => {
    lab.nats('symmetric');
    const { bootstrap } = await lab.hub({ nodes: false });
    const said = await meet({ bootstrap });
    assert.equal(said.event, 'failed', JSON.stringify(said));
    assert.equal(said.randomized, true, 'which is noticed, so that a relay can be asked');
  });

  it("symmetric NATs are met through the hub's blind relay, which learns nothing", async () => {
    lab.nats('symmetric');
    const { bootstrap, relay, address } = await lab.hub();
    const readable = lab.watchFor(TEXT);
    const relayed = lab.bytesWith(address, 'udp');
    const said = await meet({ bootstrap, relay });
    assert.deepEqual(
      { event: said.event, same: said.same, host: said.host },
      { event: 'echoed', same: true, host: address },
    );
    assert.ok(relayed() > 2 * SPOKEN, 'the hub carries all of it');
    assert.equal(readable(), 0);
  });

  it('a hub with a token relays for those who registered, and for nobody else', async () => {
    lab.nats('symmetric');
    const token = 'correct-horse';
    const { bootstrap, relay, url, address } = await lab.hub({ token });
    const known = { bootstrap, relay, register: { url, token } };
    const half = await meet(known, { bootstrap, relay });
    assert.equal(half.event, 'failed', JSON.stringify(half));
    const said = await meet(known);
    assert.deepEqual({ event: said.event, host: said.host }, { event: 'echoed', host: address });
  });

  it("without UDP they meet through the hub's WebSocket relay, which learns nothing", async () => {
    lab.blockUdp(true);
    const { bootstrap, url, address } = await lab.hub();
    const readable = lab.watchFor(TEXT);
    const udp = lab.bytesWith(address, 'udp');
    const tcp = lab.bytesWith(address, 'tcp');
    const token = randomBytes(32).toString('hex');
    const high = peer('b', { bootstrap, socket: { url, token, side: 'high' } });
    await high.line('listening');
    const low = peer('a', { bootstrap, socket: { url, token, side: 'low' } });
    const said = await low.line('echoed');
    assert.equal(said['same'], true);
    assert.ok(tcp() > 2 * SPOKEN, 'the hub carries all of it');
    assert.equal(udp(), 0);
    assert.equal(readable(), 0);
  });
});

/** What the peer that speaks tells in the end. */
interface Said {
  readonly event: 'echoed' | 'failed';
  readonly same?: boolean;
  /** To whom its packets go: the other side, or a relay. */
  readonly host?: string;
  readonly randomized?: boolean;
}

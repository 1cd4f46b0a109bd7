import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { eventually, framesDecoded } from '../pages/support/callBrowser';
import { withCli, type CliProcess, type JsonLine } from '../support/runCli';
import { withNats } from '../support/withNats';
import { withLabBrowsers } from './labBrowsers';
import { withLabTalkers } from './labTalkers';

/** Part of every description of a connection. */
const SDP = 'a=ice-ufrag:';
/** Bytes: more than signalling and checks take, less than two seconds of pictures. */
const SEEN = 60_000;
/** Milliseconds in which a call that can not come about says so, with some for a slow machine. */
const SAID_MS = 40_000;

/** If one of these fails, people on such networks do not see each other, and are not told why. */
describe('calls with the shipped program, in browsers between two NATs', function () {
  this.timeout(120_000);
  const lab = withNats();
  const cli = withCli();
  const talkers = withLabTalkers(lab, cli);
  const browsers = withLabBrowsers(lab);

  it('go from host to host with a STUN server, and go on when a host has another address', async function () {
    const { url, address } = await lab.hub();
    const { stun, address: stunAddress } = await lab.turn(this);
    await talkers.pair(url, [stun]);
    const readable = lab.watchFor(SDP);
    const { calls, pages } = await begin();
    assert.deepEqual(await connected(calls), ['direct', 'direct']);
    const between = lab.bytesWith(lab.publicAddress('b'), 'udp');
    const others = [address, stunAddress].map((one) => lab.bytesWith(one, 'udp'));
    await eventually('much between the two', () => Promise.resolve(between() > SEEN));
    for (const passed of others) assert.ok(passed() < SEEN / 2, 'nobody else carries it');

    lab.readdress('a');
    const [a, b] = calls;
    await isIn(a, 'reconnecting');
    await a.until(() => lastOf(a)?.['state'] === 'connected', 'another way');
    await b.until(() => lastOf(b)?.['state'] === 'connected', 'another way');
    await Promise.all(pages.map(showsMoving));
    assert.equal(readable(), 0, 'nobody between could read a description');

    a.kill('SIGINT');
    assert.equal(await a.end(), 130);
    assert.equal(await b.end(), 0);
    assert.equal((await isIn(b, 'ended'))['reason'], 'hungUpByPeer');
  });

  it('go through a TURN server between symmetric NATs, and say so', async function () {
    lab.nats('symmetric');
    const { url } = await lab.hub();
    const { stun, turn, address } = await lab.turn(this);
    await talkers.pair(url, [stun, turn]);
    const readable = lab.watchFor(turn.credential);
    const { calls, pages } = await begin();
    assert.deepEqual(await connected(calls), ['relayed', 'relayed']);
    const relayed = lab.bytesWith(address, 'udp');
    const between = lab.bytesWith(lab.publicAddress('b'), 'udp');
    await Promise.all(pages.map(showsMoving));
    await eventually('much through the server', () => Promise.resolve(relayed() > SEEN));
    assert.ok(between() < SEEN / 2, 'none of it goes directly');
    assert.equal(readable(), 0, 'the login is not told to anybody');
  });

  it('end with a sentence on both sides when there is no way', async function () {
    lab.nats('symmetric');
    const { url } = await lab.hub();
    const { stun } = await lab.turn(this);
    await talkers.pair(url, [stun]);
    const { calls, pages } = await begin();
    const began = performance.now();
    const ends = await Promise.all(calls.map((call) => isIn(call, 'ended')));
    assert.ok(performance.now() - began < SAID_MS);
    for (const end of ends) {
      assert.deepEqual([end['reason'], end['code']], ['failed', 'CALL_UNREACHABLE']);
      assert.match(String(end['message']), /Set a TURN server/);
    }
    await Promise.all(pages.map((page) => page.getByText('Set a TURN server').waitFor()));
    assert.deepEqual(await Promise.all(calls.map((call) => call.end())), [1, 1]);
  });

  /** Both sides' terminals, one of which accepts, and their pages. */
  async function begin(): Promise<{ readonly calls: Both; readonly pages: readonly Page[] }> {
    const a = talkers.call('a');
    await isIn(a, 'ringing');
    const b = talkers.call('b');
    // One of the two calls gives way, and takes its page with it.
    await Promise.all([isIn(a, 'connecting'), isIn(b, 'connecting')]);
    const pages = await Promise.all([browsers.open('a', a), browsers.open('b', b)]);
    return { calls: [a, b], pages };
  }
});

type Both = readonly [CliProcess, CliProcess];

const isIn = (call: CliProcess, state: string): Promise<JsonLine> =>
  call.line('call', (told) => told['state'] === state);

function lastOf(call: CliProcess): JsonLine | undefined {
  return call.lines.findLast(({ event }) => event === 'call');
}

/** Waits until both are, and gives their ways. */
async function connected(calls: Both): Promise<unknown[]> {
  const told = await Promise.all(calls.map((call) => isIn(call, 'connected')));
  return told.map((line) => line['path']);
}

async function showsMoving(page: Page): Promise<void> {
  const before = await framesDecoded(page);
  await eventually('more frames', async () => (await framesDecoded(page)) > before + 5);
}

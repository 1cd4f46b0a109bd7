import assert from 'node:assert/strict';
import { withCli } from '../support/runCli';
import { withNats } from '../support/withNats';
import { heard, hears, isOn, say, withLabTalkers } from './labTalkers';

const TEXT = 'for the eyes of the other side only. ';
/** Long enough that some of them outweigh what keeps connections alive. */
const LONG = TEXT.repeat(200);

/** If one of these fails, what is said on such networks is lost, doubled, late, or read by others. */
describe('chats with the shipped program between two NATs', function () {
  this.timeout(120_000);
  const lab = withNats();
  const cli = withCli();
  const talkers = withLabTalkers(lab, cli);

  it('go from host to host behind NATs that keep ports, and nobody between carries or reads them', async function () {
    const { url, address } = await lab.hub();
    const { stun, address: stunAddress } = await lab.turn(this);
    await talkers.pair(url, [stun]);
    const readable = lab.watchFor(TEXT);
    const a = talkers.chat('a');
    const b = talkers.chat('b');
    await Promise.all([isOn(a, 'direct peer'), isOn(b, 'direct peer')]);
    const between = lab.bytesWith(lab.publicAddress('b'), 'udp');
    const others = [
      lab.bytesWith(address, 'udp'),
      lab.bytesWith(address, 'tcp'),
      lab.bytesWith(stunAddress, 'udp'),
    ];
    const said = Array.from({ length: 40 }, (_, index) => `${String(index)} ${LONG}`);
    say(a, ...said);
    say(b, ...said);
    await Promise.all([hears(a, said.length), hears(b, said.length)]);
    assert.deepEqual([heard(a), heard(b)], [said, said]);
    const bytes = 2 * said.join('').length;
    assert.ok(between() > bytes, 'all of it goes between the two');
    const passed = others.reduce((sum, counted) => sum + counted(), 0);
    assert.ok(passed < bytes / 10, `${String(passed)} bytes of ${String(bytes)} by others`);
    assert.equal(readable(), 0);
  });

  it('lose and double nothing, in order, while the NATs become symmetric and ordinary again', async function () {
    const { url } = await lab.hub();
    const { stun } = await lab.turn(this);
    await talkers.pair(url, [stun]);
    const readable = lab.watchFor(TEXT);
    const talk = await begin('direct peer');
    await talk.exchange(60);
    lab.nats('symmetric');
    lab.forgetFlows();
    await talk.exchange(40);
    await talk.are('relayed link', 'relayed service');
    await talk.exchange(40);
    lab.nats('keepsPorts');
    lab.forgetFlows();
    await talk.exchange(60);
    await talk.are('direct peer');
    assert.deepEqual(talk.heard(), [talk.said, talk.said]);
    assert.equal(readable(), 0);
  });

  it("go through the hub's WebSocket where UDP is blocked, and on when a host has another address", async () => {
    const { url, address } = await lab.hub();
    await talkers.pair(url, []);
    const readable = lab.watchFor(TEXT);
    lab.blockUdp(true);
    const talk = await begin('relayed link');
    const tcp = lab.bytesWith(address, 'tcp');
    await talk.exchange(20, LONG);
    const bytes = 2 * talk.said.join('').length;
    assert.ok(tcp() > bytes, 'the hub carries all of it');
    lab.readdress('a');
    await talk.exchange(20);
    await talk.are('relayed link', 'relayed service');
    await talk.exchange(20);
    assert.deepEqual(talk.heard(), [talk.said, talk.said]);
    assert.equal(readable(), 0);
  });

  it('go through sealed messages of a task where no link is wanted or possible', async () => {
    const { url } = await lab.hub();
    await talkers.pair(url, []);
    const readable = lab.watchFor(TEXT);
    lab.blockUdp(true);
    const talk = await begin('relayed service', '--direct-only');
    await talk.exchange(20);
    assert.deepEqual(talk.heard(), [talk.said, talk.said]);
    assert.equal(readable(), 0);
  });

  it('go on directly when a host has another address', async function () {
    const { url } = await lab.hub();
    const { stun } = await lab.turn(this);
    await talkers.pair(url, [stun]);
    const talk = await begin('direct peer');
    await talk.exchange(10);
    for (const host of ['a', 'b'] as const) {
      lab.readdress(host);
      await talk.exchange(20);
      await talk.are('direct peer');
    }
    assert.deepEqual(talk.heard(), [talk.said, talk.said]);
  });

  /** Chats of both sides, once messages go this way. */
  async function begin(way: string, ...flags: readonly string[]) {
    const a = talkers.chat('a', ...flags);
    const b = talkers.chat('b', ...flags);
    const said: string[] = [];
    const are = async (...ways: readonly string[]): Promise<void> => {
      await Promise.all([a, b].map((chat) => isOn(chat, ...ways)));
    };
    await are(way);
    return {
      said,
      are,
      heard: () => [heard(a), heard(b)],
      /** Says so many more messages on each side, and waits until all are heard. */
      exchange: async (count: number, text = TEXT): Promise<void> => {
        for (let index = 0; index < count; index += 1) {
          const one = `${String(said.length)} ${text}`;
          said.push(one);
          say(a, one);
          say(b, one);
        }
        await Promise.all([hears(a, said.length), hears(b, said.length)]);
      },
    };
  }
});

import assert from 'node:assert/strict';
import { withCli } from '../support/runCli';
import { withNats } from '../support/withNats';
import { heard, hears, isOn, say, wayOf, withLabTalkers } from './labTalkers';

const TEXT = 'for the eyes of the other side only. ';
/** Bytes, so many times what keeps connections alive. */
const LONG = TEXT.repeat(200);

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
    const a = talkers.chat('a', '--verbose');
    const b = talkers.chat('b', '--verbose');
    await Promise.all([isOn(a, 'direct peer'), isOn(b, 'direct peer')]);
    const said: string[] = [];
    const t0 = Date.now();
    const log = (what: string): void => {
      console.log(what, Date.now() - t0, wayOf(a), wayOf(b), heard(a).length, heard(b).length);
    };
    const exchange = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        said.push(`${String(said.length)} ${TEXT}`);
        say(a, said.at(-1) ?? '');
        say(b, said.at(-1) ?? '');
      }
      await Promise.all([hears(a, said.length), hears(b, said.length)]);
    };
    await exchange(60);
    log('before');
    lab.nats('symmetric');
    lab.forgetFlows();
    await exchange(40);
    log('sym 40');
    await Promise.all([a, b].map((one) => one.until(() => wayOf(one)?.startsWith('relayed') === true, 'relayed')));
    log('relayed');
    await exchange(40);
    log('sym 80');
    lab.nats('keepsPorts');
    lab.forgetFlows();
    await exchange(60);
    log('back 60');
    await Promise.all([isOn(a, 'direct peer'), isOn(b, 'direct peer')]);
    log('direct');
    assert.deepEqual([heard(a), heard(b)], [said, said]);
    assert.equal(readable(), 0);
    console.log(a.stderr, b.stderr);
  });
});

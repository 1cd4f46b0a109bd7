import assert from 'node:assert/strict';
import { errors } from '../../../src/core/errors';
import { lookAtTransfer } from '../../../src/core/transfer/lookAtTransfer';
import {
  MAX_DATA_BYTES,
  MESSAGE_COST_BYTES,
  MessageType,
  WINDOW_BYTES,
  encodeDone,
  encodeFail,
} from '../../../src/core/wire/v2';
import { failsWith } from './transferFixture';
import { V2Fixture } from './v2Fixture';
import { Hand } from './v2Hand';

const accepted = async (hand: Hand, { manifest }: V2Fixture): Promise<void> => {
  hand.list(manifest);
  await hand.hear(MessageType.accept);
};

/** A sender that holds us up, or leaves: what is bounded, and what stays. */
describe('a sender', () => {
  it('that sends more than it was granted: PROTOCOL, however slow our disk is', async () => {
    let release: () => void = () => undefined;
    const stuck = new Promise<void>((resolve) => {
      release = resolve;
    });
    const disk = (what: string): Promise<void> | undefined =>
      what === 'write' ? stuck : undefined;
    const fixture = new V2Fixture({ big: Buffer.alloc(3 * WINDOW_BYTES, 7) }, { disk });
    const [channel] = fixture.line({ bufferBytes: Infinity });
    const hand = new Hand(channel);
    const ending = failsWith('PROTOCOL', fixture.fetch());
    await accepted(hand, fixture);
    const piece = Buffer.alloc(MAX_DATA_BYTES, 7);
    for (let sent = 0; sent < 3 * WINDOW_BYTES; sent += piece.length) hand.data(piece);
    setImmediate(release);
    await ending;
    assert.deepEqual(fixture.arrived, []);
    assert.equal(await hand.lastWord(), 'PROTOCOL');
  });

  it('that fills the line with small words: PROTOCOL, since each of them counts', async () => {
    let release: () => void = () => undefined;
    const preparing = new Promise<never>((_, reject) => {
      release = () => {
        reject(errors.diskFull('somewhere'));
      };
    });
    const fixture = new V2Fixture({ a: 'first' }, { disk: () => preparing });
    const hand = new Hand(fixture.ends[0]);
    const ending = failsWith('PROTOCOL', fixture.fetch());
    hand.list(fixture.manifest);
    for (let count = 0; count <= WINDOW_BYTES / MESSAGE_COST_BYTES; count++) hand.data('x');
    setImmediate(release);
    assert.match((await ending).message, /more than it was granted/);
  });

  it('that claims another tree than it sent: PROTOCOL, and no receipt for it', async () => {
    const fixture = new V2Fixture({ a: 'first' });
    const [channel] = fixture.line();
    const hand = new Hand(channel);
    const ending = failsWith('PROTOCOL', fixture.fetch());
    await accepted(hand, fixture);
    hand.data('first');
    hand.fileEnd(0, 'first');
    await hand.hear(MessageType.got);
    hand.send(MessageType.done, encodeDone({ treeHash: Buffer.alloc(32) }));
    await ending;
    assert.equal(await hand.lastWord(), 'PROTOCOL');
  });

  it('that lies about the second file: the first stays to go on from, nothing gets its place', async () => {
    const fixture = new V2Fixture({ a: 'first', b: 'second' });
    const hand = new Hand(fixture.ends[0]);
    const ending = failsWith('HASH_MISMATCH', fixture.fetch());
    await accepted(hand, fixture);
    hand.data('first');
    hand.fileEnd(0, 'first');
    hand.data('secund');
    hand.fileEnd(1, 'second');
    await ending;
    assert.deepEqual(fixture.arrived, ['a']);
    assert.equal(fixture.into.placed, undefined);
    assert.equal(fixture.into.discarded, 0);
  });

  it('that has changed its list since it was looked at: META_MISMATCH before anything is accepted', async () => {
    const fixture = new V2Fixture({ a: 'first' });
    const { digest } = fixture.manifest;
    const expected = { ...fixture.expected, digest: Buffer.from(digest) };
    expected.digest.writeUInt8(digest.readUInt8(7) ^ 1, 7);
    const hand = new Hand(fixture.ends[0]);
    let prepared = 0;
    const prepare = (): Promise<never> => {
      prepared++;
      throw new Error('nothing may be prepared');
    };
    fixture.into.prepare = prepare;
    const ending = failsWith('META_MISMATCH', fixture.fetch({ expected }));
    hand.list(fixture.manifest);
    await ending;
    assert.equal(prepared, 0);
    assert((await hand.rest()).every(({ type }) => type !== MessageType.accept));
  });

  it('that is gone after done: what was received is received', async () => {
    const fixture = new V2Fixture({ a: 'first' });
    const hand = new Hand(fixture.ends[0]);
    const fetching = fixture.fetch();
    await accepted(hand, fixture);
    hand.data('first');
    hand.fileEnd(0, 'first');
    await hand.hear(MessageType.got);
    hand.done(fixture.manifest, { a: 'first' });
    hand.channel.close();
    assert.equal((await fetching).files, 1);
    assert.equal(fixture.into.placed?.get('a')?.content.toString(), 'first');
  });

  it('that says it waits for its disk is waited for, longer than our patience', async () => {
    const fixture = new V2Fixture({ a: 'first' });
    const [channel] = fixture.line();
    const hand = new Hand(channel);
    const began = performance.now();
    const ending = failsWith('PEER_SILENT', fixture.fetch({ timeoutMs: 300 }));
    await accepted(hand, fixture);
    let times = 0;
    const saying = setInterval(() => {
      if (times++ < 10) hand.send(MessageType.alive);
      else clearInterval(saying);
    }, 100);
    await ending;
    clearInterval(saying);
    assert(performance.now() - began > 1_000, 'it was not waited for');
  });

  it('whose words go to a person has them cleaned first', async () => {
    const fixture = new V2Fixture({ a: 'first' });
    const [channel] = fixture.line();
    const message = 'one\u202e\n\u001b[31mtwo';
    new Hand(channel).send(MessageType.fail, encodeFail({ code: 'NONE', message }));
    const error = await failsWith('PEER_ERROR', fixture.fetch());
    assert.equal(error.message, 'The other side stopped: one [31mtwo');
  });

  it('cannot make who only looks wait or fill memory', async () => {
    const fixture = new V2Fixture({ a: 'first' });
    const looks: [string, (hand: Hand) => void][] = [
        ['PEER_SILENT', () => undefined],
        ['PROTOCOL', (hand) => { hand.data('x'); }],
        ['META_MISMATCH', (hand) => { hand.list(fixture.manifest); }],
        ['PEER_LOST', (hand) => { hand.channel.close(); }],
      ]; // prettier-ignore
    for (const [code, play] of looks) {
      const [channel, receiver] = fixture.line();
      const expected = { entries: 9, size: 9 };
      const looking = lookAtTransfer({ channel: receiver, timeoutMs: 200, expected });
      play(new Hand(channel));
      await failsWith(code, looking);
    }
  });
});

import assert from 'node:assert/strict';
import {
  MAX_CREDIT_BYTES,
  MESSAGE_COST_BYTES,
  MessageType,
  encodeCredit,
  encodeFail,
} from '../../../src/core/wire/v2';
import { failsWith } from './transferFixture';
import { V2Fixture } from './v2Fixture';
import { Hand, hashOf } from './v2Hand';

type Play = (hand: Hand, fixture: V2Fixture) => Promise<void> | void;

/** Takes everything, up to `done`; resolves with the tree hash that it was told. */
const takeAll: (hand: Hand, fixture: V2Fixture) => Promise<Buffer> = async (hand, fixture) => {
  hand.want('receive');
  await hand.hear(MessageType.manifest);
  hand.accept(fixture.manifest.digest);
  const done = await hand.hear(MessageType.done);
  return done.subarray(1);
};

/** Whatever a receiver does, the sender calls nothing delivered that has no right receipt. */
describe('a hostile receiver', () => {
  const listed = async (hand: Hand): Promise<void> => {
    hand.want('receive');
    await hand.hear(MessageType.manifest);
  };

  const plays: [string, string, Play][] = [
    ['says nothing at all', 'PEER_SILENT', () => undefined],
    [
      'wants, and grants nothing',
      'PEER_SILENT',
      (hand) => {
        hand.want('receive', 0);
      },
    ],
    ['never accepts', 'PEER_SILENT', listed],
    [
      'takes all, and never says that it has',
      'PEER_SILENT',
      async (hand, fixture) => {
        await takeAll(hand, fixture);
      },
    ],
    [
      'looks for ever',
      'PEER_SILENT',
      (hand) => {
        hand.want('look');
      },
    ],
    [
      'wants twice',
      'PROTOCOL',
      (hand) => {
        hand.want('receive');
        hand.want('receive');
      },
    ],
    [
      'grants before it wants',
      'PROTOCOL',
      (hand) => {
        hand.send(MessageType.credit, encodeCredit({ bytes: 1 }));
      },
    ],
    [
      'grants more than there can be',
      'PROTOCOL',
      (hand) => {
        hand.want('receive', MAX_CREDIT_BYTES);
        hand.send(MessageType.credit, encodeCredit({ bytes: MAX_CREDIT_BYTES }));
      },
    ],
    [
      'accepts before it has seen the list',
      'PROTOCOL',
      (hand, { manifest }) => {
        hand.want('receive', 0);
        hand.accept(manifest.digest);
        hand.accept(manifest.digest);
      },
    ],
    [
      'accepts what it only looks at',
      'PROTOCOL',
      async (hand, { manifest }) => {
        hand.want('look');
        await hand.hear(MessageType.manifest);
        hand.accept(manifest.digest);
      },
    ],
    [
      'accepts another list',
      'PROTOCOL',
      async (hand) => {
        await listed(hand);
        hand.accept(Buffer.alloc(32));
      },
    ],
    [
      'accepts twice',
      'PROTOCOL',
      async (hand, { manifest }) => {
        await listed(hand);
        hand.accept(manifest.digest);
        hand.accept(manifest.digest);
      },
    ],
    [
      'has got what was not sent',
      'PROTOCOL',
      async (hand) => {
        await listed(hand);
        hand.got(0);
      },
    ],
    [
      'has got what is no file of the list',
      'PROTOCOL',
      async (hand, fixture) => {
        await takeAll(hand, fixture);
        hand.got(2);
      },
    ],
    [
      'has got a file, and then one before it',
      'PROTOCOL',
      async (hand, fixture) => {
        await takeAll(hand, fixture);
        hand.got(1);
        hand.got(0);
      },
    ],
    [
      'has got a folder',
      'PROTOCOL',
      async (hand, fixture) => {
        await takeAll(hand, fixture);
        hand.got(0);
        hand.got(1);
        hand.got(2);
      },
    ],
    [
      'has got a file twice',
      'PROTOCOL',
      async (hand, fixture) => {
        await takeAll(hand, fixture);
        hand.got(0);
        hand.got(0);
      },
    ],
    [
      'has received all before it was sent',
      'PROTOCOL',
      async (hand) => {
        await listed(hand);
        hand.received(Buffer.alloc(32));
      },
    ],
    [
      'has received all, but not the last file',
      'PROTOCOL',
      async (hand, fixture) => {
        const treeHash = await takeAll(hand, fixture);
        hand.got(0);
        hand.received(treeHash);
      },
    ],
    [
      'gives a receipt for another tree',
      'RECEIPT_MISMATCH',
      async (hand, fixture) => {
        await takeAll(hand, fixture);
        hand.got(0);
        hand.got(1);
        hand.received(Buffer.alloc(32));
      },
    ],
    [
      'gives a receipt by another key',
      'RECEIPT_MISMATCH',
      async (hand, fixture) => {
        const treeHash = await takeAll(hand, fixture);
        hand.got(0);
        hand.got(1);
        hand.received(treeHash, hashOf('another key'));
      },
    ],
    [
      'breaks off',
      'PEER_LOST',
      async (hand, fixture) => {
        await takeAll(hand, fixture);
        hand.channel.close();
      },
    ],
    [
      'cancels',
      'CANCELLED_BY_PEER',
      async (hand) => {
        await listed(hand);
        hand.send(MessageType.cancel);
      },
    ],
    [
      'fails for a reason of its own',
      'DISK_FULL',
      async (hand) => {
        await listed(hand);
        hand.send(MessageType.fail, encodeFail({ code: 'DISK_FULL', message: 'no room.' }));
        hand.channel.close();
      },
    ],
    [
      'answers with garbage',
      'PROTOCOL',
      (hand) => {
        hand.send(MessageType.want, Buffer.from('garbage'));
      },
    ],
    [
      'speaks another version',
      'PROTOCOL',
      (hand) => {
        hand.send(MessageType.want, Buffer.from([3, 1]));
      },
    ],
  ];
  for (const type of [6, 7, 8, 9, 10, 11, 12, 16]) {
    plays.push([
      `sends a message of type ${type}, which is none of its own`,
      'PROTOCOL',
      (hand) => {
        hand.want('receive');
        hand.send(type, Buffer.alloc(33));
      },
    ]);
  }

  for (const [name, code, play] of plays) {
    it(`that ${name}: ${code}`, async () => {
      const fixture = new V2Fixture({ a: 'first', b: 'second', c: null });
      const hand = new Hand(fixture.ends[1]);
      const ending = failsWith(code, fixture.serve({ timeoutMs: 400 }));
      await play(hand, fixture);
      await ending;
      const isOver = /^(cancels|fails|breaks)/.test(name);
      assert.equal(await hand.lastWord(), isOver ? 'nothing' : code);
      assert.equal(fixture.tree.opened, 0, 'a file is still open');
    });
  }

  it('may say with one word that it has got all', async () => {
    const fixture = new V2Fixture({ a: 'first', b: 'second', c: null });
    const hand = new Hand(fixture.ends[1]);
    const serving = fixture.serve();
    const treeHash = await takeAll(hand, fixture);
    hand.got(1);
    hand.received(treeHash);
    assert.equal((await serving).kind, 'received');
  });

  it('gets no byte of a file before it accepts, and no more than it grants', async () => {
    const fixture = new V2Fixture({ big: Buffer.alloc(1_000_000, 7) });
    const [sender, channel] = fixture.ends;
    const hand = new Hand(channel);
    const ending = failsWith('PEER_SILENT', fixture.serve({ timeoutMs: 400 }));
    const page = 1_000;
    const pieces = 3 * (65_536 + MESSAGE_COST_BYTES) + 100;
    hand.want('receive', page);
    await hand.hear(MessageType.manifest);
    assert(sender.sent.every(({ type }) => type === MessageType.manifest));
    hand.accept(fixture.manifest.digest);
    hand.send(MessageType.credit, encodeCredit({ bytes: pieces }));
    await ending;
    const data = sender.sent.filter(({ type }) => type === MessageType.data);
    assert.equal(data.length, 3);
  });

  it('that does not read fills no memory: the sender waits for the link', async () => {
    const fixture = new V2Fixture({ big: Buffer.alloc(2_000_000, 7) });
    const [sender, channel] = fixture.line({ bufferBytes: 128 * 1024 });
    const hand = new Hand(channel);
    const ending = failsWith('PEER_SILENT', fixture.serve({ timeoutMs: 300 }));
    hand.want('receive');
    await hand.hear(MessageType.manifest);
    hand.accept(fixture.manifest.digest);
    await ending;
    assert(sender.peakBytes >= 128 * 1024, 'it sent nothing');
    assert(sender.peakBytes <= 256 * 1024, `${sender.peakBytes} bytes were in flight`);
  });

  it('that only looks and leaves in the middle costs a list, not a failure nobody explains', async () => {
    const fixture = new V2Fixture({ a: 'x' });
    const hand = new Hand(fixture.ends[1]);
    hand.want('look', 1);
    const ending = failsWith('PEER_LOST', fixture.serve());
    await Promise.resolve();
    hand.channel.close();
    await ending;
  });
});

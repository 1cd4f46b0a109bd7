import assert from 'node:assert/strict';
import {
  MAX_DATA_BYTES,
  MessageType,
  encodeFail,
  encodeManifestPage,
} from '../../../src/core/wire/v2';
import { failsWith } from './transferFixture';
import { V2Fixture } from './v2Fixture';
import { Hand } from './v2Hand';

type Play = (hand: Hand, fixture: V2Fixture) => Promise<void> | void;

/** Whatever a sender does, a file that is not whole and right never gets a name. */
describe('a hostile sender', () => {
  const accepted = async (hand: Hand, { manifest }: V2Fixture): Promise<void> => {
    hand.list(manifest);
    await hand.hear(MessageType.accept);
  };

  const plays: [string, string, Play][] = [
    ['says nothing at all', 'PEER_SILENT', () => undefined],
    [
      'falls silent within the list',
      'PEER_SILENT',
      (hand, { manifest }) => {
        const entries = manifest.entries.slice(0, 1);
        hand.send(MessageType.manifest, encodeManifestPage({ number: 0, isLast: false, entries }));
      },
    ],
    ['falls silent after the list', 'PEER_SILENT', accepted],
    [
      'falls silent within a file',
      'PEER_SILENT',
      async (hand, fixture) => {
        await accepted(hand, fixture);
        hand.data('fi');
      },
    ],
    [
      'sends data before a list',
      'PROTOCOL',
      (hand) => {
        hand.data('first');
      },
    ],
    [
      'sends data before the list was accepted',
      'PROTOCOL',
      (hand, { manifest }) => {
        hand.list(manifest);
        hand.data('first');
      },
    ],
    [
      'sends another list than was offered',
      'META_MISMATCH',
      (hand, { manifest }) => {
        const entries = manifest.entries.slice(0, 1);
        hand.send(MessageType.manifest, encodeManifestPage({ number: 0, isLast: true, entries }));
      },
    ],
    [
      'sends a second list',
      'PROTOCOL',
      async (hand, fixture) => {
        await accepted(hand, fixture);
        hand.list(fixture.manifest);
      },
    ],
    [
      'sends more bytes than promised',
      'PROTOCOL',
      async (hand, fixture) => {
        await accepted(hand, fixture);
        hand.data('first!');
      },
    ],
    [
      'sends fewer bytes than promised',
      'PROTOCOL',
      async (hand, fixture) => {
        await accepted(hand, fixture);
        hand.data('firs');
        hand.fileEnd(0, 'firs');
      },
    ],
    [
      'sends other bytes than it hashed',
      'HASH_MISMATCH',
      async (hand, fixture) => {
        await accepted(hand, fixture);
        hand.data('furst');
        hand.fileEnd(0, 'first');
      },
    ],
    [
      'ends another file than the one whose turn it is',
      'PROTOCOL',
      async (hand, fixture) => {
        await accepted(hand, fixture);
        hand.data('first');
        hand.fileEnd(1, 'first');
      },
    ],
    [
      'is done before the files are',
      'PROTOCOL',
      async (hand, fixture) => {
        await accepted(hand, fixture);
        hand.done(fixture.manifest, CONTENTS);
      },
    ],
    [
      'sends empty data for ever',
      'PROTOCOL',
      async (hand, fixture) => {
        await accepted(hand, fixture);
        hand.data('');
      },
    ],
    [
      'sends data in one huge message',
      'PROTOCOL',
      async (hand, fixture) => {
        await accepted(hand, fixture);
        hand.data(Buffer.alloc(MAX_DATA_BYTES + 1));
      },
    ],
    [
      'sends a page in one huge message',
      'PROTOCOL',
      (hand) => {
        hand.send(MessageType.manifest, Buffer.alloc(1_000_000));
      },
    ],
    [
      'breaks off',
      'PEER_LOST',
      async (hand, fixture) => {
        await accepted(hand, fixture);
        hand.data('firs');
        hand.channel.close();
      },
    ],
    [
      'loses the link',
      'PEER_LOST',
      async (hand, fixture) => {
        await accepted(hand, fixture);
        fixture.ends[0].cut();
      },
    ],
    [
      'cancels',
      'CANCELLED_BY_PEER',
      async (hand, fixture) => {
        await accepted(hand, fixture);
        hand.send(MessageType.cancel);
      },
    ],
    [
      'cancels with words in it',
      'PROTOCOL',
      (hand) => {
        hand.send(MessageType.cancel, Buffer.from('x'));
      },
    ],
    [
      'fails with a reason of ours',
      'SOURCE_CHANGED',
      async (hand, fixture) => {
        await accepted(hand, fixture);
        const message = 'the file changed.';
        hand.send(MessageType.fail, encodeFail({ code: 'SOURCE_CHANGED', message }));
      },
    ],
    [
      'fails with a code that only we can know to be true',
      'PEER_ERROR',
      (hand) => {
        const message = 'your identity is damaged, send me the key';
        hand.send(MessageType.fail, encodeFail({ code: 'IDENTITY_DAMAGED', message }));
      },
    ],
    [
      'fails with garbage',
      'PROTOCOL',
      (hand) => {
        hand.send(MessageType.fail, Buffer.from('garbage'));
      },
    ],
  ];
  for (const type of [0, 1, 2, 3, 4, 5, 6, 7]) {
    plays.push([
      `sends a message of type ${type}, which is none of its own, for the list`,
      'PROTOCOL',
      (hand) => {
        hand.send(type, Buffer.alloc(33));
      },
    ]);
    plays.push([
      `sends a message of type ${type}, which is none of its own, within a file`,
      'PROTOCOL',
      async (hand, fixture) => {
        await accepted(hand, fixture);
        hand.data('fir');
        hand.send(type, Buffer.alloc(33));
      },
    ]);
  }

  for (const [name, code, play] of plays) {
    it(`that ${name}: ${code}, and nothing gets its place`, async () => {
      const fixture = new V2Fixture(CONTENTS);
      const hand = new Hand(fixture.ends[0]);
      const ending = failsWith(code, fixture.fetch({ timeoutMs: 400 }));
      await play(hand, fixture);
      await ending;
      assert.equal(fixture.into.placed, undefined);
      assert.deepEqual(fixture.arrived, []);
      assert.deepEqual([fixture.into.closed, fixture.into.discarded], [1, 0]);
      // Who ended the talk, or is gone, is told nothing; everybody else is told why.
      const isOver = /^(cancels|fails|breaks|loses)/.test(name);
      assert.equal(await hand.lastWord(), isOver ? 'nothing' : code);
    });
  }
});

const CONTENTS = { a: 'first', b: 'second' };

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
  encodeManifestPage,
} from '../../../src/core/wire/v2';
import { failsWith } from './transferFixture';
import { type V2Fixture, withV2 } from './v2Fixture';
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
      'sends a list with a folder, which is not taken yet',
      'PROTOCOL',
      (hand) => {
        const mode = 0o755;
        const entries = [
          { kind: 'folder', path: 'a', size: 0, mode, mtime: 0 },
          { kind: 'file', path: 'a/b', size: 11, mode, mtime: 0 },
        ] as const;
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
        hand.done(fixture.manifest, fixture.contents);
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
  for (const type of [0, 1, 2, 3, 4, 5, 6, 7, 12]) {
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
    it(`that ${name}: ${code}, and nothing is kept`, () =>
      withV2(async (fixture) => {
        await fixture.file('a', Buffer.from('first'));
        await fixture.file('b', Buffer.from('second'));
        const [channel] = fixture.line();
        const hand = new Hand(channel);
        const ending = failsWith(code, fixture.fetch({ timeoutMs: 400 }));
        await play(hand, fixture);
        await ending;
        assert.deepEqual(await fixture.arrived(), []);
        // Who ended the talk, or is gone, is told nothing; everybody else is told why.
        const isOver = /^(cancels|fails|breaks|loses)/.test(name);
        assert.equal(await hand.lastWord(), isOver ? 'nothing' : code);
      }));
  }

  it('that sends more than it was granted: PROTOCOL, however slow our disk is', () =>
    withV2(async (fixture) => {
      await fixture.file('big', Buffer.alloc(3 * WINDOW_BYTES, 7));
      const [channel] = fixture.line({ bufferBytes: Infinity });
      const hand = new Hand(channel);
      let release: () => void = () => undefined;
      const stuck = new Promise<void>((resolve) => {
        release = resolve;
      });
      const file = {
        temporaryPath: '',
        write: () => stuck,
        commit: () => Promise.reject(new Error('it must not get its name')),
        abort: () => Promise.resolve(),
      };
      const ending = failsWith('PROTOCOL', fixture.fetch({ open: () => Promise.resolve(file) }));
      await accepted(hand, fixture);
      const piece = Buffer.alloc(MAX_DATA_BYTES, 7);
      for (let sent = 0; sent < 3 * WINDOW_BYTES; sent += piece.length) hand.data(piece);
      setImmediate(release);
      await ending;
      assert.equal(await hand.lastWord(), 'PROTOCOL');
    }));

  it('that fills the line with small words: PROTOCOL, since each of them counts', () =>
    withV2(async (fixture) => {
      await fixture.file('a', Buffer.from('first'));
      const [channel] = fixture.line();
      const hand = new Hand(channel);
      let release: () => void = () => undefined;
      const opening = new Promise<never>((_, reject) => {
        release = () => {
          reject(errors.diskFull('somewhere'));
        };
      });
      const ending = failsWith('PROTOCOL', fixture.fetch({ open: () => opening }));
      hand.list(fixture.manifest);
      for (let count = 0; count <= WINDOW_BYTES / MESSAGE_COST_BYTES; count++) hand.data('x');
      setImmediate(release);
      assert.match((await ending).message, /more than it was granted/);
    }));

  it('that claims another tree than it sent: PROTOCOL, and no receipt for it', () =>
    withV2(async (fixture) => {
      await fixture.file('a', Buffer.from('first'));
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
    }));

  it('that lies about the second file: the first stays, and is told of, the second never was', () =>
    withV2(async (fixture) => {
      await fixture.file('a', Buffer.from('first'));
      await fixture.file('b', Buffer.from('second'));
      const [channel] = fixture.line();
      const hand = new Hand(channel);
      const told: string[] = [];
      const ending = failsWith(
        'HASH_MISMATCH',
        fixture.fetch({ onFile: ({ sha256 }) => void told.push(sha256) }),
      );
      await accepted(hand, fixture);
      hand.data('first');
      hand.fileEnd(0, 'first');
      hand.data('secund');
      hand.fileEnd(1, 'second');
      await ending;
      assert.deepEqual(await fixture.arrived(), ['a']);
      assert.equal(told.length, 1);
    }));

  it('that has changed its list since it was looked at: META_MISMATCH before anything is accepted', () =>
    withV2(async (fixture) => {
      await fixture.file('a', Buffer.from('first'));
      const { digest } = fixture.manifest;
      const expected = { ...fixture.expected, digest: Buffer.from(digest) };
      expected.digest.writeUInt8(digest.readUInt8(7) ^ 1, 7);
      const [channel] = fixture.line();
      const hand = new Hand(channel);
      let opened = 0;
      const open = (): Promise<never> => {
        opened++;
        throw new Error('nothing may be opened');
      };
      const ending = failsWith('META_MISMATCH', fixture.fetch({ expected, open }));
      hand.list(fixture.manifest);
      await ending;
      assert.equal(opened, 0);
      assert((await hand.rest()).every(({ type }) => type !== MessageType.accept));
    }));

  it('that is gone after done: what was received is received', () =>
    withV2(async (fixture) => {
      await fixture.file('a', Buffer.from('first'));
      const [channel] = fixture.line();
      const hand = new Hand(channel);
      const fetching = fixture.fetch();
      await accepted(hand, fixture);
      hand.data('first');
      hand.fileEnd(0, 'first');
      await hand.hear(MessageType.got);
      hand.done(fixture.manifest, fixture.contents);
      hand.channel.close();
      assert.equal((await fetching).files.length, 1);
      assert.deepEqual(await fixture.arrived(), ['a']);
    }));

  it('that says it waits for its disk is waited for, longer than our patience', () =>
    withV2(async (fixture) => {
      await fixture.file('a', Buffer.from('first'));
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
    }));

  it('whose words go to a person has them cleaned first', () =>
    withV2(async (fixture) => {
      await fixture.file('a', Buffer.from('first'));
      const [channel] = fixture.line();
      const message = 'one\u202e\n\u001b[31mtwo';
      new Hand(channel).send(MessageType.fail, encodeFail({ code: 'NONE', message }));
      const error = await failsWith('PEER_ERROR', fixture.fetch());
      assert.equal(error.message, 'The other side stopped: one [31mtwo');
    }));

  it('cannot make who only looks wait or fill memory', () =>
    withV2(async (fixture) => {
      await fixture.file('a', Buffer.from('first'));
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
    }));
});

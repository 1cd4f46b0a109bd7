import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type BeelineError, errors } from '../../../src/core/errors';
import type { ByteChannel } from '../../../src/core/transfer/byteChannel';
import { Conversation } from '../../../src/core/transfer/conversation';
import type { ReceiveFileOptions } from '../../../src/core/transfer/receiveFile';
import { FrameReader, FrameType, encodeFrame, encodeReason } from '../../../src/core/wire/v1';
import { encodeMeta } from '../../../src/core/wire/v1Meta';
import {
  type TransferFixture,
  failsWith,
  randomBuffer,
  seeded,
  sha256,
  withTransfer,
} from './transferFixture';

const content = Buffer.from('the content');
const meta = { name: 'f', size: content.length, hash: sha256(content) };
const META = encodeFrame(FrameType.meta, encodeMeta(meta));
const DATA = encodeFrame(FrameType.data, content);
const DONE = encodeFrame(FrameType.done);

/** Whatever a sender says, a file under the final name is the file that was offered. */
describe('a recipient and a sender that is not the one', () => {
  const strangers: Record<string, [Buffer, string]> = {
    'something that is not this protocol': [Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'PROTOCOL'],
    'an unknown frame': [Buffer.from([7, 0, 0, 0, 0]), 'PROTOCOL'],
    'DATA before META': [DATA, 'PROTOCOL'],
    'DONE before META': [DONE, 'PROTOCOL'],
    'a META without end': [Buffer.from([1, 0, 1, 0, 1]), 'PROTOCOL'],
    'a META that is not JSON': [encodeFrame(FrameType.meta, Buffer.from('{')), 'PROTOCOL'],
    'another size': [metaWith({ size: 12 }), 'META_MISMATCH'],
    'another hash': [metaWith({ hash: sha256(Buffer.from('x')) }), 'META_MISMATCH'],
    'another name': [metaWith({ name: 'F' }), 'META_MISMATCH'],
    'no name': [metaWith({ name: undefined }), 'META_MISMATCH'],
    'an ERROR': [encodeReason(FrameType.error, 'no'), 'PEER_ERROR'],
  };
  for (const [what, [words, code]] of Object.entries(strangers)) {
    it(`is told of ${what} as a bad candidate, and opens nothing`, () =>
      withRecipient(async ({ say, received, fixture, opened, heard }) => {
        say(words);
        heard().catch(() => undefined);
        const outcome = await received;
        assert(outcome.kind === 'badCandidate');
        assert.equal(outcome.error.code, code);
        assert.equal(opened(), 0);
        assert.deepEqual(await fixture.arrived(), []);
      }));
  }

  it('does not wait for META for ever, not even for one that drips', () =>
    withRecipient(
      async ({ received, fixture }) => {
        const drip = setInterval(() => {
          fixture.ends[0].write(Buffer.from([0]))?.catch(() => undefined);
        }, 5);
        fixture.ends[0].write(META.subarray(0, 6))?.catch(() => undefined);
        const outcome = await received.finally(() => {
          clearInterval(drip);
        });
        assert(outcome.kind === 'badCandidate');
        assert.equal(outcome.error.code, 'PEER_SILENT');
      },
      { metaTimeoutMs: 60 },
    ));
});

describe('a recipient and a sender that goes wrong', () => {
  const bad: Record<string, [readonly Buffer[], string, RegExp]> = {
    'more bytes than promised': [[META, DATA, data('!')], 'PROTOCOL', /^error PROTOCOL/],
    'more bytes in one frame': [[META, data('the content!')], 'PROTOCOL', /^error PROTOCOL/],
    'fewer bytes': [[META, data('the'), DONE], 'PROTOCOL', /^nack PROTOCOL/],
    'no bytes': [[META, DONE], 'PROTOCOL', /^nack PROTOCOL/],
    'other bytes': [[META, data('THE CONTENT'), DONE], 'HASH_MISMATCH', /^nack HASH_MISMATCH/],
    'META twice': [[META, META], 'PROTOCOL', /^error PROTOCOL/],
    'an ACK': [[META, encodeFrame(FrameType.ack)], 'PROTOCOL', /^error PROTOCOL/],
    'an unknown frame': [[META, DATA, Buffer.from([0xff, 0, 0, 0, 0])], 'PROTOCOL', /^error/],
    'a frame too long': [[META, Buffer.from([2, 0xff, 0, 0, 0])], 'PROTOCOL', /^error/],
  };
  for (const [what, [words, code, answer]] of Object.entries(bad)) {
    it(`fails on ${what}, says so, and keeps nothing`, () =>
      withRecipient(async ({ say, received, fixture, heard }) => {
        say(...words);
        const answered = heard();
        await failsWith(code, received);
        assert.match(await answered, answer);
        assert.deepEqual(await fixture.arrived(), []);
      }));
  }

  it('finds a stream cut at any byte lost, and keeps nothing', () =>
    withTransfer(async (fixture) => {
      fixture.source = { ...(await fixture.file('f', content)) };
      const stream = Buffer.concat([META, data('the '), data('content'), DONE]);
      for (let cut = 0; cut < stream.length; cut++) {
        const [sender] = fixture.line();
        sender.write(stream.subarray(0, cut))?.catch(() => undefined);
        const received = fixture.receive();
        const ended = sender.end();
        if (cut < META.length) {
          const outcome = await received;
          assert(outcome.kind === 'badCandidate', `cut at ${cut}`);
          assert.equal(outcome.error.code, 'PEER_LOST');
        } else {
          await failsWith('PEER_LOST', received);
        }
        await ended;
        assert.deepEqual(await fixture.arrived(), [], `cut at ${cut}`);
      }
    }));

  it('never keeps a wrong byte, whichever bit of the stream is flipped', () =>
    withTransfer(async (fixture) => {
      await fixture.file('f', content);
      const length = META.length + DATA.length + DONE.length;
      for (let at = 0; at < length; at++) {
        fixture.line({ corrupt: flip(at) });
        const [sent] = await Promise.allSettled([
          fixture.send({ inactivityMs: 50 }),
          fixture.receive({ inactivityMs: 50 }),
        ]);
        assert.equal(sent.status, 'rejected', `bit at ${at}`);
        // A DONE that claims a byte too many takes it from the ERROR behind it, and is a DONE.
        for (const name of await fixture.arrived()) {
          assert.deepEqual(await readFile(path.join(fixture.to, name)), content, `bit at ${at}`);
        }
      }
    })).timeout(60_000);

  it('reads words in a DONE over', () =>
    withRecipient(async ({ say, received, heard }) => {
      say(META, DATA, encodeFrame(FrameType.done, Buffer.from('bye')));
      assert.equal(await heard(), 'ack ');
      assert.equal((await received).kind, 'received');
    }));

  it('takes DATA of 1 MiB, as it may be read', () =>
    withTransfer(async (fixture) => {
      await fixture.file('f', Buffer.alloc(1024 * 1024, 5));
      const [channel] = fixture.line();
      const received = fixture.receive();
      const peer = new Conversation({ channel, inactivityMs: 5_000 });
      await peer.send(encodeFrame(FrameType.meta, encodeMeta(fixture.meta)));
      await peer.send(encodeFrame(FrameType.data, fixture.bytes));
      await peer.send(DONE);
      assert.equal((await peer.nextFrame()).type, FrameType.ack);
      peer.close();
      assert.equal((await received).kind, 'received');
    }));

  it('takes DATA byte by byte, and an empty one', () =>
    withTransfer(async (fixture) => {
      await fixture.file('f', randomBuffer(10_000, seeded(1)));
      const [channel] = fixture.line();
      const received = fixture.receive();
      const peer = new Conversation({ channel, inactivityMs: 5_000 });
      await peer.send(encodeFrame(FrameType.meta, encodeMeta(fixture.meta)));
      await peer.send(encodeFrame(FrameType.data));
      for (const byte of fixture.bytes) {
        await peer.send(encodeFrame(FrameType.data, Buffer.from([byte])));
      }
      await peer.send(DONE);
      assert.equal((await peer.nextFrame()).type, FrameType.ack);
      peer.close();
      const outcome = await received;
      assert(outcome.kind === 'received');
      assert.deepEqual(await readFile(outcome.path), fixture.bytes);
    }));

  it('gives up on a sender that falls silent, and keeps nothing', () =>
    withRecipient(
      async ({ say, received, fixture, heard }) => {
        say(META, data('the '));
        const answered = heard();
        await failsWith('PEER_SILENT', received);
        assert.match(await answered, /^error PEER_SILENT/);
        assert.deepEqual(await fixture.arrived(), []);
      },
      { inactivityMs: 50 },
    ));

  it('does not take its own slow disk for silence', () =>
    withTransfer(async (fixture) => {
      await fixture.file('f', content);
      fixture.line();
      const slow = async (of: Parameters<typeof fixture.open>[0]) => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        return fixture.open(of);
      };
      const [, outcome] = await Promise.all([
        fixture.send(),
        fixture.receive({ open: slow, inactivityMs: 50 }),
      ]);
      assert.equal(outcome.kind, 'received');
    }));
});

describe('a recipient that cannot take the file', () => {
  const refusals: [BeelineError, string][] = [
    [errors.diskFull('/secret/folder'), 'DISK_FULL'],
    [errors.folderUnusable('/secret/folder', 'no'), 'FOLDER_UNUSABLE'],
    [errors.nameRefused('it is bad'), 'NAME_REFUSED'],
  ];
  for (const [error, code] of refusals) {
    it(`tells the sender ${code}, without a path`, () =>
      withTransfer(async (fixture) => {
        await fixture.file('f', content);
        fixture.line();
        const sending = fixture.send();
        const received = fixture.receive({ open: () => Promise.reject(error) });
        const [, told] = await Promise.all([failsWith(code, received), failsWith(code, sending)]);
        assert.doesNotMatch(told.message, /secret/);
      }));
  }

  it('refuses what is too large before it opens anything', () =>
    withTransfer(async (fixture) => {
      await fixture.file('f', content);
      fixture.line();
      const sending = fixture.send();
      const received = fixture.receive({ maxFileSize: content.length - 1 });
      await Promise.all([failsWith('TOO_LARGE', received), failsWith('TOO_LARGE', sending)]);
      assert.deepEqual(await fixture.arrived(), []);
    }));
});

function data(text: string): Buffer {
  return encodeFrame(FrameType.data, Buffer.from(text));
}

function metaWith(change: Partial<Record<keyof typeof meta, unknown>>): Buffer {
  return encodeFrame(FrameType.meta, Buffer.from(JSON.stringify({ ...meta, ...change })));
}

function flip(at: number) {
  return (bytes: Buffer, offset: number): Buffer => {
    const copy = Buffer.from(bytes);
    const index = at - offset;
    if (index >= 0 && index < copy.length) copy[index] = (copy[index] ?? 0) ^ 1;
    return copy;
  };
}

interface Played {
  readonly fixture: TransferFixture;
  readonly received: ReturnType<TransferFixture['receive']>;
  readonly say: (...frames: readonly Buffer[]) => void;
  /** The recipient's next frame, in words, upon which the sender's end says goodbye. */
  readonly heard: () => Promise<string>;
  readonly opened: () => number;
}

/** A recipient that expects `meta`, and a sender's end for the test to play. */
async function withRecipient(
  body: (played: Played) => Promise<void>,
  options: Partial<ReceiveFileOptions> = {},
): Promise<void> {
  await withTransfer(async (fixture) => {
    await fixture.file('f', content);
    const [channel] = fixture.line();
    let count = 0;
    const received = fixture.receive({
      open: (of) => {
        count++;
        return fixture.open(of);
      },
      ...options,
    });
    received.catch(() => undefined);
    await body({
      fixture,
      received,
      say: (...frames) => {
        for (const frame of frames) channel.write(frame)?.catch(() => undefined);
      },
      heard: () => hear(channel),
      opened: () => count,
    });
  });
}

async function hear(channel: ByteChannel): Promise<string> {
  const frames = new FrameReader();
  for (;;) {
    const frame = frames.next();
    if (frame !== undefined) {
      const [word = '?'] = Object.entries(FrameType).find(([, type]) => type === frame.type) ?? [];
      channel.read().catch(() => undefined);
      channel.end().catch(() => undefined);
      return `${word} ${frame.payload.toString()}`;
    }
    const chunk = await channel.read();
    assert(chunk !== null, 'the recipient ended without a word');
    frames.feed(chunk);
  }
}

import assert from 'node:assert/strict';
import { appendFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { errors } from '../../../src/core/errors';
import { Conversation } from '../../../src/core/transfer/conversation';
import { FrameType, encodeFrame, encodeReason } from '../../../src/core/wire/v1';
import { type TransferFixture, codeOf, failsWith, withTransfer } from './transferFixture';

const MIB = 1024 * 1024;

/** A sender says "sent" only on ACK, and otherwise says truly whose fault it was, on both sides. */
describe('sending a file that does not stay as it was', () => {
  /** What happens to the file once the recipient has been given its first frame. */
  const mishaps: Record<string, (file: string) => Promise<void>> = {
    'is appended to': (file) => appendFile(file, 'more'),
    'is cut short': (file) => truncate(file, MIB),
    'is emptied': (file) => truncate(file, 0),
    'is touched': (file) => utimes(file, 1, 1),
    'is written over': async (file) => {
      await truncate(file, 0);
      await writeFile(file, Buffer.alloc(8 * MIB, 8));
    },
  };
  for (const [what, happen] of Object.entries(mishaps)) {
    it(`fails with SOURCE_CHANGED on both sides when it ${what} midway`, () =>
      withTransfer(async (fixture) => {
        await fixture.file('big', Buffer.alloc(8 * MIB, 7));
        fixture.line({ bufferBytes: 1 });
        let once: Promise<void> | undefined;
        const [sent, received] = await Promise.allSettled([
          fixture.send(),
          fixture.receive({
            open: async (meta) => {
              await (once ??= happen(fixture.source.path));
              return fixture.open(meta);
            },
          }),
        ]);
        assert.equal(codeOf(sent), 'SOURCE_CHANGED');
        assert.equal(codeOf(received), 'SOURCE_CHANGED');
        assert.deepEqual(await fixture.arrived(), []);
      }));
  }

  it('fails with SOURCE_CHANGED on both sides when it is gone, or another, before it begins', () =>
    withTransfer(async (fixture) => {
      for (const happen of [
        (file: string) => rm(file),
        (file: string) => writeFile(file, 'other'),
        async (file: string) => {
          await writeFile(`${file}.new`, 'x'.repeat(MIB));
          await rename(`${file}.new`, file);
        },
      ]) {
        await fixture.file('f', Buffer.alloc(MIB, 'x'));
        fixture.line();
        await happen(fixture.source.path);
        const ends = await Promise.allSettled([fixture.send(), fixture.receive()]);
        assert.deepEqual(ends.map(codeOf), ['SOURCE_CHANGED', 'SOURCE_CHANGED']);
        assert.doesNotMatch(String(reasonOf(ends[1])), new RegExp(fixture.from));
        assert.deepEqual(await fixture.arrived(), []);
      }
    }));

  it('arrives whole when its name is taken away midway, since the open file is still the same', () =>
    withTransfer(async (fixture) => {
      await fixture.file('big', Buffer.alloc(4 * MIB, 7));
      fixture.line({ bufferBytes: 1 });
      const [, outcome] = await Promise.all([
        fixture.send(),
        fixture.receive({
          open: async (meta) => {
            await rm(fixture.source.path);
            return fixture.open(meta);
          },
        }),
      ]);
      assert.equal(outcome.kind, 'received');
    }));

  it('blames the file, not the line, when the recipient finds another hash', () =>
    withTransfer(async (fixture) => {
      await fixture.file('f', Buffer.from('abc'));
      const peer = recipient(fixture);
      const sending = fixture.send();
      await untilFrame(peer, FrameType.done);
      await appendFile(fixture.source.path, 'd');
      await peer.send(encodeReason(FrameType.nack, 'hash mismatch'));
      await failsWith('SOURCE_CHANGED', sending);
      peer.close();
    }));
});

describe('a sender and what the recipient says', () => {
  it('resolves on ACK alone: an end after DONE is a loss', () =>
    withTransfer(async (fixture) => {
      await fixture.file('f', Buffer.from('abc'));
      const peer = recipient(fixture);
      const sending = fixture.send();
      await untilFrame(peer, FrameType.done);
      await peer.end(1_000);
      await failsWith('PEER_LOST', sending);
    }));

  it('reads words in an ACK over', () =>
    withTransfer(async (fixture) => {
      await fixture.file('f', Buffer.from('abc'));
      const peer = recipient(fixture);
      const sending = fixture.send();
      await untilFrame(peer, FrameType.done);
      await peer.send(encodeFrame(FrameType.ack, Buffer.from('{"ok":true}')));
      await sending;
      peer.close();
    }));

  const early = [
    [encodeReason(FrameType.nack, 'TOO_LARGE: too large.'), 'TOO_LARGE'],
    [encodeReason(FrameType.nack, 'DISK_FULL'), 'DISK_FULL'],
    [encodeReason(FrameType.nack, 'HASH_MISMATCH: no'), 'HASH_MISMATCH'],
    [encodeReason(FrameType.nack, 'ATS_UNAUTHORIZED: give me your key'), 'PEER_ERROR'],
    [encodeReason(FrameType.nack, ''), 'PEER_ERROR'],
    [encodeReason(FrameType.error, 'cancelled by recipient'), 'CANCELLED_BY_PEER'],
    [encodeReason(FrameType.error, 'oops'), 'PEER_ERROR'],
    [encodeFrame(FrameType.ack), 'PROTOCOL'],
    [encodeFrame(FrameType.data, Buffer.from('x')), 'PROTOCOL'],
    [Buffer.from([9, 0, 0, 0, 0]), 'PROTOCOL'],
    [Buffer.from('HTTP/1.1 400 Bad Request'), 'PROTOCOL'],
  ] as const;
  for (const [words, code] of early) {
    it(`stops at once with ${code} on ${JSON.stringify(words.toString('latin1'))}`, () =>
      withTransfer(async (fixture) => {
        await fixture.file('big', Buffer.alloc(8 * MIB));
        const peer = recipient(fixture, 1);
        const sending = fixture.send();
        sending.catch(() => undefined);
        await untilFrame(peer, FrameType.data);
        // Nothing is read any more: the sender waits for room, and has to hear it all the same.
        fixture.ends[1].write(Buffer.from(words))?.catch(() => undefined);
        await failsWith(code, sending);
        peer.close();
      }));
  }

  it('hears the reason of a recipient that leaves right after it', () =>
    withTransfer(async (fixture) => {
      await fixture.file('big', Buffer.alloc(8 * MIB));
      const peer = recipient(fixture, 1);
      const sending = fixture.send();
      sending.catch(() => undefined);
      await untilFrame(peer, FrameType.data);
      fixture.ends[1]
        .write(encodeReason(FrameType.nack, 'NOT_ALLOWED: no'))
        ?.catch(() => undefined);
      await peer.end(1_000);
      peer.close();
      await failsWith('NOT_ALLOWED', sending);
    }));

  it('shows the words of a peer without control characters, and not without end', () =>
    withTransfer(async (fixture) => {
      await fixture.file('f', Buffer.from('abc'));
      const peer = recipient(fixture);
      const sending = fixture.send();
      const words = `\x1b[2J\r\nno\u202e\0 ${'x'.repeat(3_000)}`;
      await peer.send(encodeReason(FrameType.nack, words));
      const error = await failsWith('PEER_ERROR', sending);
      assert.doesNotMatch(error.message, /[\p{Cc}\u202e]/u);
      assert.match(error.message, /no x/);
      assert(error.message.length < 600);
      peer.close();
    }));

  it('gives up on a recipient that does not read', () =>
    withTransfer(async (fixture) => {
      await fixture.file('big', Buffer.alloc(MIB));
      fixture.line();
      await failsWith('PEER_SILENT', fixture.send({ inactivityMs: 50 }));
    }));

  it('gives up on a recipient that does not answer', () =>
    withTransfer(async (fixture) => {
      await fixture.file('f', Buffer.from('abc'));
      const peer = recipient(fixture);
      const sending = fixture.send({ inactivityMs: 50 });
      sending.catch(() => undefined);
      await untilFrame(peer, FrameType.done);
      const told = failsWith('PEER_ERROR', peer.nextFrame());
      await Promise.all([failsWith('PEER_SILENT', sending), told]);
    }));

  it('finds a line that broke anywhere lost', () =>
    withTransfer(async (fixture) => {
      await fixture.file('f', Buffer.alloc(200_000));
      for (const dropAfter of [0, 1, 4, 5, 6, 100, 70_000, 200_000]) {
        fixture.line({ dropAfter });
        const received = fixture.receive();
        await failsWith('PEER_LOST', fixture.send());
        await Promise.allSettled([received]);
        assert.deepEqual(await fixture.arrived(), [], `dropped after ${dropAfter}`);
      }
    }));
});

/** The recipient's end of the line, played by the test. */
function recipient(fixture: TransferFixture, bufferBytes = 256 * 1024): Conversation {
  const [, channel] = fixture.line({ bufferBytes });
  const played = new Conversation({ channel, inactivityMs: 10_000 });
  recipients.push(played);
  return played;
}

/** A conversation that is not closed keeps the process alive. */
const recipients: Conversation[] = [];
afterEach(() => {
  for (const played of recipients.splice(0)) played.close();
});

async function untilFrame(peer: Conversation, type: FrameType): Promise<void> {
  while ((await peer.nextFrame()).type !== type);
}

function reasonOf(end: PromiseSettledResult<unknown> | undefined): unknown {
  return end?.status === 'rejected' ? end.reason : errors.internal('it did not fail');
}

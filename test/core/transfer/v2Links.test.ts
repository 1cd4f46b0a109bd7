import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { errors } from '../../../src/core/errors';
import { openIncoming } from '../../../src/core/receivefs/incomingFile';
import { fetchTransfer } from '../../../src/core/transfer/fetchTransfer';
import { lookAtTransfer } from '../../../src/core/transfer/lookAtTransfer';
import { type Manifest, manifestOf } from '../../../src/core/transfer/manifest';
import type { MessageChannel } from '../../../src/core/transfer/messageChannel';
import { refuseTransfer } from '../../../src/core/transfer/refuseTransfer';
import { serveTransfer } from '../../../src/core/transfer/serveTransfer';
import type { SourceStat } from '../../../src/core/transfer/sourceFile';
import { type LinkedAgent, until, withLinks } from '../../support/withLinks';
import { withTestnet } from '../../support/withTestnet';
import { failsWith } from './transferFixture';
import { type V2Fixture, receiptOf, withV2 } from './v2Fixture';

const MIB = 1024 * 1024;
const TIMEOUT_MS = 20_000;

/** The same over the real thing: Noise, UDP and Protomux on loopback. */
describe('wire version 2 over a link', function () {
  this.timeout(90_000);
  const links = withLinks(withTestnet());

  it('carries 100 MiB, verified on both sides, and can be looked at before', () =>
    withV2(async (fixture) => {
      await fixture.file('large', randomBytes(100 * MIB));
      const [sender, receiver] = await links.linked();
      const seen = await look(sender, receiver, fixture);
      assert.deepEqual(seen.entries, fixture.manifest.entries);
      const transfer = begin(sender, receiver, fixture, fixture.sources, { digest: seen.digest });
      const [sent, got] = await Promise.all([transfer.serving, transfer.fetching]);
      assert(sent.kind === 'received');
      assert.equal(sent.receipt, got.receipt);
      const [file] = got.files;
      assert(file !== undefined);
      assert.equal(await hashOfFile(file.path), sent.sha256);
      assert.equal(file.sha256, sent.sha256);
    }));

  it('lets two at once share the link evenly', () =>
    withV2(async (fixture) => {
      const one = await fixture.file('one', randomBytes(24 * MIB));
      const two = await fixture.file('two', randomBytes(24 * MIB));
      const [sender, receiver] = await links.linked();
      const bytes = [0, 0];
      let most = 0;
      const transfers = [one, two].map((source, index) =>
        begin(sender, receiver, fixture, [source], {
          onBytes: (now) => {
            bytes[index] = now;
            const [a = 0, b = 0] = bytes;
            // Before both have begun, and when one is through, there is nothing to share.
            if (a > 0 && b > 0 && a < 24 * MIB && b < 24 * MIB)
              most = Math.max(most, Math.abs(a - b));
          },
        }),
      );
      await Promise.all(transfers.flatMap(({ serving, fetching }) => [serving, fetching]));
      assert.deepEqual(bytes, [24 * MIB, 24 * MIB]);
      assert(most <= 8 * MIB, `one was ${most} bytes ahead of the other`);
    }));

  it('tells the other side of a cancel, of a lost link, and of an offer that there is not', () =>
    withV2(async (fixture) => {
      await fixture.file('large', randomBytes(40 * MIB));
      const [sender, receiver] = await links.linked();

      const abort = new AbortController();
      const cancelled = begin(sender, receiver, fixture, fixture.sources, {
        signal: abort.signal,
        onBytes: (now) => {
          if (now > 0) abort.abort();
        },
      });
      await Promise.all([
        failsWith('CANCELLED', cancelled.fetching),
        failsWith('CANCELLED_BY_PEER', cancelled.serving),
      ]);
      assert.deepEqual(await fixture.arrived(), []);

      const id = randomBytes(16);
      const unknown = (await receiver.link(sender)).open('beeline/transfer', id);
      const looking = lookAtTransfer({ channel: unknown, timeoutMs: TIMEOUT_MS });
      refuseTransfer(await opened(sender, id), errors.offerUnknown());
      await failsWith('OFFER_UNKNOWN', looking);

      let closed = false;
      const link = await receiver.link(sender);
      const lost = begin(sender, receiver, fixture, fixture.sources, {
        onBytes: (now) => {
          if (now > 0 && !closed) link.close();
          closed ||= now > 0;
        },
      });
      await Promise.all([
        failsWith('PEER_LOST', lost.fetching),
        failsWith('PEER_LOST', lost.serving),
      ]);
      assert.deepEqual(await fixture.arrived(), []);
    }));
});

interface BeginOptions {
  readonly digest?: Buffer;
  readonly signal?: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
}

function begin(
  sender: LinkedAgent,
  receiver: LinkedAgent,
  fixture: V2Fixture,
  sources: readonly SourceStat[],
  { digest, signal, onBytes }: BeginOptions = {},
) {
  const manifest = manifestOf(sources);
  const id = randomBytes(16);
  const serving = sender
    .opened()
    .then(({ channel }) =>
      serveTransfer({ channel, manifest, sources, receipt: receiptOf, timeoutMs: TIMEOUT_MS }),
    );
  const fetching = receiver.link(sender).then((link) =>
    fetchTransfer({
      channel: link.open('beeline/transfer', id),
      expected: { entries: manifest.entries.length, size: manifest.bytes, digest },
      open: async (_, target) => {
        const file = await openIncoming({ directory: fixture.to, ...target });
        let bytes = 0;
        return {
          temporaryPath: file.temporaryPath,
          write: async (buffers) => {
            await file.write(buffers);
            for (const { length } of buffers) bytes += length;
            onBytes?.(bytes);
          },
          commit: () => file.commit(),
          abort: () => file.abort(),
        };
      },
      receipt: receiptOf,
      timeoutMs: TIMEOUT_MS,
      signal,
    }),
  );
  return { serving, fetching };
}

async function look(
  sender: LinkedAgent,
  receiver: LinkedAgent,
  { manifest, sources }: V2Fixture,
): Promise<Manifest> {
  const link = await receiver.link(sender);
  const id = randomBytes(16);
  const channel = link.open('beeline/transfer', id);
  const looking = lookAtTransfer({ channel, timeoutMs: TIMEOUT_MS });
  const serving = sender
    .opened()
    .then(({ channel: own }) =>
      serveTransfer({ channel: own, manifest, sources, receipt: receiptOf, timeoutMs: TIMEOUT_MS }),
    );
  const [seen, served] = await Promise.all([looking, serving]);
  assert.deepEqual(served, { kind: 'looked' });
  return seen;
}

/** The sender's end of the channel with this id. */
function opened({ channels }: LinkedAgent, id: Buffer): Promise<MessageChannel> {
  return until(() => {
    const index = channels.findIndex((each) => each.id.equals(id));
    return index < 0 ? undefined : channels.splice(index, 1)[0]?.channel;
  }, 'a channel');
}

async function hashOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

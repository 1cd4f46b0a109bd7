import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { errors } from '../../../src/core/errors';
import { fetchTransfer } from '../../../src/core/transfer/fetchTransfer';
import { lookAtTransfer } from '../../../src/core/transfer/lookAtTransfer';
import type { Manifest } from '../../../src/core/transfer/manifest';
import type { MessageChannel } from '../../../src/core/transfer/messageChannel';
import { refuseTransfer } from '../../../src/core/transfer/refuseTransfer';
import { serveTransfer } from '../../../src/core/transfer/serveTransfer';
import { MemoryReceivingTree } from '../../support/memoryReceivingTree';
import { MemorySendingTree } from '../../support/memorySendingTree';
import { type LinkedAgent, until, withLinks } from '../../support/withLinks';
import { withTestnet } from '../../support/withTestnet';
import { failsWith } from './transferFixture';
import { receiptOf } from './v2Fixture';

const MIB = 1024 * 1024;
const TIMEOUT_MS = 20_000;

/** The same over the real thing: Noise, UDP and Protomux on loopback. */
describe('wire version 2 over a link', function () {
  this.timeout(90_000);
  const links = withLinks(withTestnet());

  it('carries 100 MiB, verified on both sides, and can be looked at before', async () => {
    const content = randomBytes(100 * MIB);
    const tree = new MemorySendingTree({ large: content });
    const [sender, receiver] = await links.linked();
    const seen = await look(sender, receiver, tree);
    assert.deepEqual(seen.entries, tree.manifest.entries);
    const transfer = begin(sender, receiver, tree, { digest: seen.digest });
    const [sent, got] = await Promise.all([transfer.serving, transfer.fetching]);
    assert(sent.kind === 'received');
    assert.equal(sent.receipt, got.receipt);
    assert.equal(sent.sha256, createHash('sha256').update(content).digest('hex'));
    assert(transfer.into.placed?.get('large')?.content.equals(content));
  });

  it('carries a folder of a thousand files, and the second time only what changed of it', async () => {
    const before = randomBytes(4 * MIB);
    const entries: Record<string, Buffer | null> = { proj: null, 'proj/db': before };
    for (let index = 0; index < 1000; index++) entries[`proj/${index}`] = randomBytes(1000);
    const [sender, receiver] = await links.linked();
    const first = begin(sender, receiver, new MemorySendingTree(entries));
    await Promise.all([first.serving, first.fetching]);
    const placed = first.into.placed ?? new Map<string, never>();
    assert.equal(placed.size, 1001);

    const after = Buffer.from(before);
    after.writeUInt32LE(0, 70_000);
    const earlier = new Map([...placed].map(([path, { content }]) => [path, content]));
    const tree = new MemorySendingTree({ ...entries, 'proj/db': after });
    const second = begin(sender, receiver, tree, { into: new MemoryReceivingTree({ earlier }) });
    const [sent] = await Promise.all([second.serving, second.fetching]);
    assert(sent.kind === 'received');
    assert.deepEqual([sent.sent, sent.files], [4096, 1001]);
    assert(second.into.placed?.get('proj/db')?.content.equals(after));
  });

  it('lets two at once share the link evenly', async () => {
    const [sender, receiver] = await links.linked();
    const bytes = [0, 0];
    let most = 0;
    const transfers = bytes.map((_, index) =>
      begin(sender, receiver, new MemorySendingTree({ file: randomBytes(24 * MIB) }), {
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
  });

  it('tells the other side of a cancel, of a lost link, and of an offer that there is not', async () => {
    const tree = new MemorySendingTree({ large: randomBytes(40 * MIB) });
    const [sender, receiver] = await links.linked();

    const abort = new AbortController();
    const cancelled = begin(sender, receiver, tree, {
      signal: abort.signal,
      onBytes: (now) => {
        if (now > 0) abort.abort();
      },
    });
    await Promise.all([
      failsWith('CANCELLED', cancelled.fetching),
      failsWith('CANCELLED_BY_PEER', cancelled.serving),
    ]);
    assert.equal(cancelled.into.placed, undefined);

    const id = randomBytes(16);
    const unknown = (await receiver.link(sender)).open('beeline/transfer', id);
    const looking = lookAtTransfer({ channel: unknown, timeoutMs: TIMEOUT_MS });
    refuseTransfer(await opened(sender, id), errors.offerUnknown());
    await failsWith('OFFER_UNKNOWN', looking);

    let closed = false;
    const link = await receiver.link(sender);
    const lost = begin(sender, receiver, tree, {
      onBytes: (now) => {
        if (now > 0 && !closed) link.close();
        closed ||= now > 0;
      },
    });
    await Promise.all([
      failsWith('PEER_LOST', lost.fetching),
      failsWith('PEER_LOST', lost.serving),
    ]);
    assert.equal(lost.into.placed, undefined);

    const { staged } = lost.into;
    const had = staged.get('large')?.content.length ?? 0;
    const again = begin(sender, receiver, tree, { into: new MemoryReceivingTree({ staged }) });
    const [sent] = await Promise.all([again.serving, again.fetching]);
    assert(sent.kind === 'received');
    assert.equal(sent.spared, had);
    assert(had > 0, 'nothing had arrived, so nothing was tried');
  });
});

interface BeginOptions {
  readonly digest?: Buffer;
  readonly signal?: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
  readonly into?: MemoryReceivingTree;
}

function begin(
  sender: LinkedAgent,
  receiver: LinkedAgent,
  tree: MemorySendingTree,
  { digest, signal, onBytes, into: given }: BeginOptions = {},
) {
  const into =
    given ??
    new MemoryReceivingTree({
      disk: (what) => {
        if (what !== 'write') return undefined;
        onBytes?.([...into.staged.values()][0]?.content.length ?? 0);
        return undefined;
      },
    });
  const { manifest } = tree;
  const id = randomBytes(16);
  const serving = sender
    .opened()
    .then(({ channel }) =>
      serveTransfer({ channel, tree, receipt: receiptOf, timeoutMs: TIMEOUT_MS }),
    );
  const fetching = receiver.link(sender).then((link) =>
    fetchTransfer({
      channel: link.open('beeline/transfer', id),
      expected: { entries: manifest.entries.length, size: manifest.bytes, digest },
      tree: into,
      receipt: receiptOf,
      timeoutMs: TIMEOUT_MS,
      signal,
    }),
  );
  return { serving, fetching, into };
}

async function look(
  sender: LinkedAgent,
  receiver: LinkedAgent,
  tree: MemorySendingTree,
): Promise<Manifest> {
  const link = await receiver.link(sender);
  const id = randomBytes(16);
  const channel = link.open('beeline/transfer', id);
  const looking = lookAtTransfer({ channel, timeoutMs: TIMEOUT_MS });
  const serving = sender
    .opened()
    .then(({ channel: own }) =>
      serveTransfer({ channel: own, tree, receipt: receiptOf, timeoutMs: TIMEOUT_MS }),
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

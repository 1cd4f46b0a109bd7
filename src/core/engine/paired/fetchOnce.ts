import path from 'node:path';
import { receiptOf } from '../../identity/receipt';
import { openReceivingTree } from '../../receivefs/tree/openReceivingTree';
import type { TreeDestination } from '../../receivefs/tree/treeOptions';
import type { Link } from '../../swarm/links';
import { fetchTransfer } from '../../transfer/fetchTransfer';
import type { MessageChannel } from '../../transfer/messageChannel';
import type { PlacedTree, ReceivingTree } from '../../transfer/receivingTree';
import { EngineStopped, type TransferContext } from '../transferContext';
import { deliveredCounts } from './deliveredCounts';
import type { PairedIncoming } from './pairedRecords';
import type { PlacedHere } from './placedHere';
import type { JournalIncoming, SavedOutcome } from './receiving';
import type { PairedAgent } from './roster';

/** Paths by number that a result names; a journal of them stays small. */
const MAX_CONFLICTS = 1000;

export interface FetchOnceOptions {
  readonly context: TransferContext;
  readonly record: PairedIncoming;
  readonly link: Link;
  /** Its reason ends the transfer. */
  readonly signal: AbortSignal;
  readonly agent: PairedAgent;
  readonly placed: PlacedHere;
  readonly journal: JournalIncoming;
  readonly onMoved: () => void;
  /** Everything is verified and in place. */
  readonly saved: (outcome: Omit<SavedOutcome, 'durationMs'>) => Promise<void>;
}

/**
 * One try to fetch what was accepted, over one link, going on from what has arrived before.
 * @throws what fetching and the disk throw; what has arrived stays
 */
export async function fetchOnce(options: FetchOnceOptions): Promise<void> {
  const { context, record, link, signal, agent } = options;
  context.report({ kind: 'connecting', again: false });
  let isPlaced = false;
  const tree = await openTree(options, () => {
    isPlaced = true;
  });
  const id = Buffer.from(record.transferId, 'hex');
  const channel = await openChannel(link, id, tree);
  const cancel = new AbortController();
  const stop = (): void => {
    // Too late: it is here, and the sender only has to be told.
    if (isPlaced) return;
    // An engine that goes says nothing: to the other side the link is gone.
    if (signal.reason instanceof EngineStopped) channel.close();
    else cancel.abort(signal.reason);
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let bytes: number | undefined;
  try {
    await fetchTransfer({
      channel,
      tree: fixingList(tree, options),
      expected: {
        entries: record.entries,
        size: record.fileSize,
        top: { kind: record.kind, roots: record.roots, name: record.fileName },
        ...(record.digest !== undefined && { digest: Buffer.from(record.digest, 'hex') }),
      },
      receipt: (treeHash) => receiptOf(agent.keys.receiptKey, id, treeHash),
      onPlaced: ({ placed, treeHash, receipt, sha256, ...counts }) =>
        options.saved({
          kind: 'saved',
          ...deliveredCounts(counts),
          ...(sha256 !== undefined && { sha256 }),
          treeHash,
          receipt,
          ...placedFields(placed),
          via: link.path,
        }),
      signal: cancel.signal,
      timeoutMs: context.timeoutMs,
      peerName: record.peerId,
      onProgress: (progress) => {
        // The first state, and one that stands still, are told as well.
        if (bytes !== undefined && bytes !== progress.bytes) options.onMoved();
        bytes = progress.bytes;
        context.report({ kind: 'transferring', progress, via: link.path });
      },
    });
  } finally {
    signal.removeEventListener('abort', stop);
    channel.close();
  }
}

/** The link may have gone while the tree was opened, whose target then has to be let go of. */
async function openChannel(link: Link, id: Buffer, tree: ReceivingTree): Promise<MessageChannel> {
  try {
    return link.open('beeline/transfer', id);
  } catch (thrown) {
    await tree.close();
    throw thrown;
  }
}

async function openTree(
  { record, placed, journal, context }: FetchOnceOptions,
  onPlaced: () => void,
): Promise<ReceivingTree> {
  return openReceivingTree({
    transferId: record.transferId,
    kid: record.agent.kid,
    where: destinationOf(record),
    staging: record.staging,
    onStaging: (staging) => journal({ staging }),
    basis: await placed.basis(record),
    onPlaced: async (_tree, ledger) => {
      onPlaced();
      await placed.remember(record, ledger);
    },
    log: context.log,
  });
}

/** What is accepted is journaled before the sender hears it, so that a later list must be the same. */
function fixingList(tree: ReceivingTree, { record, journal }: FetchOnceOptions): ReceivingTree {
  return {
    prepare: async (manifest, signal) => {
      const plan = await tree.prepare(manifest, signal);
      const digest = manifest.digest.toString('hex');
      if (record.digest !== digest) await journal({ digest });
      return plan;
    },
    begin: (index, begin) => tree.begin(index, begin),
    put: (index, state, content, sha256) => tree.put(index, state, content, sha256),
    same: (index, state) => tree.same(index, state),
    gone: (index) => tree.gone(index),
    place: () => tree.place(),
    close: () => tree.close(),
    discard: () => tree.discard(),
  };
}

function destinationOf(record: PairedIncoming): TreeDestination {
  const { update, sync, directory = '' } = record;
  if (update !== undefined) {
    return { kind: 'update', ...update, wantsDelete: sync?.delete === true };
  }
  return record.path === undefined
    ? { kind: 'new', directory }
    : { kind: 'new', path: record.path };
}

function placedFields({ roots, conflicts, deleted, undeleted }: PlacedTree) {
  const [first] = roots;
  const place = first?.path ?? '';
  return {
    // Of several, the folder that they are in.
    path: roots.length > 1 ? path.dirname(place) : place,
    ...(conflicts.length > 0 && { conflicts: conflicts.slice(0, MAX_CONFLICTS) }),
    ...(deleted > 0 && { deleted }),
    ...(undeleted > 0 && { undeleted }),
  };
}

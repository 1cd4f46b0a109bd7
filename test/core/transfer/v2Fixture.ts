import { createHmac } from 'node:crypto';
import { type FetchTransferOptions, fetchTransfer } from '../../../src/core/transfer/fetchTransfer';
import type { Manifest } from '../../../src/core/transfer/manifest';
import { type ServeTransferOptions, serveTransfer } from '../../../src/core/transfer/serveTransfer';
import {
  type MemoryLineOptions,
  type MemoryMessageChannel,
  memoryMessageChannelPair,
} from '../../support/memoryMessageChannel';
import {
  type MemoryReceivingOptions,
  MemoryReceivingTree,
} from '../../support/memoryReceivingTree';
import { type MemoryEntry, MemorySendingTree } from '../../support/memorySendingTree';

/** Shorter than any test, longer than any wait on this machine. */
const PATIENCE_MS = 10_000;

/** A tree to be sent and one to receive into, both in memory, and a message channel between them. */
export class V2Fixture {
  readonly tree: MemorySendingTree;
  into: MemoryReceivingTree;
  /** The sender's end, then the receiver's. */
  ends: [MemoryMessageChannel, MemoryMessageChannel];

  constructor(entries: Readonly<Record<string, MemoryEntry>>, options?: MemoryReceivingOptions) {
    this.tree = new MemorySendingTree(entries);
    this.into = new MemoryReceivingTree(options);
    this.ends = memoryMessageChannelPair();
  }

  get manifest(): Manifest {
    return this.tree.manifest;
  }

  get expected() {
    return { entries: this.manifest.entries.length, size: this.manifest.bytes };
  }

  line(there?: MemoryLineOptions, back?: MemoryLineOptions) {
    this.close();
    this.ends = memoryMessageChannelPair(there, back);
    return this.ends;
  }

  serve(options: Partial<ServeTransferOptions> = {}) {
    return serveTransfer({
      channel: this.ends[0],
      tree: this.tree,
      receipt: receiptOf,
      timeoutMs: PATIENCE_MS,
      ...options,
    });
  }

  fetch(options: Partial<FetchTransferOptions> = {}) {
    return fetchTransfer({
      channel: this.ends[1],
      expected: this.expected,
      tree: this.into,
      receipt: receiptOf,
      timeoutMs: PATIENCE_MS,
      ...options,
    });
  }

  /** Both sides to their end; the sender's has to be a receipt. */
  async run() {
    const [sent, got] = await Promise.all([this.serve(), this.fetch()]);
    if (sent.kind !== 'received') throw new Error('it was only looked at');
    return { sent, got };
  }

  /** Goes on where an earlier try stopped, over a new line. */
  again(options: MemoryReceivingOptions = {}): void {
    this.into = new MemoryReceivingTree({ staged: this.into.staged, ...options });
    this.line();
  }

  /** The paths of what lies whole in the receiver's staging. */
  get arrived(): string[] {
    return [...this.into.staged].filter(([, { whole }]) => whole).map(([path]) => path);
  }

  close(): void {
    for (const end of this.ends) end.close();
  }
}

/** Any keyed function does; core/identity makes the real one. */
export function receiptOf(treeHash: Buffer): Buffer {
  return createHmac('sha256', 'the key of a pair').update(treeHash).digest();
}

import { createHmac } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openIncoming } from '../../../src/core/receivefs/incomingFile';
import { type FetchTransferOptions, fetchTransfer } from '../../../src/core/transfer/fetchTransfer';
import { type Manifest, manifestOf } from '../../../src/core/transfer/manifest';
import { type ServeTransferOptions, serveTransfer } from '../../../src/core/transfer/serveTransfer';
import { type SourceStat, openSource } from '../../../src/core/transfer/sourceFile';
import {
  type MemoryLineOptions,
  type MemoryMessageChannel,
  memoryMessageChannelPair,
} from '../../support/memoryMessageChannel';

/** Shorter than any test, longer than any wait on this machine. */
const PATIENCE_MS = 10_000;

/** A sender's and a receiver's folder, files in the former, and a message channel between them. */
export class V2Fixture {
  readonly sources: SourceStat[] = [];
  readonly contents = new Map<string, Buffer>();
  /** The sender's end, then the receiver's. */
  ends!: [MemoryMessageChannel, MemoryMessageChannel];
  #manifest: Manifest | undefined;

  constructor(
    readonly from: string,
    readonly to: string,
  ) {}

  async file(name: string, bytes: Buffer): Promise<SourceStat> {
    const file = path.join(this.from, name);
    await writeFile(file, bytes);
    const source = await openSource(file);
    this.sources.push(source);
    this.contents.set(name, bytes);
    this.#manifest = undefined;
    return source;
  }

  get manifest(): Manifest {
    return (this.#manifest ??= manifestOf(this.sources));
  }

  get expected() {
    return { entries: this.manifest.entries.length, size: this.manifest.bytes };
  }

  line(there?: MemoryLineOptions, back?: MemoryLineOptions) {
    this.ends = memoryMessageChannelPair(there, back);
    return this.ends;
  }

  serve(options: Partial<ServeTransferOptions> = {}) {
    return serveTransfer({
      channel: this.ends[0],
      manifest: this.manifest,
      sources: this.sources,
      receipt: receiptOf,
      timeoutMs: PATIENCE_MS,
      ...options,
    });
  }

  fetch(options: Partial<FetchTransferOptions> = {}) {
    return fetchTransfer({
      channel: this.ends[1],
      expected: this.expected,
      open: (_, target) => openIncoming({ directory: this.to, ...target }),
      receipt: receiptOf,
      timeoutMs: PATIENCE_MS,
      ...options,
    });
  }

  /** What lies in the receiver's folder, partials included. */
  async arrived(): Promise<string[]> {
    return (await readdir(this.to)).sort();
  }
}

export async function withV2(test: (fixture: V2Fixture) => Promise<void>): Promise<void> {
  const from = await mkdtemp(path.join(os.tmpdir(), 'beeline-from-'));
  const to = await mkdtemp(path.join(os.tmpdir(), 'beeline-to-'));
  const fixture = new V2Fixture(from, to);
  try {
    await test(fixture);
  } finally {
    for (const end of (fixture as Partial<V2Fixture>).ends ?? []) end.close();
    for (const folder of [from, to]) await rm(folder, { recursive: true, force: true });
  }
}

/** Any keyed function does; core/identity makes the real one. */
export function receiptOf(treeHash: Buffer): Buffer {
  return createHmac('sha256', 'the key of a pair').update(treeHash).digest();
}

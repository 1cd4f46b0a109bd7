import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { BeelineError } from '../../../src/core/errors';
import { type IncomingFile, openIncoming } from '../../../src/core/receivefs/incomingFile';
import { type ReceiveFileOptions, receiveFile } from '../../../src/core/transfer/receiveFile';
import { type SendFileOptions, sendFile } from '../../../src/core/transfer/sendFile';
import { type SourceFile, hashSource } from '../../../src/core/transfer/sourceFile';
import type { Meta } from '../../../src/core/wire/v1Meta';
import {
  type MemoryChannel,
  type MemoryChannelOptions,
  memoryChannelPair,
} from '../../support/memoryChannel';

/** A sender's and a recipient's folder, a file in the former, and a line between them. */
export class TransferFixture {
  source!: SourceFile;
  bytes!: Buffer;
  ends!: [MemoryChannel, MemoryChannel];

  constructor(
    readonly from: string,
    readonly to: string,
  ) {}

  async file(name: string, bytes: Buffer): Promise<SourceFile> {
    this.bytes = bytes;
    await writeFile(path.join(this.from, name), bytes);
    this.source = await hashSource(path.join(this.from, name));
    return this.source;
  }

  line(there?: MemoryChannelOptions, back?: MemoryChannelOptions): [MemoryChannel, MemoryChannel] {
    this.ends = memoryChannelPair(there, back);
    return this.ends;
  }

  get meta() {
    return { name: this.source.name, size: this.source.size, hash: this.source.sha256 };
  }

  send(options: Partial<SendFileOptions> = {}) {
    const { source, meta } = this;
    return sendFile({ channel: this.ends[0], source, meta, inactivityMs: 5_000, ...options });
  }

  receive(options: Partial<ReceiveFileOptions> = {}) {
    return receiveFile({
      channel: this.ends[1],
      expected: this.meta,
      open: (meta) => this.open(meta),
      inactivityMs: 5_000,
      ...options,
    });
  }

  open({ name = 'unnamed', size }: Meta): Promise<IncomingFile> {
    return openIncoming({ directory: this.to, name, size });
  }

  /** What lies in the recipient's folder, partials included. */
  arrived(): Promise<string[]> {
    return readdir(this.to);
  }
}

export async function withTransfer(test: (fixture: TransferFixture) => Promise<void>) {
  const from = await mkdtemp(path.join(os.tmpdir(), 'beeline-from-'));
  const to = await mkdtemp(path.join(os.tmpdir(), 'beeline-to-'));
  const fixture = new TransferFixture(from, to);
  try {
    await test(fixture);
  } finally {
    for (const end of (fixture as Partial<TransferFixture>).ends ?? []) end.destroy();
    for (const folder of [from, to]) await rm(folder, { recursive: true, force: true });
  }
}

/** The same pseudo-random bytes for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function randomBuffer(bytes: number, random: () => number): Buffer {
  return Buffer.from(Uint8Array.from({ length: bytes }, () => Math.floor(random() * 256)));
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The code with which something failed, or what it did instead. */
export function codeOf(end: PromiseSettledResult<unknown> | undefined): string {
  if (end?.status !== 'rejected') return 'it did not fail';
  return end.reason instanceof BeelineError ? end.reason.code : String(end.reason);
}

export async function failsWith(code: string, action: Promise<unknown>): Promise<BeelineError> {
  const [end] = await Promise.allSettled([action]);
  assert.equal(codeOf(end), code);
  return (end as PromiseRejectedResult).reason as BeelineError;
}

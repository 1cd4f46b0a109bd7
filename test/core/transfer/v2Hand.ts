import { createHash } from 'node:crypto';
import { type Manifest, manifestPages } from '../../../src/core/transfer/manifest';
import type { ChannelMessage, MessageChannel } from '../../../src/core/transfer/messageChannel';
import { TreeHash } from '../../../src/core/transfer/treeHash';
import {
  MessageType,
  costOf,
  decodeCredit,
  decodeFail,
  encodeAccept,
  encodeCopy,
  encodeCredit,
  encodeDone,
  encodeFileEnd,
  encodeFileHead,
  encodeGot,
  encodeReceived,
  encodeWant,
} from '../../../src/core/wire/v2';
import type { FileHead } from '../../../src/core/wire/v2File';
import type { PlanItem } from '../../../src/core/wire/v2Plan';
import { planPages } from '../../../src/core/transfer/planPages';
import { receiptOf } from './v2Fixture';

/** One side of a transfer played by hand, message by message. */
export class Hand {
  /** What this side has sent, and may send, as credit counts it. */
  bytes = 0;
  granted = 0;

  constructor(readonly channel: MessageChannel) {}

  send(type: number, payload: Buffer = Buffer.alloc(0)): void {
    this.bytes += costOf(type, payload);
    this.channel.send(type, payload)?.catch(() => undefined);
  }

  /** The next message of this type; others before it are dropped. */
  async hear(type: number): Promise<Buffer> {
    for (;;) {
      const message = await this.channel.receive();
      if (message === null) throw new Error(`the other side left before it said ${type}`);
      if (message.type === MessageType.credit) this.granted += decodeCredit(message.payload).bytes;
      if (message.type === type) return message.payload;
      if (message.type === MessageType.fail) throw new Error(`it said ${failOf(message)}`);
    }
  }

  async hearCredit(): Promise<void> {
    await this.hear(MessageType.credit);
  }

  /** Everything up to the other side's goodbye. */
  async rest(): Promise<ChannelMessage[]> {
    const messages: ChannelMessage[] = [];
    for (;;) {
      const message = await this.channel.receive();
      if (message === null) return messages;
      messages.push(message);
    }
  }

  /** The code with which the other side ended, or its cancel. */
  async lastWord(): Promise<string> {
    const last = (await this.rest()).at(-1);
    if (last?.type === MessageType.cancel) return 'cancel';
    return last?.type === MessageType.fail ? failOf(last) : 'nothing';
  }

  // As a sender.

  list(manifest: Manifest): void {
    for (const page of manifestPages(manifest.entries)) this.send(MessageType.manifest, page);
  }

  data(bytes: Buffer | string): void {
    this.send(MessageType.data, Buffer.from(bytes));
  }

  file(head: FileHead): void {
    this.send(MessageType.file, encodeFileHead(head));
  }

  copy(bytes: number): void {
    this.send(MessageType.copy, encodeCopy({ bytes }));
  }

  fileEnd(index: number, content: Buffer | string): void {
    this.send(MessageType.fileEnd, encodeFileEnd({ index, sha256: hashOf(content) }));
  }

  /** With the tree hash of these contents by path, in place of those that the manifest says. */
  done(manifest: Manifest, contents: Readonly<Record<string, Buffer | string>>): void {
    const tree = new TreeHash();
    for (const entry of manifest.entries) {
      if (entry.kind !== 'file') tree.addOther(entry);
      const content = contents[entry.path];
      if (entry.kind !== 'file' || content === undefined) continue;
      tree.addFile({ ...entry, size: Buffer.byteLength(content) }, hashOf(content));
    }
    this.send(MessageType.done, encodeDone({ treeHash: tree.digest() }));
  }

  // As a receiver.

  want(purpose: 'look' | 'receive', credit = 4 * 1024 * 1024): void {
    this.send(MessageType.want, encodeWant({ purpose }));
    if (credit > 0) this.send(MessageType.credit, encodeCredit({ bytes: credit }));
  }

  accept(manifestDigest: Buffer, plan: 'all' | 'planned' = 'all'): void {
    this.send(MessageType.accept, encodeAccept({ manifestDigest, plan }));
  }

  plan(items: readonly PlanItem[]): void {
    for (const page of planPages(items)) this.send(MessageType.plan, page);
  }

  got(index: number): void {
    this.send(MessageType.got, encodeGot({ index }));
  }

  received(treeHash: Buffer, receipt = receiptOf(treeHash)): void {
    this.send(MessageType.received, encodeReceived({ treeHash, receipt }));
  }
}

export function hashOf(content: Buffer | string): Buffer {
  return createHash('sha256').update(content).digest();
}

function failOf({ payload }: ChannelMessage): string {
  return decodeFail(payload).code;
}

import { createHash } from 'node:crypto';
import { type Manifest, manifestPages } from '../../../src/core/transfer/manifest';
import type { ChannelMessage, MessageChannel } from '../../../src/core/transfer/messageChannel';
import { TreeHash } from '../../../src/core/transfer/treeHash';
import {
  MessageType,
  decodeFail,
  encodeAccept,
  encodeCredit,
  encodeDone,
  encodeFileEnd,
  encodeWant,
} from '../../../src/core/wire/v2';

/** One side of a transfer played by hand, message by message. */
export class Hand {
  constructor(readonly channel: MessageChannel) {}

  send(type: number, payload: Buffer = Buffer.alloc(0)): void {
    this.channel.send(type, payload)?.catch(() => undefined);
  }

  /** The next message of this type; others before it are dropped. */
  async hear(type: number): Promise<Buffer> {
    for (;;) {
      const message = await this.channel.receive();
      if (message === null) throw new Error(`the other side left before it said ${type}`);
      if (message.type === type) return message.payload;
      if (message.type === MessageType.fail) throw new Error(`it said ${failOf(message)}`);
    }
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

  fileEnd(index: number, content: Buffer | string): void {
    this.send(MessageType.fileEnd, encodeFileEnd({ index, sha256: hashOf(content) }));
  }

  done(manifest: Manifest, contents: ReadonlyMap<string, Buffer>): void {
    const tree = new TreeHash();
    for (const entry of manifest.entries) {
      if (entry.kind === 'file') tree.addFile(entry, hashOf(contents.get(entry.path) ?? ''));
    }
    this.send(MessageType.done, encodeDone({ treeHash: tree.digest() }));
  }

  // As a receiver.

  want(purpose: 'look' | 'receive', credit = 4 * 1024 * 1024): void {
    this.send(MessageType.want, encodeWant({ purpose }));
    if (credit > 0) this.send(MessageType.credit, encodeCredit({ bytes: credit }));
  }

  accept(manifestDigest: Buffer): void {
    this.send(MessageType.accept, encodeAccept({ manifestDigest, plan: 'all' }));
  }
}

export function hashOf(content: Buffer | string): Buffer {
  return createHash('sha256').update(content).digest();
}

function failOf({ payload }: ChannelMessage): string {
  return decodeFail(payload).code;
}

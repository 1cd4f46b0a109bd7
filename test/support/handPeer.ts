import { createHash, randomBytes } from 'node:crypto';
import type { AtsClient, Task } from '../../src/core/ats/types';
import { FILE_OFFER } from '../../src/core/engine/offerPayload';
import { seedKeyHash, transferTopic, type Swarm } from '../../src/core/swarm/swarm';
import type { ByteChannel } from '../../src/core/transfer/byteChannel';
import { encodeFrame, FrameReader, FrameType, type Frame } from '../../src/core/wire/v1';
import { encodeMeta } from '../../src/core/wire/v1Meta';

/** One connection of a peer that speaks wire version 1 by hand. */
export class HandChannel {
  private readonly reader = new FrameReader();

  constructor(readonly channel: ByteChannel) {}

  async say(type: FrameType, payload: Buffer | string = Buffer.alloc(0)): Promise<void> {
    await this.raw(encodeFrame(type, Buffer.from(payload)));
  }

  async raw(bytes: Buffer): Promise<void> {
    await this.channel.write(Buffer.from(bytes))?.catch(() => undefined);
  }

  /** The next frame, or undefined when the other side is gone. */
  async hear(): Promise<Frame | undefined> {
    for (;;) {
      const frame = this.reader.next();
      if (frame !== undefined) return { type: frame.type, payload: Buffer.from(frame.payload) };
      const chunk = await this.channel.read();
      if (chunk === null) return undefined;
      this.reader.feed(chunk);
    }
  }

  /** Sends a whole file as ats-p2p does, and gives the answer to it. */
  async sendFile(file: OfferedFile, bytes = file.bytes): Promise<Frame | undefined> {
    await this.say(FrameType.meta, encodeMeta(file.meta));
    for (let at = 0; at < bytes.length; at += 65_536) {
      await this.say(FrameType.data, bytes.subarray(at, at + 65_536));
    }
    await this.say(FrameType.done);
    return this.hear();
  }

  /** Receives a whole file and acknowledges it. Undefined when the sender left. */
  async receiveFile(): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    for (;;) {
      const frame = await this.hear();
      if (frame === undefined) return undefined;
      if (frame.type === FrameType.data) chunks.push(frame.payload);
      if (frame.type === FrameType.done) break;
    }
    await this.say(FrameType.ack);
    return Buffer.concat(chunks);
  }
}

export interface OfferedFile {
  readonly transferId: string;
  readonly bytes: Buffer;
  readonly meta: { readonly name: string; readonly size: number; readonly hash: string };
  readonly seed: Buffer;
}

export function offeredFile(bytes: Buffer, name = 'by hand.bin'): OfferedFile {
  const hash = createHash('sha256').update(bytes).digest('hex');
  return {
    transferId: randomBytes(16).toString('hex'),
    bytes,
    meta: { name, size: bytes.length, hash },
    seed: randomBytes(32),
  };
}

/** Posts an offer with the fields of the ats-p2p document, and the key where it is to be announced. */
export async function postByHand(
  client: AtsClient,
  recipientId: string,
  file: OfferedFile,
  announced: boolean,
): Promise<Task> {
  return client.createTask({
    title: `P2P file transfer: ${file.meta.name}`,
    description: `transfer ${file.transferId}`,
    type: FILE_OFFER,
    channel: 'p2p-transfer',
    payload: {
      transfer_id: file.transferId,
      sender_id: client.actor.id,
      recipient_id: recipientId,
      file_name: file.meta.name,
      file_size: file.meta.size,
      file_hash: file.meta.hash,
      ...(announced && { noise_key_hash: await seedKeyHash(file.seed) }),
    },
  });
}

/** Joins a transfer's topic and does this on every connection that comes about. */
export function meet(
  swarm: Swarm,
  transferId: string,
  act: (hand: HandChannel, turn: number) => Promise<unknown>,
  seed: Buffer = randomBytes(32),
): { readonly turns: () => number; leave(): Promise<void> } {
  let turns = 0;
  const membership = swarm.join({
    topic: transferTopic(transferId),
    seed,
    onChannel: (channel) => {
      turns += 1;
      act(new HandChannel(channel), turns).catch(() => undefined);
    },
  });
  return { turns: () => turns, leave: () => membership.leave() };
}

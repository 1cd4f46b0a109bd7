import b4a from 'b4a';
import type Protomux from 'protomux';
import type { Channel } from 'protomux';
import { errors } from '../errors';
import type { ChannelMessage, MessageChannel } from '../transfer/messageChannel';
import { MESSAGE_BYTES } from '../wire/frameGate';
import type { Turns } from './turns';

/** Message types of a channel. */
const TYPES = 17;

/** What each message costs in memory beside its bytes, so that empty ones count too. */
const MESSAGE_COST_BYTES = 256;

export interface MuxChannelParts {
  readonly mux: Protomux;
  readonly protocol: string;
  readonly id: Buffer;
  readonly turns: Turns;
  /** Bytes that were received and not yet read grew or, negative, shrank by so many. */
  readonly onBacklog: (bytes: number) => void;
  readonly onClose: () => void;
  /** Takes each message in the turn in which it comes, in the place of `receive`. */
  readonly onMessage?: ((message: ChannelMessage) => void) | undefined;
}

/** One Protomux channel, opened at once. Null when such a channel is open, or the stream is gone. */
export function muxChannel(parts: MuxChannelParts): MessageChannel | null {
  const { mux, protocol, id, turns, onBacklog, onClose, onMessage } = parts;
  const received: ChannelMessage[] = [];
  let closed = false;
  let reader: ((message: ChannelMessage | null) => void) | undefined;

  const take = (type: number, bytes: Uint8Array): void => {
    const payload = b4a.toBuffer(bytes) as Buffer;
    if (onMessage !== undefined) {
      onMessage({ type, payload });
      return;
    }
    if (reader !== undefined) {
      const read = reader;
      reader = undefined;
      read({ type, payload });
      return;
    }
    received.push({ type, payload });
    onBacklog(costOf(payload));
  };
  const over = (): void => {
    if (closed) return;
    closed = true;
    reader?.(null);
    reader = undefined;
    onClose();
  };

  const channel: Channel | null = mux.createChannel({
    protocol,
    id: id.length === 0 ? null : id,
    messages: Array.from({ length: TYPES }, (_, type) => ({
      onmessage: (payload: Uint8Array) => {
        take(type, payload);
      },
    })),
    onclose: over,
  });
  if (channel === null) return null;
  channel.open();

  return {
    send(type, payload) {
      if (closed) return Promise.reject(errors.peerLost());
      const message = channel.messages[type];
      if (message === undefined || payload.length > MESSAGE_BYTES) {
        return Promise.reject(errors.internal('a message that no channel carries'));
      }
      return message.send(payload) ? undefined : turns.wait();
    },

    receive() {
      const message = received.shift();
      if (message !== undefined) {
        onBacklog(-costOf(message.payload));
        return Promise.resolve(message);
      }
      if (closed) return Promise.resolve(null);
      if (reader !== undefined) throw new Error('two readers at a time');
      return new Promise((resolve) => {
        reader = resolve;
      });
    },

    close() {
      for (const { payload } of received.splice(0)) onBacklog(-costOf(payload));
      if (!closed) channel.close();
    },
  };
}

const costOf = (payload: Buffer): number => payload.length + MESSAGE_COST_BYTES;

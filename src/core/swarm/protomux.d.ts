/** The few members of Protomux 3 that are used; it ships no types. */
declare module 'protomux' {
  import type NoiseStream from '@hyperswarm/secret-stream';

  /** Channels over one stream of messages. */
  class Protomux {
    constructor(stream: NoiseStream);
    /** Whether the last message was taken without the stream asking for a pause. */
    readonly drained: boolean;
    /** Null when such a channel is open already, or the stream is destroyed. */
    createChannel(options: {
      protocol: string;
      id: Buffer | null;
      messages: readonly { onmessage: (payload: Uint8Array) => void }[];
      onclose?: () => void;
    }): Protomux.Channel | null;
    /** Calls when the other side opens such a channel, of any id, that is not open here. */
    pair(options: { protocol: string; id: null }, notify: (id: Uint8Array | null) => void): void;
  }

  namespace Protomux {
    interface Channel {
      readonly messages: readonly { send(payload: Uint8Array): boolean }[];
      open(): void;
      close(): void;
    }
  }
  export = Protomux;
}

/** The few members of secret-stream 6 that are used; it ships no types. */
declare module '@hyperswarm/secret-stream' {
  import type { EventEmitter } from 'node:events';
  import type { Duplex } from 'node:stream';
  import type HyperDHT from 'hyperdht';

  /** A Noise stream. A `streamx` duplex, which is like Node's where it is used here. */
  class NoiseStream extends Duplex {
    constructor(
      isInitiator: boolean,
      rawStream: Duplex,
      options: { keyPair: HyperDHT.KeyPair; keepAlive?: number },
    );
    readonly isInitiator: boolean;
    readonly publicKey: Buffer;
    readonly remotePublicKey: Buffer;
    /** 64 bytes once the handshake is done. */
    readonly handshakeHash: Buffer;
    /** Whether the handshake came about. */
    readonly opened: Promise<boolean>;
    /** Unlike `destroyed`, true from the call of `destroy` on. */
    readonly destroying: boolean;
    /** Bytes of the Noise stream, its header included. */
    readonly rawBytesRead: number;
    /** The UDP stream below, or the duplex that was given. */
    readonly rawStream: NoiseStream.Raw;
    /** Sends an empty message, which the other side does not see, after so much silence of ours. */
    setKeepAlive(ms: number): void;
    /** Destroys the stream when nothing was heard for so long. */
    setTimeout(ms: number): void;
  }

  namespace NoiseStream {
    interface Raw extends EventEmitter {
      /** The UDP socket, and whom it goes to: the peer, or the relay between. Changes while it runs. */
      readonly socket?: unknown;
      readonly remoteHost?: string | null;
      readonly remotePort?: number;
      /** Packets of a UDP stream, also those that only acknowledge. */
      readonly packetsReceived?: number;
    }
  }
  export = NoiseStream;
}

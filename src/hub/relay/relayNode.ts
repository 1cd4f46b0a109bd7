import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';

/** What the relay uses of a HyperDHT 6 node, which ships no types. */
export interface RelayNode {
  createServer(
    options: {
      readonly shareLocalAddress: boolean;
      /** True refuses; the other side hears nothing at all. */
      readonly firewall: (remotePublicKey: Buffer) => boolean | Promise<boolean>;
    },
    onConnection: (stream: AcceptedStream) => void,
  ): RelayListener;
  createRawStream(options: object): EventEmitter;
}

export interface RelayListener {
  listen(keyPair: { readonly publicKey: Buffer; readonly secretKey: Buffer }): Promise<unknown>;
  close(): Promise<void>;
}

/** A Noise stream to who holds the secret half of `remotePublicKey`. */
export interface AcceptedStream extends Duplex {
  readonly remotePublicKey: Buffer;
  /** Sends an empty message, which the other side does not see, after so much silence of ours. */
  setKeepAlive(ms: number): void;
  /** Destroys the stream when nothing was heard for so long. */
  setTimeout(ms: number): void;
}

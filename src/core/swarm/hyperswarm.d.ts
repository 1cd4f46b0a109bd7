/** The few members of Hyperswarm 4 and HyperDHT 6 that are used; neither ships types. */
declare module 'hyperdht' {
  import type { EventEmitter } from 'node:events';

  interface KeyPair {
    readonly publicKey: Buffer;
    readonly secretKey: Buffer;
  }

  class HyperDHT extends EventEmitter {
    constructor(options?: {
      bootstrap?: readonly (string | { host: string; port: number })[];
      host?: string;
      port?: number;
      ephemeral?: boolean;
      firewalled?: boolean;
    });
    static keyPair(seed?: Buffer): KeyPair;
    static bootstrapper(
      port: number,
      host: string,
      options?: { ephemeral?: boolean; firewalled?: boolean; anyPort?: boolean },
    ): HyperDHT;
    readonly host: string | null;
    readonly port: number;
    fullyBootstrapped(): Promise<void>;
    ready(): Promise<void>;
    address(): { host: string; port: number };
    /** Rejects when no answer comes. Nodes that are not ephemeral remember each other by it. */
    ping(node: { host: string; port: number }, options?: { retry?: boolean }): Promise<unknown>;
    /** Nodes that leave a query unanswered are forgotten. */
    findNode(target: Buffer, options?: { retries?: number }): { finished(): Promise<void> };
    destroy(options?: { force?: boolean }): Promise<void>;
  }
  export = HyperDHT;
}

declare module 'hyperswarm' {
  import type { EventEmitter } from 'node:events';
  import type { Duplex } from 'node:stream';
  import type HyperDHT from 'hyperdht';

  namespace Hyperswarm {
    /** A Noise stream. A `streamx` duplex, which is like Node's where it is used here. */
    interface Connection extends Duplex {
      readonly remotePublicKey: Buffer;
      /** Bytes of the Noise stream, its header included. */
      readonly rawBytesRead: number;
      /** The UDP stream below. */
      readonly rawStream: EventEmitter;
      setKeepAlive(ms: number): void;
      setTimeout(ms: number): void;
    }

    interface Discovery {
      flushed(): Promise<boolean>;
      refresh(options?: { client?: boolean; server?: boolean }): Promise<void>;
    }
  }

  class Hyperswarm extends EventEmitter {
    constructor(options: { dht: HyperDHT; keyPair: HyperDHT.KeyPair; maxPeers?: number });
    readonly keyPair: HyperDHT.KeyPair;
    join(topic: Buffer, options: { client: boolean; server: boolean }): Hyperswarm.Discovery;
    leave(topic: Buffer): Promise<void>;
    flush(): Promise<boolean>;
    destroy(options?: { force?: boolean }): Promise<void>;
    on(event: 'connection', listener: (connection: Hyperswarm.Connection) => void): this;
  }
  export = Hyperswarm;
}

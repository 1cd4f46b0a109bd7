/** The few members of Hyperswarm 4 and HyperDHT 6 that are used; neither ships types. */
declare module 'hyperdht' {
  import type { EventEmitter } from 'node:events';
  import type NoiseStream from '@hyperswarm/secret-stream';

  class HyperDHT extends EventEmitter {
    constructor(options?: {
      bootstrap?: readonly (string | { host: string; port: number })[];
      host?: string;
      port?: number;
      ephemeral?: boolean;
      firewalled?: boolean;
    });
    /** As whom it connects where no other key pair is given: to relays. Made anew by each node. */
    readonly defaultKeyPair: HyperDHT.KeyPair;
    /** Whether the NAT gives each connection another port, so that hole punching is hard. */
    readonly randomized: boolean;
    static keyPair(seed?: Buffer): HyperDHT.KeyPair;
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
    /** Who is announced on a topic, as each node has it. */
    lookup(
      topic: Buffer,
    ): AsyncIterable<{ readonly peers: readonly { readonly publicKey: Buffer }[] }>;
    /** Rejects when no answer comes. Nodes that are not ephemeral remember each other by it. */
    ping(node: { host: string; port: number }, options?: { retry?: boolean }): Promise<unknown>;
    /** Nodes that leave a query unanswered are forgotten. */
    findNode(target: Buffer, options?: { retries?: number }): { finished(): Promise<void> };
    connect(remotePublicKey: Buffer, options?: HyperDHT.ConnectOptions): NoiseStream;
    destroy(options?: { force?: boolean }): Promise<void>;
  }

  namespace HyperDHT {
    interface KeyPair {
      readonly publicKey: Buffer;
      readonly secretKey: Buffer;
    }

    interface ConnectOptions {
      readonly keyPair?: KeyPair;
      readonly relayThrough?: Buffer | null;
      readonly createHandshake?: CreateHandshake;
    }

    type CreateHandshake = (keyPair: KeyPair, remotePublicKey: Buffer | null) => object;
  }
  export = HyperDHT;
}

declare module 'hyperdht/lib/noise-wrap.js' {
  import type HyperDHT from 'hyperdht';

  /** The Noise handshake of one connection, with what the two tell each other in it. */
  class NoiseWrap {
    constructor(keyPair: HyperDHT.KeyPair, remotePublicKey: Buffer | null);
    recv(bytes: Buffer): NoiseWrap.Payload;
  }
  namespace NoiseWrap {
    interface Payload {
      /** The relay that the other side wishes. */
      relayThrough: { readonly publicKey: Buffer; readonly token: Buffer } | null;
    }
  }
  export = NoiseWrap;
}

declare module 'hyperswarm' {
  import type { EventEmitter } from 'node:events';
  import type HyperDHT from 'hyperdht';
  import type NoiseStream from '@hyperswarm/secret-stream';

  namespace Hyperswarm {
    type Connection = NoiseStream;

    interface PeerInfo {
      readonly publicKey: Buffer;
      /** Where it was found; empty when it came by itself. */
      readonly topics: readonly Buffer[];
    }

    interface Discovery {
      flushed(): Promise<boolean>;
      refresh(options?: { client?: boolean; server?: boolean }): Promise<void>;
    }
  }

  class Hyperswarm extends EventEmitter {
    constructor(options: {
      dht: HyperDHT;
      keyPair: HyperDHT.KeyPair;
      /** Connections beyond which it looks for no more. Default 64. */
      maxPeers?: number;
      /** Connections that it tries at once. Default 3. */
      maxParallel?: number;
      /** Milliseconds before the next try: short, middle, long, very long. */
      backoffs?: readonly number[];
    });
    readonly keyPair: HyperDHT.KeyPair;
    /** Takes connections to its own key. `refresh` announces that key anew, within seconds. */
    readonly server: { refresh(): void };
    join(topic: Buffer, options: { client: boolean; server: boolean }): Hyperswarm.Discovery;
    leave(topic: Buffer): Promise<void>;
    flush(): Promise<boolean>;
    destroy(options?: { force?: boolean }): Promise<void>;
    on(
      event: 'connection',
      listener: (connection: Hyperswarm.Connection, info: Hyperswarm.PeerInfo) => void,
    ): this;
  }
  export = Hyperswarm;
}

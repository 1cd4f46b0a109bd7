import DHT from 'hyperdht';
import type { Connection } from 'hyperswarm';

/** The members of HyperDHT with which streams are made without Hyperswarm. */
interface StreamServer {
  on(event: 'connection', listener: (stream: Connection) => void): void;
  listen(keyPair: { publicKey: Buffer; secretKey: Buffer }): Promise<void>;
}

export type NoiseNode = DHT & {
  createServer(): StreamServer;
  connect(publicKey: Buffer): Connection;
};

/** A DHT node with the options that the product's own has on loopback. */
export function noiseNode(bootstrap: readonly string[]): NoiseNode {
  const node = new DHT({ bootstrap, host: '127.0.0.1', firewalled: false });
  return node as NoiseNode;
}

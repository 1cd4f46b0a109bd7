import type HyperDHT from 'hyperdht';
import type NoiseStream from '@hyperswarm/secret-stream';
import type { Network } from './network';
import type { Replaced } from './sharedDht';

/**
 * HyperDHT follows the other side's wish to be relayed, wherever to. So wishes for other relays than
 * these are taken out of the handshake before it sees them, and the direct way goes on as if nobody
 * had wished.
 * @param relays hex keys
 */
export function handshakesOver(
  { NoiseWrap }: Network,
  relays: readonly string[],
): HyperDHT.CreateHandshake {
  class Handshake extends NoiseWrap {
    override recv(bytes: Buffer): ReturnType<InstanceType<typeof NoiseWrap>['recv']> {
      const payload = super.recv(bytes);
      const wish = payload.relayThrough?.publicKey.toString('hex');
      if (wish !== undefined && !relays.includes(wish)) payload.relayThrough = null;
      return payload;
    }
  }
  return (keyPair, remotePublicKey) => new Handshake(keyPair, remotePublicKey);
}

/** Members of a view whose connections follow no wish at all. */
export function unrelayed(dht: HyperDHT, network: Network): Replaced {
  const createHandshake = handshakesOver(network, []);
  return {
    connect: (publicKey: Buffer, options: HyperDHT.ConnectOptions) =>
      dht.connect(publicKey, { ...options, createHandshake }),
    createServer: (options: object, onConnection: (stream: NoiseStream) => void) =>
      serving(dht).createServer({ ...options, createHandshake }, onConnection),
  };
}

/** `createServer` is declared by the room that serves. */
export function serving(dht: HyperDHT): ServingNode {
  return dht as unknown as ServingNode;
}

interface ServingNode {
  createServer(options: object, onConnection: (stream: NoiseStream) => void): unknown;
}

import DHT from 'hyperdht';

export interface Testnet {
  /** `HOST:PORT` of the nodes, on loopback. */
  readonly bootstrap: string[];
}

/** A DHT of three nodes on loopback for the tests of one `describe`. */
export function withTestnet(): Testnet {
  const nodes: DHT[] = [];
  const testnet: Testnet = { bootstrap: [] };
  before(async () => {
    for (let i = 0; i < 3; i++) {
      const node = new DHT({
        bootstrap: testnet.bootstrap,
        host: '127.0.0.1',
        port: 0,
        ephemeral: false,
        firewalled: false,
      });
      await node.fullyBootstrapped();
      nodes.push(node);
      if (i === 0) testnet.bootstrap.push(`127.0.0.1:${String(node.address().port)}`);
    }
  });
  after(async () => {
    for (const node of nodes.reverse()) await node.destroy();
    testnet.bootstrap.length = 0;
  });
  return testnet;
}

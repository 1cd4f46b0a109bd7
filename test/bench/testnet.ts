import DHT from 'hyperdht';

/** More than Hyperswarm needs to look somebody up, and cheap: nothing but introductions passes. */
const NODES = 3;

/** A DHT on loopback. */
export async function openTestnet(): Promise<{
  readonly bootstrap: readonly string[];
  close(): Promise<void>;
}> {
  const nodes: DHT[] = [];
  const bootstrap: string[] = [];
  for (let i = 0; i < NODES; i++) {
    const node = new DHT({
      bootstrap,
      host: '127.0.0.1',
      port: 0,
      ephemeral: false,
      firewalled: false,
    });
    await node.fullyBootstrapped();
    nodes.push(node);
    if (i === 0) bootstrap.push(`127.0.0.1:${String(node.address().port)}`);
  }
  return {
    bootstrap,
    async close() {
      for (const node of nodes.reverse()) await node.destroy({ force: true });
    },
  };
}

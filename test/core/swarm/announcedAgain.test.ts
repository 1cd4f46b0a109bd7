import assert from 'node:assert/strict';
import DHT from 'hyperdht';
import { until, withLinks } from '../../support/withLinks';

/** If this fails, an agent that dies after its hub was started anew finds its peers very late. */
describe('a DHT that was started anew', function () {
  this.timeout(60_000);
  const testnet: { bootstrap: string[] } = { bootstrap: [] };
  const agents = withLinks(testnet);
  let nodes: DHT[] = [];
  const fill = async (ports: readonly number[]): Promise<void> => {
    testnet.bootstrap = [];
    for (const port of ports) {
      const { bootstrap } = testnet;
      const node = new DHT({ ...NODE, bootstrap, port });
      nodes.push(node);
      await node.fullyBootstrapped();
      if (bootstrap.length === 0) testnet.bootstrap = [`127.0.0.1:${String(node.address().port)}`];
    }
  };
  const empty = async (): Promise<void> => {
    for (const node of nodes) await node.destroy({ force: true });
    nodes = [];
  };
  beforeEach(() => fill([0, 0, 0]));
  afterEach(empty);

  it('hears of agents whose link is up as soon as they look again', async () => {
    const [one, two] = await agents.linked();
    const ports = nodes.map((node) => node.address().port);
    await empty();
    await fill(ports);
    const { topic } = one.identity.pairKeys(two.identity.publicKey);
    const eye = new DHT({ ...NODE, bootstrap: testnet.bootstrap, ephemeral: true });
    try {
      assert.equal(await announced(eye, topic), 0, 'it has forgotten everybody');
      one.links.lookAgain();
      two.links.lookAgain();
      let seen = 0;
      await until(() => {
        void announced(eye, topic).then((count) => (seen = count));
        return seen === 2 || undefined;
      }, 'both to be announced');
      assert.deepEqual([one.offline, two.offline], [[], []], 'the link stood all the while');
    } finally {
      await eye.destroy();
    }
  });
});

const NODE = { host: '127.0.0.1', ephemeral: false, firewalled: false } as const;

/** Keys by number that are announced on a topic. */
async function announced(dht: DHT, topic: Buffer): Promise<number> {
  const keys = new Set<string>();
  for await (const { peers } of dht.lookup(topic)) {
    for (const { publicKey } of peers) keys.add(publicKey.toString('hex'));
  }
  return keys.size;
}

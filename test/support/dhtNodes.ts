import DHT from 'hyperdht';

/**
 * A program: DHT nodes on addresses of this machine, until it is killed. A node learns what its NAT
 * does from what several hosts see of it, so a lab needs more than one.
 */
async function main(bootstrap: readonly string[], hosts: readonly string[]): Promise<void> {
  for (const host of hosts) {
    const node = new DHT({ bootstrap, host, port: 0, ephemeral: false, firewalled: false });
    await node.fullyBootstrapped();
  }
  console.log(JSON.stringify({ event: 'ready' }));
}

const [bootstrap = '', hosts = ''] = process.argv.slice(2);
void main(bootstrap.split(','), hosts.split(','));

import { identityFromSeed } from '../../../src/core/identity/identity';
import { kidOf } from '../../../src/core/identity/primitives';
import { createSwarm } from '../../../src/core/swarm/swarm';

/** One end of a link in a process of its own; says when it is online. */
async function main([bootstrap = '', seed = '', peer = '']: string[]): Promise<void> {
  const identity = identityFromSeed(Buffer.from(seed, 'hex'));
  const publicKey = Buffer.from(peer, 'hex');
  const swarm = await createSwarm([bootstrap]);
  const links = swarm.links(
    {
      identity,
      relays: [],
      directOnly: false,
      version: 'child',
      log: (line) => process.stderr.write(`${line}\n`),
    },
    {
      onOnline: () => process.stdout.write('online\n'),
      onOffline: () => process.stdout.write('offline\n'),
      onRefused: (error) => process.stderr.write(`${error.message}\n`),
      onChannel: () => true,
    },
  );
  links.setPeers([{ kid: kidOf(publicKey), publicKey, keys: identity.pairKeys(publicKey) }]);
}

void main(process.argv.slice(2));

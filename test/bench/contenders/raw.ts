import { once } from 'node:events';
import DHT from 'hyperdht';
import type { Connection } from 'hyperswarm';
import { CHUNK_BYTES, type Contender } from '../contender';
import { noiseNode } from './noiseNode';

/** A HyperDHT stream and nothing else: from memory, to nowhere. What all others are compared with. */
export const raw: Contender = {
  async send({ bytes, bootstrap, link, progress }) {
    const node = noiseNode(bootstrap);
    const publicKey = Buffer.from(await link.hear(), 'hex');
    const stream = node.connect(publicKey);
    await once(stream, 'open');
    const answer = once(stream, 'data');
    const chunk = Buffer.alloc(CHUNK_BYTES, 0x5a);
    const start = performance.now();
    for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
      const more = stream.write(left < CHUNK_BYTES ? chunk.subarray(0, left) : chunk);
      if (!more) await once(stream, 'drain');
      progress(bytes - left);
    }
    await answer;
    return { transferMs: performance.now() - start };
  },

  async receive({ bytes, bootstrap, link, progress }) {
    const node = noiseNode(bootstrap);
    const server = node.createServer();
    const connected = new Promise<Connection>((resolve) => {
      server.on('connection', resolve);
    });
    const keyPair = DHT.keyPair();
    await server.listen(keyPair);
    link.tell(keyPair.publicKey.toString('hex'));
    const stream = await connected;
    await new Promise<void>((resolve) => {
      let received = 0;
      stream.on('data', (chunk: Buffer) => {
        received += chunk.length;
        progress(received);
        if (received >= bytes) resolve();
      });
    });
    stream.write(Buffer.from([1]));
    return undefined;
  },
};

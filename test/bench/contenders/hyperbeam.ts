import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import Hyperbeam from 'hyperbeam';
import { CHUNK_BYTES, type Contender } from '../contender';
import { noiseNode } from './noiseNode';

/** As its command line does it: file | beam | file. It verifies nothing and flushes nothing. */
export const hyperbeam: Contender = {
  async send({ sourcePath, bootstrap, link, progress }) {
    const beam = new Hyperbeam({ announce: true, dht: noiseNode(bootstrap) });
    const answer = once(beam, 'data');
    const connected = once(beam, 'connected');
    await once(beam, 'remote-address');
    link.tell(beam.key);
    await connected;
    const start = performance.now();
    let sent = 0;
    for await (const part of createReadStream(sourcePath, { highWaterMark: CHUNK_BYTES })) {
      const chunk = part as Buffer;
      if (!beam.write(chunk)) await once(beam, 'drain');
      progress((sent += chunk.length));
    }
    await answer;
    return { transferMs: performance.now() - start };
  },

  async receive({ bytes, targetFolder, bootstrap, link, progress }) {
    const beam = new Hyperbeam(await link.hear(), { dht: noiseNode(bootstrap) });
    const target = path.join(targetFolder, 'received.bin');
    const file = createWriteStream(target);
    let received = 0;
    beam.on('data', (chunk: Buffer) => {
      progress((received += chunk.length));
      if (!file.write(chunk)) beam.pause();
      if (received >= bytes) file.end();
    });
    file.on('drain', () => beam.resume());
    await once(file, 'finish');
    beam.write(Buffer.from([1]));
    return target;
  },
};

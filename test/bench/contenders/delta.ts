import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { changePages } from '../changePages';
import type { Contender, Run } from '../contender';
import { watchWire, wireBytes } from '../wireBytes';
import { CHANGED_SHARE, DATABASE } from './deltaFile';
import { PairedAgent } from './pairedAgent';
import { progressed } from './v2';

/** A folder with one large file, sent, changed at random places, and sent again. */
export const delta: Contender = {
  async send(run) {
    watchWire();
    const agent = await PairedAgent.start(run, 'sender');
    await run.link.hear();
    const whole = await sendAndCount(run, agent);
    await run.link.hear();
    await changePages(path.join(run.sourcePath, DATABASE), CHANGED_SHARE);
    return { ...(await sendAndCount(run, agent)), whole };
  },

  async receive(run) {
    const agent = await PairedAgent.start(run, 'receiver');
    let place: string | undefined;
    for (let times = 0; times < 2; times++) {
      const received = agent.receive((state) => {
        progressed(run, state);
      });
      run.link.tell('ready');
      place = (await received).path;
    }
    return place;
  },
};

async function sendAndCount(
  run: Run,
  agent: PairedAgent,
): Promise<{ readonly transferMs: number; readonly wireBytes: number }> {
  const before = wireBytes();
  const start = performance.now();
  await agent.send(randomBytes(16).toString('hex'), run.sourcePath, (state) => {
    progressed(run, state);
  });
  return { transferMs: performance.now() - start, wireBytes: wireBytes() - before };
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Contender, Run } from '../contender';
import { ChatAgent } from './chatAgent';
import { PairedAgent } from './pairedAgent';

/** Characters of a message: a short paragraph. */
const TEXT_BYTES = 500;
/** Messages that each side takes at once, and then each second: a little less than it takes. */
const AT_ONCE = 1_900;
const MESSAGES_A_SECOND = 45;
/** Messages under way at a time. */
const UNDER_WAY = 50;

/** Half of the messages each way over the link, as fast as the other side takes them. */
export const chatMemory: Contender = {
  async send(run) {
    const agent = await PairedAgent.start(run, 'sender');
    await run.link.hear();
    const start = performance.now();
    await sayAll(agent, run);
    const transferMs = performance.now() - start;
    run.link.tell('that was all');
    await run.link.hear();
    return { transferMs };
  },

  async receive(run) {
    const agent = await PairedAgent.start(run, 'receiver');
    run.link.tell('ready');
    await sayAll(agent, run);
    await run.link.hear();
    run.link.tell('that was all');
    return undefined;
  },
};

async function sayAll(agent: PairedAgent, { count, progress }: Run): Promise<void> {
  const chatting = await ChatAgent.of(agent);
  await chatting.travels({ kind: 'direct', over: 'link' });
  const half = count / 2;
  let [begun, done] = [0, 0];
  const start = performance.now();
  const speak = async (): Promise<void> => {
    while (begun < half) {
      const number = begun++;
      const dueMs = ((number - AT_ONCE) * 1000) / MESSAGES_A_SECOND;
      const waitMs = start + dueMs - performance.now();
      if (waitMs > 0) await delay(waitMs);
      await chatting.say(`${String(number)} ${'a'.repeat(TEXT_BYTES)}`);
      // Of those that came the other way about as many are here.
      progress(2 * ++done);
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, speak));
}

import { randomBytes } from 'node:crypto';
import { attachNodePeer } from '../../../src/nodepeer/nodePeer';
import type { ChatPath } from '../../../src/core/chatEvents';
import type { Contender, Moments, Timing } from '../contender';
import { ChatAgent } from './chatAgent';
import { Echo } from './echo';
import { PairedAgent } from './pairedAgent';

/** Characters of a message: a sentence or two. */
const TEXT_BYTES = 100;
/** Messages that are not counted, until both sides' code has run a few times. */
const WARM_UP = 20;
/** No DHT answers there, so there is no link. */
const NO_LINK = { bootstrap: ['127.0.0.1:1'] } as const;

/**
 * Round trips of a chat: from the words to *delivered*, which comes when the other side's disk has
 * them. After each one, a message as long goes there and back over a bare data channel.
 */
export const chat: Contender = {
  async send(run): Promise<Timing> {
    const { link, count } = run;
    const start = performance.now();
    let agent = await PairedAgent.start(run, 'sender');
    let chatting = await ChatAgent.of(agent);
    const echo = await Echo.open(link);
    await link.hear();

    const overLink = await roundTrips(chatting, echo, count, { kind: 'direct', over: 'link' });
    link.tell('attach a peer');
    const peer = await attachNodePeer(agent.engine, chatting.kid);
    const overPeer = await roundTrips(chatting, echo, count, { kind: 'direct', over: 'peer' });
    await peer.close();

    link.tell('leave the link');
    agent = await agent.restart(run, NO_LINK);
    chatting = await ChatAgent.of(agent);
    await link.hear();
    const service = { kind: 'relayed', over: 'service' } as const;
    const overService = await roundTrips(chatting, echo, count, service);
    link.tell('that was all');
    await agent.engine.stop();
    const moments = { peer: overPeer, link: overLink, service: overService };
    return { transferMs: performance.now() - start, moments };
  },

  async receive(run) {
    const { link } = run;
    let agent = await PairedAgent.start(run, 'receiver');
    const { kid } = await ChatAgent.of(agent);
    await Echo.answer(link);
    link.tell('ready');
    await link.hear();
    const peer = await attachNodePeer(agent.engine, kid);
    await link.hear();
    await peer.close();
    agent = await agent.restart(run, NO_LINK);
    await ChatAgent.of(agent);
    link.tell('ready');
    await link.hear();
    await agent.engine.stop();
    return undefined;
  },
};

async function roundTrips(
  chatting: ChatAgent,
  echo: Echo,
  count: number,
  way: ChatPath,
): Promise<Moments> {
  const text = 'a'.repeat(TEXT_BYTES);
  const message = randomBytes(TEXT_BYTES);
  await chatting.travels(way);
  for (let index = 0; index < WARM_UP; index++) {
    await chatting.say(text);
    await echo.there(message);
  }
  const [measured, base]: [number[], number[]] = [[], []];
  for (let index = 0; index < count; index++) {
    measured.push(await timed(() => chatting.say(text)));
    base.push(await timed(() => echo.there(message)));
  }
  // Else it was another way that was measured.
  await chatting.travels(way);
  return { measured, base };
}

async function timed(act: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

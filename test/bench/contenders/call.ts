import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Call } from '../../../src/core/callEvents';
import { openCallPage, type CallPageServer } from '../../../src/pages/callPageServer';
import { launchBrowser } from '../../support/workbench/browser';
import type { Contender, Run } from '../contender';
import { PAGES } from '../pages';
import { ChatAgent, newId } from './chatAgent';
import { bareCall, click, firstFrame, watchFirstFrame } from './firstFrames';
import { PairedAgent } from './pairedAgent';

/** Calls that are not counted, until browser and engines have done it once. */
const WARM_UP = 1;
/** Chromium lets a page of this address use the camera. Nothing answers there but the driver. */
const BARE_PAGE = 'http://bare.localhost/';

/**
 * Calls between two agents, each with the product's own page in one Chromium with a camera that
 * moves: from the click that accepts until both sides have decoded a picture of the other. After
 * each one, two bare connections in one page do the same.
 */
export const call: Contender = {
  async send(run) {
    const start = performance.now();
    const agent = await PairedAgent.start(run, 'sender');
    const chatting = await ChatAgent.of(agent);
    const { kid } = chatting;
    const browser = await launchBrowser(undefined, { fakeDevices: true });
    const [measured, base]: [number[], number[]] = [[], []];
    try {
      await run.link.hear();
      // Once this has arrived, it was told before it that calls are taken there.
      await chatting.say('I am about to call.');
      for (let index = -WARM_UP; index < run.count; index++) {
        const callMs = await callOnce(agent, kid, browser, run);
        const bareMs = await bareOnce(browser);
        if (index < 0) continue;
        measured.push(callMs);
        base.push(bareMs);
      }
      run.link.tell('');
    } finally {
      await browser.close();
    }
    return { transferMs: performance.now() - start, moments: { call: { measured, base } } };
  },

  async receive(run) {
    const { link } = run;
    const agent = await PairedAgent.start(run, 'receiver');
    const { kid } = await ChatAgent.of(agent);
    link.tell('ready');
    for (let callId = await link.hear(); callId !== ''; callId = await link.hear()) {
      await inState(agent, callId, 'ringing');
      const server = await serve(agent, kid, callId);
      const ended = inState(agent, callId, 'ended');
      link.tell(server.url);
      await ended;
      await server.close();
      link.tell('ended');
    }
    return undefined;
  },
};

async function callOnce(
  agent: PairedAgent,
  kid: string,
  browser: Browser,
  { link }: Run,
): Promise<number> {
  const callId = newId();
  await agent.engine.call({ callId, kid, media: { video: true } });
  const server = await serve(agent, kid, callId);
  const caller = await openPage(browser);
  await caller.goto(server.url);
  // Its own picture: the camera is open, as it is when the other side takes its time.
  await caller.locator('.call-own-camera').waitFor();
  link.tell(callId);
  const callee = await openPage(browser);
  await callee.goto(await link.hear());
  const accept = callee.getByRole('button', { name: 'Accept with Video' });
  await accept.waitFor();
  const clicked = click(callee);
  await accept.click();
  const frames = await Promise.all([firstFrame(caller), firstFrame(callee)]);
  const ms = Math.max(...frames) - (await clicked);
  await agent.engine.hangUp({ callId });
  await link.hear();
  await server.close();
  await Promise.all([caller, callee].map((page) => page.context().close()));
  return ms;
}

async function bareOnce(browser: Browser): Promise<number> {
  const page = await openPage(browser);
  await page.route(`${BARE_PAGE}**`, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<title>bare</title>' }),
  );
  await page.goto(BARE_PAGE);
  const ms = await bareCall(page);
  await page.context().close();
  return ms;
}

async function openPage(browser: Browser): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await watchFirstFrame(page);
  return page;
}

function serve(agent: PairedAgent, kid: string, callId: string): Promise<CallPageServer> {
  return openCallPage({
    engine: agent.engine,
    kid,
    callId,
    agentName: 'the other side',
    files: path.join(__dirname, PAGES),
    ringSound: false,
    log: () => undefined,
  });
}

/** Waits until this call is in this state. */
async function inState(
  agent: PairedAgent,
  callId: string,
  kind: Call['state']['kind'],
): Promise<void> {
  const isSo = (calls: readonly Call[]): boolean =>
    calls.some((each) => each.callId === callId && each.state.kind === kind);
  const told = agent.told((event) =>
    event.type === 'calls' && isSo(event.calls) ? true : undefined,
  );
  const { calls } = await agent.engine.snapshot();
  if (!isSo(calls)) await told;
}

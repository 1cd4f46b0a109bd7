import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import type { Calling } from '../../src/core/calling';
import { CallPages } from '../../src/pages/callPages';
import { attend } from '../support/talking';
import { withEngines, type Agent } from '../support/withEngines';
import { withHub } from '../support/withHub';
import { withPages } from './support/buildPages';
import {
  eventually,
  framesDecoded,
  launchCallBrowser,
  look,
  pixels,
  watchConnections,
} from './support/callBrowser';
import { openPanel, type Panel } from './support/panelPage';
import { callOf, withCalls } from './support/withCalls';

describe('a call where the panel may capture nothing', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const pages = withPages({ call: 'webview/call/main.tsx' });
  const calls = withCalls(engines, pages);
  let browser: Browser;
  let refusing: Browser;

  before(async () => {
    [browser, refusing] = [await launchCallBrowser(), await launchCallBrowser({ allows: false })];
  });
  afterEach(async () => {
    const contexts = [...browser.contexts(), ...refusing.contexts()];
    await Promise.all(contexts.map((context) => context.close()));
  });
  after(async () => {
    await Promise.all([browser.close(), refusing.close()]);
  });

  it('says why, goes to the browser with the click that accepts, shows the picture here, and hangs up here', async () => {
    const { amy, ben, callId } = await calls.ring();
    const amyPage = await inBrowser(amy, callId);
    const here = new CallPages();
    const panel = await panelOf(ben, callId, here);
    await panel.page.getByText('does not let its panels use the microphone').waitFor();
    await look(panel.page, 'panel-ringing');
    await panel.page.getByRole('button', { name: 'Accept with Video' }).click();
    await eventually('the browser', () => Promise.resolve(panel.opened.length === 1));
    assert.deepEqual(panel.opened, [callId]);
    await panel.page.getByRole('button', { name: 'Open in Browser' }).waitFor();
    await look(panel.page, 'panel-accepted');
    assert.deepEqual(panel.desk.ability, { camera: false, microphone: false, screen: false });

    const benPage = await inBrowser(ben, callId, here);
    await panel.page.getByText('The call is in your browser').waitFor();
    await benPage.locator('.call-remote').waitFor();
    const frames = await framesDecoded(panel.page);
    await eventually('frames in the panel', async () => {
      return (await framesDecoded(panel.page)) > frames + 5;
    });
    await eventually('a picture in the panel', async () => {
      return (await pixels(panel.page, '.call-remote')) !== '';
    });
    await look(panel.page, 'panel-mirror');
    assert.equal(await panel.page.getByRole('button', { name: 'Share Screen' }).count(), 0);

    await panel.page.getByRole('button', { name: 'Hang Up' }).click();
    for (const page of [panel.page, benPage]) await page.getByText('You hung up.').waitFor();
    await amyPage.getByText('ben hung up.').waitFor();
  });

  it('leaves a call to the window in which it was accepted', async () => {
    const { ben, callId } = await calls.ring();
    const [accepting, other] = [new CallPages(), new CallPages()];
    const [first, second] = [
      await panelOf(ben, callId, accepting),
      await panelOf(ben, callId, other),
    ];
    await first.page.getByRole('button', { name: 'Accept with Audio Only' }).click();
    await first.page.getByRole('button', { name: 'Open in Browser' }).waitFor();
    await second.page.getByText('in another window or terminal').waitFor();
    await eventually('the browser', () => Promise.resolve(first.opened.length > 0));
    assert.deepEqual([first.opened, second.opened], [[callId], []]);
  });

  /** If this fails, a tab with the camera on opens where nobody asked for one. */
  it('opens once by itself, whatever is hidden, shown or opened anew, and only where somebody clicked', async () => {
    const { amy, ben, callId } = await calls.ring();
    const answer = (decision: Decision) => ben.engine.answerCall({ callId, decision });
    const [losing, accepting, idle] = [new CallPages(), new CallPages(), new CallPages()];
    const [lost, idling] = [await panelOf(ben, callId, losing), await panelOf(ben, callId, idle)];
    const unable = { camera: false, microphone: false, screen: false };
    // A notification's click, before this window has any panel.
    const accept = { kind: 'accept', media: { video: false } } as const;
    const faster = accepting.begin(callId, () => answer(accept));
    await assert.rejects(
      losing.begin(callId, () => answer(accept)),
      { code: 'CALL_ANSWERED' },
    );
    await faster;
    const panel = await panelOf(ben, callId, accepting);
    await panel.page.getByRole('button', { name: 'Open in Browser' }).waitFor();
    assert.deepEqual(panel.opened, [callId]);
    // As when it is hidden and shown: the page asks for everything again.
    await panel.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await panel.desk.answer('callReady', unable);
    await panel.page.reload();
    await panel.page.getByRole('button', { name: 'Open in Browser' }).waitFor();
    await panel.page.close();
    const again = await panelOf(ben, callId, accepting);
    await again.page.getByRole('button', { name: 'Open in Browser' }).click();
    await eventually('the click', () => Promise.resolve(again.opened.length === 1));
    // A window that was reloaded has forgotten its clicks.
    const reloaded = await panelOf(ben, callId, new CallPages());
    await reloaded.page.getByText('in another window or terminal').waitFor();
    for (const { desk } of [lost, idling, again, reloaded]) await desk.answer('callReady', unable);
    assert.deepEqual([panel.opened, again.opened], [[callId], [callId]]);
    assert.deepEqual([lost.opened, idling.opened, reloaded.opened], [[], [], []]);
    await amy.engine.hangUp({ callId });
  });

  it('opens with the click that calls, and stays closed where the panel may capture', async () => {
    const { amy, ben, callId } = await calls.ring();
    await amy.engine.hangUp({ callId });
    await attend(amy);
    const kid = callOf(ben, callId)?.agent.kid ?? assert.fail('no such call');
    const able = { camera: true, microphone: true, screen: true };
    const here = new CallPages();
    const panel = await panelOf(ben, callId, here);
    const next = randomBytes(16).toString('hex');
    const start = (id: string) => () =>
      ben.engine.call({ callId: id, kid, media: { video: true } });
    await here.begin(next, start(next));
    await eventually('the browser', () => Promise.resolve(panel.opened.length > 0));
    await panel.page.getByText('Calling amy…').waitFor();
    assert.equal(await panel.page.getByText('amy').count(), 1, 'the name is said once');
    await look(panel.page, 'panel-calling');
    await ben.engine.hangUp({ callId: next });
    await panel.page.getByText('The call was cancelled.').waitFor();
    await panel.desk.answer('callReady', able);
    const last = randomBytes(16).toString('hex');
    await here.begin(last, start(last));
    await panel.page.getByText('Calling amy…').waitFor();
    assert.deepEqual(panel.opened, [next]);
    await ben.engine.hangUp({ callId: last });
  });

  it('goes on listening where the person refuses camera and microphone, and says what to do', async () => {
    const { amy, ben, callId } = await calls.ring();
    const amyPage = await inBrowser(amy, callId);
    const benPage = await inBrowser(ben, callId, undefined, refusing);
    await benPage.getByRole('button', { name: 'Accept with Video' }).click();
    await benPage.getByText('The microphone is not allowed for this page').waitFor();
    await benPage.getByText('The camera is not allowed for this page').waitFor();
    const frames = await framesDecoded(benPage);
    await eventually('frames', async () => (await framesDecoded(benPage)) > frames + 5);
    await look(benPage, 'call-refused');
    await amyPage.getByText('ben is muted').waitFor();
    await amyPage.getByText('Camera off').waitFor();
    await look(amyPage, 'call-listener');
  });

  async function panelOf(agent: Agent, callId: string, here: CallPages): Promise<Panel> {
    const { kid, name } = callOf(agent, callId)?.agent ?? assert.fail('no such call');
    const context = await browser.newContext({
      viewport: { width: 420, height: 520 },
      colorScheme: 'dark',
    });
    const parts = { agent, kid, agentName: name, pages: here, files: pages.folder };
    return openPanel(context, parts);
  }

  async function inBrowser(
    agent: Agent,
    callId: string,
    here?: CallPages,
    where = browser,
  ): Promise<Page> {
    const server = await calls.serve(agent, callId, here && { pages: here });
    const context = await where.newContext({ viewport: { width: 900, height: 600 } });
    const page = await context.newPage();
    await watchConnections(page);
    await page.goto(server.url);
    return page;
  }
});

type Decision = Parameters<Calling['answerCall']>[0]['decision'];

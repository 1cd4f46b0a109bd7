import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import type { CallPageServer } from '../../src/pages/callPageServer';
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
import { withCalls, type Ringing } from './support/withCalls';

describe('a call between two pages in browsers, over two engines', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const pages = withPages({ call: 'webview/call/main.tsx' });
  const calls = withCalls(engines, pages);
  let browser: Browser;
  const servers: CallPageServer[] = [];

  before(async () => {
    browser = await launchCallBrowser();
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    servers.length = 0;
  });
  after(async () => {
    await browser.close();
  });

  it('shows moving pictures, says who is muted, carries a screen, and ends on both sides', async () => {
    const { amy, ben, callId, amyPage, benPage } = await begin(true);
    await connected(amyPage);
    await connected(benPage);
    for (const page of [amyPage, benPage]) await showsMoving(page);
    await look(amyPage, 'call-connected-amy');
    await look(benPage, 'call-connected-ben');

    await amyPage.getByRole('button', { name: 'Mute', exact: true }).click();
    await benPage.getByText('amy is muted').waitFor();
    await amyPage.getByRole('button', { name: 'Unmute' }).click();
    await benPage.getByText('amy is muted').waitFor({ state: 'detached' });

    await amyPage.getByRole('button', { name: 'Turn Camera Off' }).click();
    await benPage.getByText('Camera off').waitFor();
    await look(benPage, 'call-camera-off');
    await amyPage.getByRole('button', { name: 'Turn Camera On' }).click();
    await showsMoving(benPage);

    await amyPage.getByRole('button', { name: 'Share Screen' }).click();
    await benPage.getByLabel('Screen of amy').waitFor();
    await eventually('pixels of the screen', async () => {
      return (await pixels(benPage, '[aria-label="Screen of amy"]')) !== '';
    });
    await look(benPage, 'call-screen-ben');
    await amyPage.getByRole('button', { name: 'Stop Sharing' }).click();
    await benPage.getByLabel('Screen of amy').waitFor({ state: 'detached' });

    await amyPage.getByText('Good connection').click();
    await amyPage.getByText('Round trip').waitFor();
    await look(amyPage, 'call-quality');

    await amyPage.getByRole('button', { name: 'Hang Up' }).click();
    await amyPage.getByText('You hung up.').waitFor();
    await benPage.getByText('amy hung up.').waitFor();
    await look(benPage, 'call-ended');
    await Promise.all(servers.map(({ closed }) => closed));
    for (const agent of [amy, ben]) {
      const { calls } = await agent.engine.snapshot();
      assert.deepEqual(
        calls.filter((call) => call.callId === callId && call.state.kind !== 'ended'),
        [],
      );
    }
  });

  it('goes on when the camera is taken away in the middle, and says so', async () => {
    const { amyPage, benPage } = await begin(true);
    await showsMoving(benPage);
    // The tracks end as they do when a device is pulled out.
    const session = await amyPage.context().newCDPSession(amyPage);
    const { targetInfo } = await session.send('Target.getTargetInfo');
    await session.send('Browser.setPermission', {
      ...(targetInfo.browserContextId !== undefined && {
        browserContextId: targetInfo.browserContextId,
      }),
      permission: { name: 'camera' },
      setting: 'denied',
      origin: new URL(amyPage.url()).origin,
    });
    await amyPage.getByText('The camera is gone').waitFor();
    await benPage.getByText('Camera off').waitFor();
    await look(amyPage, 'call-camera-gone');
    await connected(benPage);
  });

  it('is whole again after a page was reloaded in the middle', async () => {
    const { amyPage, benPage } = await begin(true);
    await showsMoving(benPage);
    await amyPage.reload();
    await connected(amyPage);
    await showsMoving(amyPage);
    await showsMoving(benPage);
  });

  async function begin(video: boolean): Promise<Begun> {
    const ringing = await calls.ring(video);
    const amyPage = await open(ringing.amy, ringing.callId);
    await amyPage.getByText('Calling ben…').waitFor();
    await look(amyPage, 'call-ringing-out');
    const benPage = await open(ringing.ben, ringing.callId);
    await benPage.getByText('amy is calling').waitFor();
    await look(benPage, 'call-ringing-in');
    await benPage.getByRole('button', { name: 'Accept with Video' }).click();
    return { ...ringing, amyPage, benPage };
  }

  async function open(agent: Agent, callId: string): Promise<Page> {
    const server = await calls.serve(agent, callId);
    servers.push(server);
    const context = await browser.newContext({ viewport: { width: 900, height: 600 } });
    const page = await context.newPage();
    page.on('console', (message) => agent.log.push(`page: ${message.text()}`));
    await watchConnections(page);
    await page.goto(server.url);
    return page;
  }
});

interface Begun extends Ringing {
  readonly amyPage: Page;
  readonly benPage: Page;
}

async function connected(page: Page): Promise<void> {
  await page.locator('[data-state="connected"]').waitFor();
}

/** Frames are decoded, and what is seen changes. */
async function showsMoving(page: Page): Promise<void> {
  await page.locator('.call-remote').waitFor();
  const [frames, seen] = [await framesDecoded(page), await pixels(page, '.call-remote')];
  await eventually('more frames', async () => (await framesDecoded(page)) > frames + 5);
  await eventually('other pixels', async () => {
    const now = await pixels(page, '.call-remote');
    return now !== '' && now !== seen;
  });
}

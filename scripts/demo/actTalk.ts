import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { CallViewDriver, openedPage } from '../../test/e2e/support/callView';
import { ChatPanelDriver } from '../../test/e2e/support/chatPanel';
import type { WorkbenchDriver } from '../../test/support/workbench/driver';
import type { JsonProcess } from './jsonProcess';
import { AGENT, type Stage } from './stage';

const QUESTION = 'Which step is the **slowest**?';
const ANSWER =
  'Step 41. This is its loop:\n\n```python\nfor value in values:\n    total += value * weight\n```';
/** Long enough for somebody to see each other. */
const LOOKING_MS = 2000;

/** Chats with the agent by clicks and keys, and takes a call of it. */
export async function actTalk(
  editor: WorkbenchDriver,
  stage: Stage,
  log: (line: string) => void,
): Promise<void> {
  await editor.clearNotifications();
  await chat(editor, stage, log);
  await call(editor, stage, log);
}

async function chat(
  editor: WorkbenchDriver,
  stage: Stage,
  log: (line: string) => void,
): Promise<void> {
  const views = editor.sideView('Beeline');
  await views.open();
  await views.press(views.row('Agents', AGENT), 'Chat');
  const panel = new ChatPanelDriver(editor, AGENT);
  await panel.input();
  const agent = stage.chat();
  const connected = await agent.waitFor(
    ({ event, over }) => event === 'connected' && over === 'peer',
    'being connected',
  );
  const frame = await panel.frame();
  const way = frame.locator('header .path').getByText(/direct/i);
  await way.waitFor();
  log(`The panel says: ${await way.innerText()}; ${AGENT} says: ${String(connected['path'])}`);

  await panel.type(QUESTION);
  await agent.waitFor(({ event, typing }) => event === 'typing' && typing === true, 'the typing');
  await (await panel.input()).press('Enter');
  const asked = await agent.waitFor(({ event }) => event === 'text', 'the question');
  if (asked['text'] !== QUESTION) throw new Error(`${AGENT} read ${JSON.stringify(asked)}.`);
  log(`Typed a question: ${AGENT} saw the typing, and read: ${QUESTION}`);

  agent.say({ type: 'typing' });
  const typing = frame.locator('.typing').getByText(/typing/i);
  await typing.waitFor();
  log(`The panel says: ${await typing.innerText()}`);
  await editor.screenshot('typing');
  agent.say({ type: 'text', text: ANSWER });
  await panel.shows('Step 41.');
  await typing.waitFor({ state: 'hidden' });
  // One for each colour of the code.
  await frame.locator('figure.code span[style]').nth(1).waitFor();
  await agent.waitFor(({ event }) => event === 'read', 'the answer having been read');
  log(`${AGENT} answered with code; it was told that the answer was delivered and read`);
  await editor.screenshot('chat');
  agent.say();
  await endsWell(agent);
}

async function call(
  editor: WorkbenchDriver,
  stage: Stage,
  log: (line: string) => void,
): Promise<void> {
  const calling = stage.call();
  const { url } = await calling.waitFor(({ event }) => event === 'page', 'having a page');
  const agentPage = await openAgentsPage(editor, String(url));
  const notice = editor.notification(new RegExp(`^${AGENT} is calling with video`));
  await notice.waitFor();
  log(`The editor asks: ${await notice.text()}`);
  await editor.screenshot('incoming-call');
  const accepted = Date.now();
  // The stock editor lets no panel use a camera, so the click opens a page in the browser, which may.
  const ownPage = await openedPage(editor, () => notice.click('Accept with Video'));
  await notice.gone();
  const panel = CallViewDriver.inPanel(editor, AGENT);
  const [own, agents] = [CallViewDriver.inBrowser(ownPage), CallViewDriver.inBrowser(agentPage)];
  await Promise.all([own.isConnected(), agents.isConnected()]);
  await own.moves(`Picture of ${AGENT}`);
  await agents.moves(`Picture of ${stage.actorId}`);
  log(`Both see a picture that moves, ${seconds(accepted)} after Accept with Video`);
  await editor.screenshot('call-in-browser', ownPage);
  await editor.page.bringToFront();
  await panel.shows('The call is in your browser.');
  await panel.moves(`Picture of ${AGENT}`);
  await delay(LOOKING_MS);
  await editor.screenshot('call-in-panel');
  log('The panel shows the picture too, and that the call is in the browser');

  await panel.press('Hang Up');
  await panel.shows('You hung up.');
  await agents.shows(`${stage.actorId} hung up.`);
  const ended = await calling.waitFor(({ state }) => state === 'ended', 'the end of the call');
  const lasted = (Number(ended['durationMs']) / 1000).toFixed(1);
  log(`Clicked Hang Up: ${AGENT} says ${String(ended['reason'])}, after ${lasted} s`);
  await editor.screenshot('call-ended');
  await endsWell(calling);
  await Promise.all([ownPage.close(), agentPage.context().close()]);
}

/** In a browser of its own, as the agent's person has. */
async function openAgentsPage(editor: WorkbenchDriver, url: string): Promise<Page> {
  const browser = editor.page.context().browser();
  if (browser === null) throw new Error('The browser is gone.');
  const page = await (await browser.newContext()).newPage();
  await page.goto(url);
  return page;
}

async function endsWell(program: JsonProcess): Promise<void> {
  const code = await program.exitCode();
  if (code !== 0) throw new Error(`${program.name} ended with exit code ${String(code)}.`);
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

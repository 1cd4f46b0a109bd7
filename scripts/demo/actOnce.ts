import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { launchBrowser } from '../../test/support/workbench/browser';
import { openWorkbench, type WorkbenchDriver } from '../../test/support/workbench/driver';
import { actInterrupted } from './actInterrupted';
import { actPaired } from './actPaired';
import { actTalk } from './actTalk';
import { compare } from './compare';
import { AGENT, type Stage } from './stage';
import { SAMPLE } from './writeSamples';

/**
 * Does what a person would do, with an agent that is only known by its id and then with the same
 * agent paired, both ways, and compares what arrived byte for byte; then they chat and call.
 */
export async function actOnce(
  stage: Stage,
  pictures: string,
  log: (line: string) => void,
): Promise<void> {
  const browser = await launchBrowser(log, { fakeDevices: true });
  try {
    const editor = await openWorkbench(browser, stage.workbench.url, {
      screenshotsDir: pictures,
      stockWebviews: true,
    });
    try {
      await send(editor, stage, log);
      await delay(READING_MS);
      await receive(editor, stage, log);
      await actPaired(editor, stage, log);
      await actInterrupted(editor, stage, log);
      await actTalk(editor, stage, log);
    } catch (error) {
      await editor.screenshot('failed');
      throw error;
    }
    log(`Pictures of each step are in ${pictures}`);
  } finally {
    await browser.close();
  }
}

/** A person reads before going on. The editor drops messages that come faster than anybody reads. */
const READING_MS = 1500;

async function send(
  editor: WorkbenchDriver,
  stage: Stage,
  log: (line: string) => void,
): Promise<void> {
  await editor.statusBarItem(/Beeline$/).waitFor();
  await editor.screenshot('ready');
  await editor.rightClick(editor.explorerItem(SAMPLE));
  await editor.menuItem('Send to Agent…').hover();
  await editor.screenshot('context-menu');
  await editor.chooseMenu('Send to Agent…');
  await editor.quickPick.waitFor();
  await editor.quickPick.type(AGENT);
  await editor.quickPick.row(AGENT).first().waitFor();
  await editor.screenshot('choose-agent');
  await editor.quickPick.choose(AGENT);
  log(`Right-clicked ${SAMPLE}, chose Send to Agent…, picked ${AGENT}`);
  await editor.notification(new RegExp(`^Sending ${SAMPLE}`)).waitFor();
  await editor.screenshot('sending');

  const completed = await stage.agent.waitFor(
    ({ event, fileName }) => event === 'completed' && fileName === SAMPLE,
    `having received ${SAMPLE}`,
  );
  const arrived = String(completed['path']);
  const hash = await compare(path.join(stage.workspace, SAMPLE), arrived);
  if (hash !== completed['sha256']) throw new Error(`${AGENT} told another SHA-256 than ${hash}.`);
  log(`${AGENT} completed ${arrived}: the same bytes, SHA-256 ${hash}`);
  const notice = editor.notification(/arrived at agent-b/);
  await notice.waitFor();
  log(`The editor says: ${await notice.text()}`);
  await editor.screenshot('arrived');
}

async function receive(
  editor: WorkbenchDriver,
  stage: Stage,
  log: (line: string) => void,
): Promise<void> {
  const name = path.basename(stage.reply);
  const sending = stage.send(stage.reply);
  const offer = editor.notification(new RegExp(`${AGENT}.*${name}`));
  await offer.waitFor();
  log(`The editor asks: ${(await offer.text()).replace(/\s+/g, ' ')}`);
  await editor.screenshot('offer');
  await offer.click('Accept');

  await sending.waitFor(({ event }) => event === 'completed', `having delivered ${name}`);
  const code = await sending.exitCode();
  if (code !== 0) throw new Error(`beeline send ended with exit code ${String(code)}.`);
  const notice = editor.notification(new RegExp(`Received ${name}`));
  await notice.waitFor();
  const hash = await compare(stage.reply, path.join(stage.editorSaves, name));
  log(`Clicked Accept: ${path.join(stage.editorSaves, name)} has the same bytes, SHA-256 ${hash}`);
  log(`The editor says: ${await notice.text()}`);
  // What is over leaves the screen by itself.
  await offer.gone();
  await editor.notification(/^Receiving/).gone();
  await editor.screenshot('received');
}

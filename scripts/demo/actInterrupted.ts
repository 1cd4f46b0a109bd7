import fs from 'node:fs/promises';
import path from 'node:path';
import { bytesText } from '../../src/core/units';
import type { WorkbenchDriver } from '../../test/support/workbench/driver';
import { compareTrees } from './compareTrees';
import { killInTheMiddle } from './killInTheMiddle';
import { AGENT, type Stage } from './stage';
import { FOLDER_SAMPLE, IGNORED_SAMPLE } from './writeSamples';

/** Sends a folder by clicks, kills the agent in the middle, starts it again, and compares. */
export async function actInterrupted(
  editor: WorkbenchDriver,
  stage: Stage,
  log: (line: string) => void,
): Promise<void> {
  await sendFolder(editor, log);
  const arrived = await interrupt(editor, stage, log);
  await resume(editor, stage, arrived, log);
}

async function sendFolder(editor: WorkbenchDriver, log: (line: string) => void): Promise<void> {
  await editor.clearNotifications();
  await editor.sideView('Explorer').open();
  await editor.rightClick(editor.explorerItem(FOLDER_SAMPLE));
  await editor.chooseMenu('Send to Agent…');
  await editor.quickPick.choose(new RegExp(`${AGENT}.*verified, online`));
  await editor.quickPick.waitFor(/Nothing is sent before you choose/);
  const chosen = editor.quickPick.row(/^Send without Ignored Files.*\d files in \d+ folders/);
  await chosen.waitFor();
  await editor.quickPick.row(/^Send Everything.*\d files in \d+ folders/).waitFor();
  await editor.screenshot('folder-before-sending');
  for (const row of await editor.quickPick.rows.all()) {
    log(`The editor asks: ${(await row.getAttribute('aria-label')) ?? ''}`);
  }
}

/** Resolves with how many bytes had arrived when the agent was killed. */
async function interrupt(
  editor: WorkbenchDriver,
  stage: Stage,
  log: (line: string) => void,
): Promise<number> {
  const views = editor.sideView('Beeline');
  const killed = killInTheMiddle(stage, FOLDER_SAMPLE);
  await editor.quickPick.choose(/^Send without Ignored Files/);
  await views.open();
  const { bytes, total } = await killed;
  const died = Date.now();
  log(`Killed ${AGENT} (SIGKILL) when ${bytesText(bytes)} of ${bytesText(total)} had arrived`);
  const before = await fs.readdir(stage.agentSaves);
  if (before.includes(FOLDER_SAMPLE)) throw new Error(`${FOLDER_SAMPLE} is there before its time.`);
  const row = views.row('Transfers', new RegExp(`${FOLDER_SAMPLE}.*interrupted, resumes when`));
  await row.waitFor();
  await editor.statusBarItem(/1 interrupted/).waitFor();
  const label = await row.locator('.label-description').innerText();
  log(`The editor says, ${seconds(died)} later: ${FOLDER_SAMPLE} ${label}`);
  await views.row('Agents', /last seen|offline/).waitFor();
  await editor.screenshot('interrupted');
  return bytes;
}

async function resume(
  editor: WorkbenchDriver,
  stage: Stage,
  arrived: number,
  log: (line: string) => void,
): Promise<void> {
  const views = editor.sideView('Beeline');
  await stage.startAgent();
  const started = Date.now();
  log(`Started ${AGENT} again`);
  const on = await stage.agent.waitFor(
    ({ event, fileName }) => event === 'progress' && fileName === FOLDER_SAMPLE,
    `going on with ${FOLDER_SAMPLE}`,
  );
  log(`${AGENT} goes on by itself after ${seconds(started)}, at ${bytesText(Number(on['bytes']))}`);
  const completed = await stage.agent.waitFor(
    ({ event, fileName }) => event === 'completed' && fileName === FOLDER_SAMPLE,
    `having received ${FOLDER_SAMPLE}`,
  );
  const [bytes, spared] = [Number(completed['bytes']), Number(completed['spared'] ?? 0)];
  log(
    `${AGENT} completed it ${seconds(started)} after its start: ` +
      `${bytesText(spared)} of ${bytesText(bytes)} were there already`,
  );
  if (spared === 0) throw new Error(`${AGENT} began anew, with ${bytesText(arrived)} there.`);
  const notice = editor.notification(new RegExp(`${FOLDER_SAMPLE} .* arrived at ${AGENT}`));
  await notice.waitFor();
  log(`The editor says: ${await notice.text()}`);
  const received = String(completed['path']);
  const entries = await compareTrees(path.join(stage.workspace, FOLDER_SAMPLE), received, [
    IGNORED_SAMPLE,
  ]);
  log(`${received} is identical: content, modes, times and links of ${String(entries)} entries`);
  await views
    .row('Transfers', new RegExp(`${FOLDER_SAMPLE}.*to ${AGENT}, verified.*already there`))
    .waitFor();
  await editor.screenshot('resumed');
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

import path from 'node:path';
import type { WorkbenchDriver } from '../../test/support/workbench/driver';
import { compare } from './compare';
import type { JsonEvent } from './jsonProcess';
import { AGENT, type Stage } from './stage';
import { PRIVATE_SAMPLE } from './writeSamples';

/** Pixels from the left: then what a row says fits into it. */
const VIEWS_EDGE = 530;

/** Pairs the editor with the agent by clicks; then a verified file each way. */
export async function actPaired(
  editor: WorkbenchDriver,
  stage: Stage,
  log: (line: string) => void,
): Promise<void> {
  await pair(editor, stage, log);
  await sendVerified(editor, stage, log);
  await receiveVerified(editor, stage, log);
}

async function pair(
  editor: WorkbenchDriver,
  stage: Stage,
  log: (line: string) => void,
): Promise<void> {
  const views = editor.sideView('Beeline');
  await editor.clearNotifications();
  await views.open();
  await views.widen(VIEWS_EDGE);
  await views.row('Transfers', path.basename(stage.reply)).waitFor();
  await editor.screenshot('views-before-pairing');
  await editor.runCommand('Beeline: Pair with an Agent…');
  await editor.quickPick.row('Make an Invite').waitFor();
  await editor.screenshot('pair');
  await editor.quickPick.choose('Make an Invite');
  const invite = editor.notification(/^Your invite: /);
  await invite.waitFor();
  await editor.screenshot('invite');
  await invite.click('Copy Code');
  await editor.statusBarItem(/The code is copied/).waitFor();
  const pairing = stage.useInvite(await editor.clipboard());

  const shown = await pairing.waitFor(({ event }) => event === 'confirm', 'meeting the editor');
  const [ofEditor, ofAgent] = [fingerprint(shown, 'agent'), fingerprint(shown, 'self')];
  await editor.quickPick.waitFor(new RegExp(`Pair with ${AGENT}\\?`));
  await editor.quickPick.row(ofAgent).waitFor();
  await editor.quickPick.row(ofEditor).waitFor();
  await views.row('Agents', /waits for you to compare/).waitFor();
  await invite.gone();
  log(`Editor and ${AGENT} show the same two fingerprints: ${ofEditor} and ${ofAgent}`);
  await editor.screenshot('compare');
  await editor.quickPick.choose(/^Pair/);
  await pairing.waitFor(({ event }) => event === 'paired', 'having paired');
  const paired = editor.notification(new RegExp(`^Paired with ${AGENT}`));
  await paired.waitFor();
  log(`The editor says: ${await paired.text()}`);
  await editor.notification(/^Waiting until/).gone();
  await views.row('Agents', /online/).waitFor();
  await editor.screenshot('paired');
}

async function sendVerified(
  editor: WorkbenchDriver,
  stage: Stage,
  log: (line: string) => void,
): Promise<void> {
  await editor.clearNotifications();
  await editor.sideView('Explorer').open();
  await editor.rightClick(editor.explorerItem(PRIVATE_SAMPLE));
  await editor.chooseMenu('Send to Agent…');
  const verified = editor.quickPick.row(new RegExp(`${AGENT}.*verified, online`));
  await verified.waitFor();
  await editor.screenshot('choose-verified-agent');
  await verified.click();
  const completed = await stage.agent.waitFor(
    ({ event, fileName }) => event === 'completed' && fileName === PRIVATE_SAMPLE,
    `having received ${PRIVATE_SAMPLE}`,
  );
  const arrived = String(completed['path']);
  const hash = await compare(path.join(stage.workspace, PRIVATE_SAMPLE), arrived);
  log(`${AGENT} completed ${arrived}: verified, the same bytes, SHA-256 ${hash}`);
  await editor.notification(new RegExp(`${PRIVATE_SAMPLE} arrived at ${AGENT}`)).waitFor();
  await editor.screenshot('verified-arrived');
}

async function receiveVerified(
  editor: WorkbenchDriver,
  stage: Stage,
  log: (line: string) => void,
): Promise<void> {
  const name = path.basename(stage.verifiedReply);
  const views = editor.sideView('Beeline');
  await views.open();
  await editor.clearNotifications();
  const sending = stage.send(stage.verifiedReply);
  const offer = editor.notification(new RegExp(`^${AGENT} \\(verified\\).*${name}`));
  await offer.waitFor();
  log(`The editor asks: ${(await offer.text()).replace(/\s+/g, ' ')}`);
  await views.row('Transfers', new RegExp(`${name}.*offered`)).waitFor();
  await editor.screenshot('verified-offer');
  await offer.click('Show Files');
  await editor.quickPick.waitFor(/Nothing is accepted by looking/);
  await editor.quickPick.row(name).waitFor();
  await editor.screenshot('files-before-accepting');
  await editor.quickPick.cancel();
  await offer.click('Accept');

  const code = await sending.exitCode();
  if (code !== 0) throw new Error(`beeline send ended with exit code ${String(code)}.`);
  const notice = editor.notification(new RegExp(`Received ${name}`));
  await notice.waitFor();
  const hash = await compare(stage.verifiedReply, path.join(stage.editorSaves, name));
  log(`Clicked Accept: ${path.join(stage.editorSaves, name)} has the same bytes, SHA-256 ${hash}`);
  log(`The editor says: ${await notice.text()}`);
  await offer.gone();
  await editor.notification(/^Receiving/).gone();
  await views.row('Transfers', new RegExp(`${name}.*from ${AGENT}, verified`)).waitFor();
  await editor.screenshot('verified-received');
}

function fingerprint(event: JsonEvent, whose: 'agent' | 'self'): string {
  return (event[whose] as { readonly fingerprint: string }).fingerprint;
}

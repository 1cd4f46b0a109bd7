import assert from 'node:assert/strict';
import type { CliProcess, JsonLine } from '../../support/runCli';
import type { WorkbenchDriver } from '../../support/workbench/driver';
import type { EditorStage } from './withEditor';

/** The views of the extension. */
export const BEELINE = 'Beeline';

/** *Pair with an Agent…* and an invite, whose code is copied by a click. */
export async function makeInvite(window: WorkbenchDriver): Promise<string> {
  await window.runCommand('Beeline: Pair with an Agent…');
  await window.quickPick.choose('Make an Invite');
  const invite = window.notification(/^Your invite: /);
  await invite.click('Copy Code');
  const shown = /[0-9A-Z]{4}(?:-[0-9A-Z]{4}){6}/.exec(await invite.text())?.[0] ?? 'no code';
  await copied(window, shown);
  return shown;
}

/** Waits until this is what was copied; the extension copies in a process of its own. */
export async function copied(window: WorkbenchDriver, text: string): Promise<void> {
  await window.page.waitForFunction(
    async (expected) => (await navigator.clipboard.readText()) === expected,
    text,
  );
}

/** Writes one line to a program's standard input. */
export function tell(program: CliProcess, line: string): void {
  program.child.stdin?.write(`${line}\n`);
}

/** Answers a program's question whether to pair. */
export function confirm(program: CliProcess, accept: boolean): void {
  tell(program, JSON.stringify({ type: 'answer', accept }));
}

export function fingerprintOf(line: JsonLine, whose: 'agent' | 'self'): string {
  const { fingerprint } = line[whose] as { readonly fingerprint: unknown };
  assert.ok(typeof fingerprint === 'string' && /^[\d ]{30,}$/.test(fingerprint));
  return fingerprint;
}

/** The editor asks, and shows the two fingerprints that the other side shows. */
export async function assertSameFingerprints(
  window: WorkbenchDriver,
  shownToAgent: JsonLine,
): Promise<void> {
  await window.quickPick.waitFor(/must show these same two fingerprints/);
  const ofAgent = fingerprintOf(shownToAgent, 'self');
  const ofEditor = fingerprintOf(shownToAgent, 'agent');
  assert.notEqual(ofAgent, ofEditor);
  await window.quickPick.row(`${ofAgent}The fingerprint of`).waitFor();
  await window.quickPick.row(`${ofEditor}Your own fingerprint`).waitFor();
}

/** Pairs the editor with an agent, for tests that are about something else. */
export async function pairEditor(stage: EditorStage, actorId: string): Promise<void> {
  const { window } = stage;
  const code = await makeInvite(window);
  const pairing = stage.as(actorId, 'pair', '-', '--yes');
  tell(pairing, code);
  await window.quickPick.waitFor(/must show these same two fingerprints/);
  await window.quickPick.choose(/^Pair/);
  assert.equal(await pairing.end(), 0);
  await window.notification(new RegExp(`^Paired with ${actorId}`)).waitFor();
  await window.clearNotifications();
}

/** Pairs two developers by clicks alone; afterwards each has the chat with the other open. */
export async function pairDevelopers(one: WorkbenchDriver, two: WorkbenchDriver): Promise<void> {
  for (const window of [one, two]) await window.statusBarItem(/Beeline$/).waitFor();
  const code = await makeInvite(one);
  await two.runCommand('Beeline: Pair with an Agent…');
  await two.quickPick.choose('Enter an Invite');
  // What is typed too early goes into the list that is just being left.
  await two.quickPick.waitFor(/The code or the link of an invite/);
  await two.quickPick.type(code);
  await two.quickPick.accept();
  for (const window of [one, two]) {
    await window.quickPick.waitFor(/must show these same two fingerprints/);
    await window.quickPick.choose(/^Pair/);
  }
  for (const window of [one, two]) {
    await window.webview((frame) => frame.getByPlaceholder(/^Message /));
    await window.clearNotifications();
  }
}

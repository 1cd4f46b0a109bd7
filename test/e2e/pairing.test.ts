import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { CliProcess, JsonLine } from '../support/runCli';
import type { SideView } from '../support/workbench/sideView';
import { filesIn } from './support/filesIn';
import {
  assertSameFingerprints,
  BEELINE,
  confirm,
  copied,
  fingerprintOf,
  makeInvite,
  tell,
} from './support/pairing';
import { poll } from './support/poll';
import { withEditor } from './support/withEditor';

const AGENT = 'agent-b';
/** Longer than anybody needs to click *Cancel*. */
const ENDLESS_BYTES = 2_000_000_000;
/** Seconds over loopback: long enough to be cut in the middle, and then to see the end of. */
const LONG_BYTES = 300_000_000;
/** Milliseconds: a link finds out within 15 s that a killed peer is gone. */
const KILLED_LIMIT_MS = 90_000;

describe('a person pairs with an agent, and what they exchange is verified', () => {
  const stage = withEditor({
    pictures: 'pairing',
    files: { 'report.bin': 2_000_003 },
    sparseFiles: { 'endless.bin': ENDLESS_BYTES, 'long.bin': LONG_BYTES },
  });
  let agent: CliProcess;
  let views: SideView;
  let fingerprint = '';

  before(async () => {
    agent = await stage.listen(AGENT);
    await stage.window.statusBarItem(/Beeline$/).waitFor();
    views = stage.window.sideView(BEELINE);
    await views.open();
  });

  const agentRow = (text: string | RegExp) => views.row('Agents', text);
  const transferRow = (text: string | RegExp) => views.row('Transfers', text);
  const flows = (line: JsonLine) => Number(line['bytes']) > 0;

  async function sendTo(name: string): Promise<void> {
    const { window } = stage;
    await window.sideView('Explorer').open();
    await window.rightClick(window.explorerItem(name));
    await window.chooseMenu('Send to Agent…');
    await window.quickPick.choose(/agent-b.*verified, online/);
    await views.open();
  }

  it('by an invite of their own: both sides show the same fingerprints, and both confirm', async () => {
    const { window } = stage;
    const code = await makeInvite(window);
    await agentRow(/Invite.*not used yet/).waitFor();
    await window.screenshot('invite');
    const pairing = stage.as(AGENT, 'pair', '-');
    tell(pairing, code);
    const shown = await pairing.line('confirm');
    await assertSameFingerprints(window, shown);
    fingerprint = fingerprintOf(shown, 'self');
    await window.screenshot('compare');
    await window.quickPick.choose(/^Pair/);
    // One side alone does not pair.
    await window.notification(/^Waiting until agent-b confirms as well/).waitFor();
    await agentRow(/agent-b.*has not confirmed yet/).waitFor();
    confirm(pairing, true);
    assert.equal(await pairing.end(), 0);
    await window
      .notification(/^Paired with agent-b\. Everything between you is verified/)
      .waitFor();
    await agentRow(/agent-b.*online \(direct\)/).waitFor();
    await window.screenshot('paired');
  });

  it('sends a file, and the agent knows who it is from', async () => {
    const { window } = stage;
    await sendTo('report.bin');
    const told = await agent.line('completed', ({ fileName }) => fileName === 'report.bin');
    const sent = await fs.readFile(path.join(stage.workspace, 'report.bin'));
    assert.ok((await fs.readFile(String(told['path']))).equals(sent));
    const offered = await agent.line('offer', ({ fileName }) => fileName === 'report.bin');
    assert.equal(offered['trust'], 'verified');
    await window.notification(/^report\.bin arrived at agent-b, verified\.$/).waitFor();
    await transferRow(/report\.bin.*to agent-b, verified, 2\.0 MB/).waitFor();
  });

  it('looks at the list of an offer before accepting it, with the fingerprint at hand', async () => {
    const { window } = stage;
    const bytes = await stage.write('out/answer.bin', 1_500_001);
    const sending = stage.send(AGENT, 'out/answer.bin');
    const offer = window.notification(
      /^agent-b \(verified\) wants to send you answer\.bin, 1\.5 MB/,
    );
    await offer.waitFor();
    await poll(async () => (await views.badge()) === '1', 'the number on the activity bar');
    const row = transferRow(/answer\.bin.*offered by agent-b \(verified\)/);
    await row.click();
    await window.quickPick.waitFor(new RegExp(`Verified, fingerprint ${fingerprint}`));
    await window.screenshot('one-offer');
    await window.quickPick.choose('Show Files');
    await window.quickPick.waitFor(/Nothing is accepted by looking/);
    await window.quickPick.row(/answer\.bin.*1\.5 MB/).waitFor();
    await window.screenshot('files');
    assert.deepEqual(await filesIn(stage.saves), []);
    await window.quickPick.cancel();
    await views.press(row, 'Accept');
    assert.equal(await sending.end(), 0);
    await window
      .notification(/^Received answer\.bin \(1\.5 MB\) from agent-b, verified\.$/)
      .waitFor();
    assert.ok((await fs.readFile(path.join(stage.saves, 'answer.bin'))).equals(bytes));
    await offer.gone();
    await poll(async () => (await views.badge()) === '', 'the number to go');
    const saved = transferRow(/answer\.bin.*from agent-b, verified/);
    await views.press(saved, 'Reveal');
    await window.editorTab('answer.bin').waitFor();
  });

  it('shows both fingerprints again, and copies the one that is chosen', async () => {
    const { window } = stage;
    await window.rightClick(agentRow(AGENT));
    await window.chooseMenu('Compare Fingerprint');
    await window.quickPick.waitFor(/Compare with agent-b/);
    await window.screenshot('compare-again');
    await window.quickPick.choose(`The fingerprint of ${AGENT}`);
    await copied(window, fingerprint);
  });

  it('is told that somebody only claims to be the agent', async () => {
    const { window } = stage;
    await stage.write('out/trap.sh', 100);
    const impostor = { actorId: AGENT, home: 'impostor' };
    const sending = stage.as(impostor, 'send', 'out/trap.sh', '--to', 'editor-a');
    const offer = window.notification(
      /^Somebody who claims to be agent-b, not verified, wants to send you trap\.sh/,
    );
    await offer.waitFor();
    const row = transferRow(/trap\.sh.*claims to be agent-b, not verified/);
    await row.waitFor();
    await window.screenshot('claims-to-be');
    const links = await offer.item.locator('.notification-list-item-message a').allInnerTexts();
    assert.ok(!links.includes('Show Files'));
    await views.press(row, 'Decline');
    assert.equal(await sending.end(), 3);
    await offer.gone();
  });

  it('takes files without asking once the agent is allowed, but not from who claims its id', async () => {
    const { window } = stage;
    await window.rightClick(agentRow(AGENT));
    await window.chooseMenu('Allow Without Asking');
    await window.statusBarItem(/saved without asking from now on/).waitFor();
    await stage.write('out/trap.sh', 100);
    const impostor = { actorId: AGENT, home: 'impostor' };
    const trap = stage.as(impostor, 'send', 'out/trap.sh', '--to', 'editor-a');
    await transferRow(/trap\.sh.*claims to be agent-b/).waitFor();
    const bytes = await stage.write('out/expected.bin', 300_000);
    const sending = stage.send(AGENT, 'out/expected.bin');
    assert.equal(await sending.end(), 0);
    assert.ok((await fs.readFile(path.join(stage.saves, 'expected.bin'))).equals(bytes));
    await transferRow(/expected\.bin.*from agent-b, verified/).waitFor();
    assert.ok(await transferRow(/trap\.sh.*claims to be agent-b/).isVisible(), 'accepted the trap');
    await views.press(transferRow('trap.sh').first(), 'Decline');
    assert.equal(await trap.end(), 3);
    await window.rightClick(agentRow(AGENT));
    await window.chooseMenu('Ask Again');
  });

  it('cancels what runs, in the view', async () => {
    await sendTo('endless.bin');
    await agent.line('progress', flows);
    const row = transferRow(/endless\.bin.*%.*to agent-b, direct/);
    await row.waitFor();
    await stage.window.screenshot('running');
    await views.press(transferRow('endless.bin'), 'Cancel');
    await transferRow(/endless\.bin.*cancelled/).waitFor();
    const failed = await agent.line('failed');
    assert.equal(failed['code'], 'CANCELLED_BY_PEER');
  });

  it('keeps what a killed agent interrupts, and goes on by itself when it is back', async function () {
    this.timeout(KILLED_LIMIT_MS);
    const { window } = stage;
    await sendTo('long.bin');
    await agent.line('progress', (line) => flows(line) && line['fileName'] === 'long.bin');
    agent.kill('SIGKILL');
    await agent.exited;
    const row = transferRow(/long\.bin.*interrupted, resumes when agent-b is back/);
    await row.waitFor();
    await agentRow(/agent-b.*last seen just now/).waitFor();
    await window.screenshot('interrupted');
    await window.rightClick(row);
    await window.chooseMenu('Copy Error');
    await window.statusBarItem(/The error is copied/).waitFor();
    assert.match(await window.clipboard(), /agent-b/);
    agent = await stage.listen(AGENT);
    await transferRow(/long\.bin.*to agent-b, verified/).waitFor({ timeout: KILLED_LIMIT_MS });
    const { size } = await fs.stat(stage.at(`saves-${AGENT}`, 'long.bin'));
    assert.equal(size, LONG_BYTES);
  });

  it('blocks the agent: its offer goes, and it is not reached any more', async () => {
    const { window } = stage;
    await stage.write('out/blocked.txt', 100);
    const sending = stage.send(AGENT, 'out/blocked.txt');
    const offer = window.notification(/^agent-b \(verified\) wants to send you blocked\.txt/);
    await offer.waitFor();
    await window.rightClick(agentRow(AGENT));
    await window.chooseMenu('Block');
    await offer.gone();
    await transferRow('blocked.txt').waitFor({ state: 'detached' });
    await agentRow(/agent-b.*blocked/).waitFor();
    await window.screenshot('blocked');
    sending.kill('SIGINT');
    await sending.end();
    await views.press(agentRow(AGENT), 'Unblock');
    await agentRow(/agent-b.*online/).waitFor();
  });

  it('asks before the agent is removed', async () => {
    const { window } = stage;
    const remove = async () => {
      await window.rightClick(agentRow(AGENT));
      await window.chooseMenu('Remove…');
    };
    await remove();
    const question = window.notification(/^Remove agent-b\? Its offers and transfers end/);
    await question.waitFor();
    await window.screenshot('remove');
    await question.click('Keep');
    await question.gone();
    assert.ok(await agentRow(AGENT).isVisible());
    await remove();
    await question.click('Remove');
    await agentRow(AGENT).waitFor({ state: 'detached' });
    await views.welcome('You are not paired with any agent yet').waitFor();
  });

  it('by an invite of the agent, typed in', async () => {
    const { window } = stage;
    const pairing = stage.as('agent-c', 'pair');
    const { code } = await pairing.line('invite');
    await window.runCommand('Beeline: Pair with an Agent…');
    await window.quickPick.choose('Enter an Invite');
    await window.quickPick.type('ABCD-EF');
    await window.quickPick.waitFor(/6 of 28 characters/);
    await window.screenshot('typing');
    await window.quickPick.type(String(code));
    await window.quickPick.accept();
    await assertSameFingerprints(window, await pairing.line('confirm'));
    confirm(pairing, true);
    await window.quickPick.choose(/^Pair/);
    assert.equal(await pairing.end(), 0);
    await window.notification(/^Paired with agent-c/).waitFor();
    await agentRow('agent-c').waitFor();
  });

  it('by a link, only after saying that it is theirs', async () => {
    const { window } = stage;
    const pairing = stage.as('agent-d', 'pair', '--yes');
    const { link } = await pairing.line('invite');
    await window.runCommand('Developer: Open URL');
    await window.quickPick.type(String(link));
    await window.quickPick.accept();
    await window.dialog(/wants to open|open this URI/).click('Open');
    const question = window.dialog(/^A link asks to pair the Beeline on/);
    await question.waitFor();
    await window.screenshot('link');
    await question.click('Look for This Agent');
    await assertSameFingerprints(window, await pairing.line('confirm'));
    await window.quickPick.choose(/^Pair/);
    assert.equal(await pairing.end(), 0);
    await agentRow('agent-d').waitFor();
  });

  it('takes an invite back, so that nobody can use it, and is told who declines the next', async () => {
    const { window } = stage;
    const code = await makeInvite(window);
    const row = agentRow(/Invite.*not used yet/);
    await views.press(row, 'Cancel Pairing');
    await row.waitFor({ state: 'detached' });
    await window.notification(/^Your invite/).gone();
    const late = stage.as('agent-e', 'pair', '-');
    tell(late, code);
    await late.until(() => late.stderr.includes('Looking for'), 'it to look for the other side');

    const pairing = stage.as('agent-f', 'pair', '-');
    tell(pairing, await makeInvite(window));
    await assertSameFingerprints(window, await pairing.line('confirm'));
    confirm(pairing, false);
    assert.equal(await pairing.end(), 3);
    await window.quickPick.gone();
    await window.notification(/^The other side did not confirm.*Nothing was kept\.$/).waitFor();
    await window.screenshot('declined');
    await agentRow(/agent-[ef]/).waitFor({ state: 'detached' });
    // It had as long to meet the editor as the other one, which met it.
    assert.ok(!late.lines.some(({ event }) => event === 'confirm'));
  });
});

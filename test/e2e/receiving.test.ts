import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { filesIn } from './support/filesIn';
import { poll } from './support/poll';
import { EDITOR, withEditor } from './support/withEditor';

const AGENT = 'agent-b';

describe('a person receives in the editor', () => {
  const stage = withEditor({ pictures: 'receiving' });

  before(() => stage.window.statusBarItem(/Beeline$/).waitFor());

  const offerOf = (name: string) =>
    new RegExp(`^${AGENT} \\(unverified\\) wants to send you ${name.replace('.', '\\.')}, `);
  const saved = (name: string) => fs.readFile(path.join(stage.saves, name));
  const present = () => filesIn(stage.saves);

  it('accepts with one click, opens the file, and is told that it is verified', async () => {
    const { window } = stage;
    const bytes = await stage.write('out/report.md', 3_000_001);
    const sending = stage.send(AGENT, 'out/report.md');
    const offer = window.notification(offerOf('report.md'));
    await offer.waitFor();
    await window.statusBarItem(/1 incoming/).waitFor();
    assert.match(await offer.text(), /3\.0 MB/);
    await window.screenshot('offer');
    await offer.click('Accept');
    assert.equal(await sending.end(), 0);
    await offer.gone();
    const done = window.notification(
      /^Received report\.md \(3\.0 MB\) from agent-b, content verified\.$/,
    );
    await done.waitFor();
    await window.screenshot('received');
    assert.ok((await saved('report.md')).equals(bytes));
    const task = await stage.hub.taskOf('report.md', 'completed');
    assert.equal(task.assignee_id, EDITOR);
    await done.click('Open');
    await window.editorTab('report.md').waitFor();
    await window.statusBarItem(/Beeline$/).waitFor();
  });

  it('accepts into a folder of their choice', async () => {
    const { window } = stage;
    await fs.mkdir(stage.at('elsewhere'));
    const bytes = await stage.write('out/elsewhere.txt', 1000);
    const sending = stage.send(AGENT, 'out/elsewhere.txt');
    const offer = window.notification(offerOf('elsewhere.txt'));
    await offer.click('Accept to…');
    await window.quickPick.waitFor();
    await window.screenshot('which-folder');
    // Leaving the dialog leaves the question where it was.
    await window.quickPick.cancel();
    await offer.click('Accept to…');
    // The dialog writes its own folder into the box once it has read it, over what was typed before.
    const shows = (folder: string) =>
      poll(
        async () => (await window.quickPick.input.inputValue()) === `${stage.at(folder)}/`,
        `the dialog to show ${folder}`,
      );
    await shows('saves');
    await window.quickPick.row('..').first().waitFor();
    await window.quickPick.type(`${stage.at('elsewhere')}/`);
    await shows('elsewhere');
    await window.page.getByRole('button', { name: 'Save Here' }).click();
    assert.equal(await sending.end(), 0);
    assert.ok((await fs.readFile(stage.at('elsewhere', 'elsewhere.txt'))).equals(bytes));
    await offer.gone();
  });

  it('declines, and the sender is told and ends with 3', async () => {
    const { window } = stage;
    await stage.write('out/unwanted.txt', 1000);
    const sending = stage.send(AGENT, 'out/unwanted.txt');
    const offer = window.notification(offerOf('unwanted.txt'));
    await offer.click('Decline');
    assert.equal(await sending.end(), 3);
    const failed = await sending.line('failed');
    assert.equal(failed['code'], 'DECLINED');
    assert.match(String(failed['message']), /^editor-a declined/);
    await offer.gone();
    await stage.hub.taskOf('unwanted.txt', 'rejected');
    assert.ok(!(await present()).includes('unwanted.txt'));
  });

  it('an offer that its sender withdraws leaves the screen by itself', async () => {
    const { window } = stage;
    await stage.write('out/regretted.txt', 1000);
    const sending = stage.send(AGENT, 'out/regretted.txt');
    const offer = window.notification(offerOf('regretted.txt'));
    await offer.waitFor();
    sending.kill('SIGINT');
    assert.equal(await sending.end(), 130);
    await offer.gone();
    await window.statusBarItem(/Beeline$/).waitFor();
    await stage.hub.taskOf('regretted.txt', 'cancelled');
  });

  it('an offer set aside waits behind the status bar', async () => {
    const { window } = stage;
    const bytes = await stage.write('out/later.txt', 1000);
    const sending = stage.send(AGENT, 'out/later.txt');
    const offer = window.notification(offerOf('later.txt'));
    await offer.click('Later');
    await offer.gone();
    await window.statusBarItem(/1 incoming/).click();
    await window.quickPick.row('later.txt').waitFor();
    await window.screenshot('behind-the-status-bar');
    await window.quickPick.choose('later.txt');
    await window.quickPick.waitFor(/only the task service says who sends this/);
    await window.screenshot('one-offer');
    await window.quickPick.choose(/^Accept(?! to)/);
    assert.equal(await sending.end(), 0);
    assert.ok((await saved('later.txt')).equals(bytes));
  });

  it('two windows ask the same, and one answer takes it from both', async () => {
    const { window } = stage;
    const other = await stage.openWindow();
    await other.statusBarItem(/Beeline$/).waitFor();
    const bytes = await stage.write('out/both.txt', 1000);
    const sending = stage.send(AGENT, 'out/both.txt');
    const here = window.notification(offerOf('both.txt'));
    const there = other.notification(offerOf('both.txt'));
    await Promise.all([here.waitFor(), there.waitFor()]);
    await there.click('Accept');
    await Promise.all([here.gone(), there.gone()]);
    assert.equal(await sending.end(), 0);
    await other.notification(/^Received both\.txt/).waitFor();
    await poll(async () => (await present()).includes('both.txt'), 'the file');
    assert.ok((await saved('both.txt')).equals(bytes));
    assert.ok(!(await present()).includes('both (1).txt'), 'accepted twice');
    const tasks = (await stage.hub.tasks()).filter(
      ({ payload }) => payload['file_name'] === 'both.txt',
    );
    assert.deepEqual(
      tasks.map(({ status }) => status),
      ['completed'],
    );
    await other.close();
  });
});

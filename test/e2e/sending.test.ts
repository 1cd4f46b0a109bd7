import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { CliProcess } from '../support/runCli';
import { EDITOR, withEditor } from './support/withEditor';

const AGENT = 'agent-b';

describe('a person sends from the editor', () => {
  const stage = withEditor({
    pictures: 'sending',
    files: {
      ...{ 'one.bin': 3_000_001, 'two.csv': 70_000, 'three.txt': 5, 'empty.txt': 0 },
      ...{ 'tab.txt': 9, 'palette.txt': 100, 'unwanted.txt': 7 },
    },
  });
  let agent: CliProcess;

  before(async () => {
    agent = await stage.listen(AGENT);
    await stage.window.statusBarItem(/Beeline$/).waitFor();
  });

  /** An id that is known is found by it, any other is offered as it is typed. */
  async function sendTo(actorId: string): Promise<void> {
    const { quickPick } = stage.window;
    await quickPick.type(actorId);
    await quickPick.choose(actorId);
  }

  /** The agent's file has the same bytes, and the hub's record says so too. Returns its path. */
  async function arrived(name: string): Promise<string> {
    const told = await agent.line('completed', ({ fileName }) => fileName === name);
    const sent = await fs.readFile(path.join(stage.workspace, name));
    assert.ok((await fs.readFile(String(told['path']))).equals(sent), `${name} differs`);
    const task = await stage.hub.taskOf(name, 'completed');
    assert.equal(task.source_id, EDITOR);
    assert.equal(task.assignee_id, AGENT);
    assert.equal(task.outputs?.[0]?.['sha256'], createHash('sha256').update(sent).digest('hex'));
    return String(told['path']);
  }

  it('by a right-click in the explorer, to an agent whose id is typed', async () => {
    const { window } = stage;
    await window.rightClick(window.explorerItem('one.bin'));
    await window.chooseMenu('Send to Agent…');
    await window.quickPick.waitFor(/Choose an agent, or type an id/);
    await window.screenshot('nobody-known-yet');
    await window.quickPick.choose('Enter an agent id…');
    await window.quickPick.waitFor(/as it says itself when it listens/);
    await window.quickPick.type('not an id');
    await window.quickPick.accept();
    await window.quickPick.waitFor(/without spaces/);
    await window.screenshot('not-an-id');
    await window.quickPick.type(AGENT);
    await window.quickPick.accept();
    await arrived('one.bin');
    await window.notification(/^one\.bin arrived at agent-b, content verified\.$/).waitFor();
    await window.screenshot('arrived');
  });

  it('to an agent that is remembered, several files at once', async () => {
    const { window } = stage;
    await window.explorerItem('empty.txt').click();
    // Its editor takes the focus when it opens, in the middle of a click if that comes too early.
    await window.editorTab('empty.txt').waitFor();
    for (const name of ['three.txt', 'two.csv']) {
      await window.explorerItem(name).click({ modifiers: ['Control'] });
      await window.explorerItem(name).and(window.page.locator('.selected')).waitFor();
    }
    await window.rightClick(window.explorerItem('two.csv'));
    await window.chooseMenu('Send to Agent…');
    await window.quickPick.waitFor(/Send 3 files to/);
    await window.quickPick.row(/agent-b.*recent/).waitFor();
    await window.screenshot('recent-agent');
    await window.quickPick.choose(AGENT);
    await window.quickPick.row(/^Send3 files, 70\.0 kB.*One file at a time/).waitFor();
    await window.screenshot('several-to-an-open-peer');
    await window.quickPick.accept();
    for (const name of ['empty.txt', 'three.txt', 'two.csv']) await arrived(name);
    await window.notification(/^3 files arrived at agent-b, content verified\.$/).waitFor();
    await window.screenshot('three-arrived');
  });

  it('from the tab of an open file; what has that name already at the agent stays', async () => {
    const { window } = stage;
    const saved = stage.at(`saves-${AGENT}`, 'tab.txt');
    const kept = await stage.write(path.relative(stage.at(), saved), 10);
    await window.explorerItem('tab.txt').dblclick();
    await window.rightClick(window.editorTab('tab.txt'));
    await window.chooseMenu('Send to Agent…');
    await sendTo(AGENT);
    const completed = await arrived('tab.txt');
    assert.equal(completed, stage.at(`saves-${AGENT}`, 'tab (1).txt'));
    assert.ok((await fs.readFile(saved)).equals(kept));
  });

  it('from the palette, the file that is open', async () => {
    const { window } = stage;
    await window.explorerItem('palette.txt').dblclick();
    await window.editorTab('palette.txt').waitFor();
    await window.runCommand('Beeline: Send to Agent…');
    await window.quickPick.waitFor(/Send palette\.txt to/);
    await sendTo(AGENT);
    await arrived('palette.txt');
  });

  it('to somebody who does not want it, and is told so', async () => {
    const { window } = stage;
    await stage.listen('agent-c', '--allow', 'somebody-else');
    await window.rightClick(window.explorerItem('unwanted.txt'));
    await window.chooseMenu('Send to Agent…');
    await sendTo('agent-c');
    await window
      .notification(
        /^unwanted\.txt was not sent to agent-c\. agent-c takes files only from agents on its list/,
      )
      .waitFor();
    await window.screenshot('declined');
    await stage.hub.taskOf('unwanted.txt', 'rejected');
  });

  it('not from a folder that is not trusted, and the editor says why', async () => {
    await stage.settings({
      'security.workspace.trust.enabled': true,
      'security.workspace.trust.startupPrompt': 'never',
    });
    const before = (await stage.hub.tasks()).length;
    const window = await stage.openWindow();
    await window.statusBarItem(/Restricted Mode/).waitFor();
    await window.statusBarItem(/Beeline$/).waitFor();
    await window.rightClick(window.explorerItem('three.txt'));
    await window.chooseMenu('Send to Agent…');
    await window.notification(/^Sending is off in Restricted Mode/).waitFor();
    await window.screenshot('restricted');
    assert.equal((await stage.hub.tasks()).length, before);
    await window.close();
  });
});

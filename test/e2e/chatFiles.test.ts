import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { ChatPanelDriver } from './support/chatPanel';
import { dragWithShift, dropFilesWithShift } from './support/dragging';
import { pairDevelopers } from './support/pairing';
import { poll } from './support/poll';
import { runsExtensions } from './support/runsExtensions';
import { EDITOR, withEditor, type OtherDeveloper } from './support/withEditor';

const OTHER = 'editor-b';
/** Two workbenches and their engines start on a machine of two cores. */
const START_LIMIT_MS = 180_000;
const TEST_LIMIT_MS = 90_000;
/** Several chunks of an upload. */
const DROPPED_SIZE = 1_700_003;

describe('two developers send each other files out of their chat', function () {
  this.timeout(TEST_LIMIT_MS);
  const stage = withEditor({
    pictures: 'chatFiles',
    panels: 'capturing',
    settings: { 'workbench.colorTheme': 'Default Dark Modern' },
    files: { 'report.bin': 300_001, 'picked.bin': 200_001 },
    sparseFiles: { 'large.bin': 4 * 1024 ** 3 },
  });
  let other: OtherDeveloper;
  let here: ChatPanelDriver;
  let there: ChatPanelDriver;

  before(async function () {
    this.timeout(START_LIMIT_MS);
    other = await stage.openDeveloper(OTHER);
    await pairDevelopers(stage.window, other.window);
    here = new ChatPanelDriver(stage.window, OTHER);
    there = new ChatPanelDriver(other.window, EDITOR);
  });

  it('by a drop from outside, which the other side accepts in the thread', async () => {
    const bytes = await stage.write('outside/dropped.bin', DROPPED_SIZE);
    const thread = (await here.frame()).locator('main');
    await dropFilesWithShift(stage.window.page, [stage.at('outside/dropped.bin')], thread);
    const offered = await there.card('dropped.bin', 'offered');
    await other.window.screenshot('offered');
    await offered.getByRole('button', { name: 'Accept', exact: true }).click();
    await here.card('dropped.bin', 'completed');
    await there.card('dropped.bin', 'completed');
    await stage.window.screenshot('completed');
    await arrived('dropped.bin', bytes);
  });

  it('by a drag from the explorer, whose file stays where it is', async () => {
    const thread = (await here.frame()).locator('main');
    await dragWithShift(stage.window.page, stage.window.explorerItem('report.bin'), thread);
    await accept('report.bin');
    await arrived('report.bin', await fs.readFile(path.join(stage.workspace, 'report.bin')));
  });

  it('by the paperclip and a dialog', async () => {
    await here.press('Send Files or a Folder…');
    await stage.window.quickPick.choose('Files…');
    await answerDialog(path.join(stage.workspace, 'picked.bin'));
    await accept('picked.bin');
    await arrived('picked.bin', await fs.readFile(path.join(stage.workspace, 'picked.bin')));
  });

  it('with how far it is on both sides, until one of them cancels it', async () => {
    await here.press('Send Files or a Folder…');
    await stage.window.quickPick.choose('Files…');
    await answerDialog(path.join(stage.workspace, 'large.bin'));
    const offered = await there.card('large.bin', 'offered');
    await offered.getByRole('button', { name: 'Accept', exact: true }).click();
    for (const side of [here, there]) {
      const bar = (await side.card('large.bin', 'running')).getByRole('progressbar');
      const percent = async () => Number(await bar.getAttribute('aria-valuenow'));
      await bar.waitFor();
      const first = await percent();
      await poll(async () => (await percent()) > first, 'the bar to grow');
      assert.ok((await percent()) < 100);
    }
    await stage.window.screenshot('progress');
    const running = await there.card('large.bin', 'running');
    await running.getByRole('button', { name: 'Cancel', exact: true }).click();
    for (const side of [here, there]) {
      const bars = (await side.frame()).locator('.card').getByRole('progressbar');
      await poll(async () => (await bars.count()) === 0, 'no bar to be left');
    }
  });

  it('says that a message waits while the other one is away, and delivers it then', async () => {
    await there.say('I close my laptop now.');
    await here.shows('I close my laptop now.');
    await other.window.page.goto('about:blank');
    // It tells and takes the last things while it ends.
    await poll(
      async () => !(await runsExtensions(other.workbench)),
      'the other editor to have ended',
    );
    const way = await here.path();
    await poll(async () => /offline/i.test(await way.innerText()), 'the way to be none');
    await here.say('Sleep well. Look at `report.bin` tomorrow.');
    await here.shows('Sleep well');
    await here.shows('waiting');
    await way.getByText(`offline: will be sent when ${OTHER} is back`).waitFor();
    await stage.window.screenshot('offline');
    await other.window.page.goto(other.workbench.url, { waitUntil: 'domcontentloaded' });
    await other.window.waitForReady();
    await other.window.runCommand('Beeline: Chat');
    await there.shows('Sleep well');
  });

  it('exports what was said, and clears it on this side only', async () => {
    const target = stage.at('exported.md');
    await here.press('More');
    await here.menuItem('Export History…');
    await answerDialog(target);
    await poll(
      async () => (await fs.readFile(target, 'utf8').catch(() => '')) !== '',
      'the export',
    );
    assert.match(await fs.readFile(target, 'utf8'), /I close my laptop now\./);
    await here.press('More');
    await here.menuItem('Clear History…');
    await stage.window.notification(/^Clear the chat with editor-b\?/).click('Clear');
    await (await here.frame()).getByText(`Say something to ${OTHER}`).waitFor();
    await there.shows('I close my laptop now.');
  });

  it('sends nothing out of a folder that is not trusted, but talks', async () => {
    await stage.settings({
      'security.workspace.trust.enabled': true,
      'security.workspace.trust.startupPrompt': 'never',
    });
    await stage.window.reload();
    await stage.window.statusBarItem(/Restricted Mode/).waitFor();
    await stage.window.runCommand('Beeline: Chat');
    await here.press('Send Files or a Folder…');
    const alert = (await here.frame()).getByRole('alert');
    await alert.getByText(/^Sending files is off in Restricted Mode/).waitFor();
    await stage.window.screenshot('restricted');
    await here.say('Words still go.');
    await there.shows('Words still go.');
  });

  /** Types a path into the dialog of files that is part of the page. */
  async function answerDialog(file: string): Promise<void> {
    const { quickPick } = stage.window;
    // It writes its own folder into the box once it has read it, over what was typed before.
    await quickPick.row('..').first().waitFor();
    await quickPick.type(file);
    // While it reads the folder of what was typed, it hears no key.
    await poll(async () => {
      if (await quickPick.input.isVisible()) await quickPick.accept();
      return !(await quickPick.input.isVisible());
    }, 'the dialog to close');
  }

  async function accept(name: string): Promise<void> {
    const offered = await there.card(name, 'offered');
    await offered.getByRole('button', { name: 'Accept', exact: true }).click();
    await here.card(name, 'completed');
    await there.card(name, 'completed');
  }

  async function arrived(name: string, bytes: Buffer): Promise<void> {
    assert.deepEqual(await fs.readFile(stage.at(`saves-${OTHER}`, name)), bytes);
  }
});

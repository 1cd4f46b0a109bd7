import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { WorkbenchDriver } from '../support/workbench/driver';
import { CallViewDriver, openedPage } from './support/callView';
import { ChatPanelDriver } from './support/chatPanel';
import { pairDevelopers } from './support/pairing';
import { poll } from './support/poll';
import { EDITOR, withEditor, type OtherDeveloper } from './support/withEditor';

const OTHER = 'editor-b';
/** Two workbenches and their engines start on a machine of two cores. */
const START_LIMIT_MS = 180_000;
const TEST_LIMIT_MS = 120_000;

describe('two developers call each other from editors whose panels may not capture', function () {
  this.timeout(TEST_LIMIT_MS);
  const stage = withEditor({ pictures: 'call', panels: 'stock' });
  let other: OtherDeveloper;
  let panelHere: CallViewDriver;
  let panelThere: CallViewDriver;
  let pageHere: Page;
  let pageThere: Page;
  let here: CallViewDriver;
  let there: CallViewDriver;

  before(async function () {
    this.timeout(START_LIMIT_MS);
    other = await stage.openDeveloper(OTHER);
    await pairDevelopers(stage.window, other.window);
    panelHere = CallViewDriver.inPanel(stage.window, OTHER);
    panelThere = CallViewDriver.inPanel(other.window, EDITOR);
    await new ChatPanelDriver(stage.window, OTHER).isDirect();
  });

  it('rings there, and says here that it does', async () => {
    pageHere = await openedPage(stage.window, () => callFrom('Call with Video'));
    await CallViewDriver.inBrowser(pageHere).shows(`Calling ${OTHER}…`);
    await stage.window.page.bringToFront();
    await panelHere.shows(`Calling ${OTHER}…`);
    await panelHere.shows('The call is in your browser.');
    assert.equal(await (await panelHere.view()).getByText(OTHER).count(), 1, 'named once');
    assert.equal(openPages(other), 0, 'nobody there has clicked yet');
    await other.window.notification(/^editor-a is calling with video/).waitFor();
    await panelThere.shows(`${EDITOR} is calling`);
    await panelThere.shows(/does not let its panels use the microphone/);
    await other.window.screenshot('incoming');
    await stage.window.screenshot('calling');
  });

  it('is carried by a page in the browser of each, with pictures that move', async () => {
    const notice = other.window.notification(/^editor-a is calling/);
    pageThere = await openedPage(other.window, () => notice.click('Accept with Video'));
    await notice.gone();
    here = CallViewDriver.inBrowser(pageHere);
    there = CallViewDriver.inBrowser(pageThere);
    await Promise.all([here.isConnected(), there.isConnected()]);
    await here.moves(`Picture of ${OTHER}`);
    await there.moves(`Picture of ${EDITOR}`);
    await Promise.all([here.decodes(), there.decodes()]);
    await stage.window.screenshot('page-here', pageHere);
    assert.deepEqual([openPages(stage), openPages(other)], [1, 1]);
  });

  it('shows the picture in the panel too, which says where the call is', async () => {
    await stage.window.page.bringToFront();
    await panelHere.isConnected();
    await panelHere.shows('The call is in your browser.');
    await panelHere.moves(`Picture of ${OTHER}`);
    assert.ok(await stage.window.statusBarItem(/\d:\d\d/).isVisible());
    await stage.window.screenshot('panel');
  });

  it('shows on one side that the other one is muted, and has turned the camera off', async () => {
    await pageHere.bringToFront();
    await here.press('Mute');
    await there.shows(`${EDITOR} is muted`);
    await here.press('Turn Camera Off');
    await there.shows('Camera off');
    await pageThere.bringToFront();
    await other.window.screenshot('page-muted', pageThere);
    await here.press('Unmute');
    await here.press('Turn Camera On');
    await there.moves(`Picture of ${EDITOR}`);
    const view = await there.view();
    await view.getByText(`${EDITOR} is muted`).waitFor({ state: 'detached' });
  });

  it('carries a shared screen, and takes it away again', async () => {
    await pageHere.bringToFront();
    await here.press('Share Screen');
    await there.moves(`Screen of ${EDITOR}`);
    await panelThere.remote(`Screen of ${EDITOR}`);
    await pageThere.bringToFront();
    await other.window.screenshot('page-screen', pageThere);
    await pageHere.bringToFront();
    await here.press('Stop Sharing');
    await there.moves(`Picture of ${EDITOR}`);
  });

  it('ends for both when one of them hangs up, from the panel', async () => {
    await other.window.page.bringToFront();
    await panelThere.press('Hang Up');
    await panelThere.shows('You hung up.');
    await panelHere.shows(`${OTHER} hung up.`);
    await here.shows(`${OTHER} hung up.`);
    await there.shows('You hung up.');
    const captures = (page: Page) =>
      page.evaluate(() => [...document.querySelectorAll('video')].length);
    assert.deepEqual(await Promise.all([captures(pageHere), captures(pageThere)]), [0, 0]);
    await stage.window.screenshot('page-ended', pageHere);
    await Promise.all([pageHere.close(), pageThere.close()]);
    await poll(
      async () => !(await stage.window.statusBarItem(/\d:\d\d/).isVisible()),
      'the status bar to know no call',
    );
  });

  it('takes one click wherever that is, and opens again only when somebody asks for it', async () => {
    await stage.window.page.bringToFront();
    pageHere = await openedPage(stage.window, () => stage.window.runCommand('Beeline: Call'));
    await other.window.page.bringToFront();
    pageThere = await openedPage(other.window, () => panelThere.press('Accept with Audio Only'));
    here = CallViewDriver.inBrowser(pageHere);
    there = CallViewDriver.inBrowser(pageThere);
    await Promise.all([here.isConnected(), there.isConnected()]);
    await pageThere.close();
    await (await panelThere.button('Open in Browser')).waitFor();
    // The panel is hidden behind a text, and shown again.
    await other.window.explorerItem('notes.txt').dblclick();
    await other.window.editorTab('notes.txt').waitFor();
    await other.window.runCommand('Beeline: Chat');
    await panelThere.shows(/does not let its panels use the microphone/);
    await panelThere.shows('Its page is closed');
    await other.window.screenshot('tab-closed');
    assert.equal(openPages(other), 0, 'a tab that was closed stays closed');
    pageThere = await openedPage(other.window, () => panelThere.press('Open in Browser'));
    there = CallViewDriver.inBrowser(pageThere);
    await Promise.all([here.isConnected(), there.isConnected()]);
    assert.deepEqual([openPages(stage), openPages(other)], [1, 1]);
    await there.press('Hang Up');
    await panelHere.shows(`${OTHER} hung up.`);
    await Promise.all([pageHere.close(), pageThere.close()]);
  });

  it('says who declined, and who missed a call that was taken back', async () => {
    await stage.window.page.bringToFront();
    const declined = await openedPage(stage.window, () => callFrom('Call'));
    const notice = other.window.notification(/^editor-a is calling/);
    await notice.click('Decline');
    await CallViewDriver.inBrowser(declined).shows(`${OTHER} declined. You can close this tab.`);
    await stage.window.screenshot('page-declined', declined);
    await declined.close();
    await panelHere.shows(`${OTHER} declined.`);
    const cancelled = await openedPage(stage.window, () => callFrom('Call'));
    await notice.waitFor();
    await stage.window.page.bringToFront();
    await panelHere.press('Hang Up');
    await notice.gone();
    await other.window.notification(/^You missed a call from editor-a/).waitFor();
    await other.window.screenshot('missed');
    await other.window.clearNotifications();
    await cancelled.close();
    assert.equal(openPages(other), 0);
  });

  /** Beside the window itself. */
  function openPages({ window }: { readonly window: WorkbenchDriver }): number {
    return window.page.context().pages().length - 1;
  }

  /** From the panel's header. */
  async function callFrom(name: string): Promise<void> {
    const frame = await new ChatPanelDriver(stage.window, OTHER).frame();
    await frame.locator('header').getByRole('button', { name, exact: true }).click();
  }
});

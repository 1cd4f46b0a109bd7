import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { CallViewDriver } from './support/callView';
import { ChatPanelDriver } from './support/chatPanel';
import { pairDevelopers, pairEditor } from './support/pairing';
import { EDITOR, withEditor, type OtherDeveloper } from './support/withEditor';

const OTHER = 'editor-b';
const THIRD = 'agent-c';
/** Two workbenches and their engines start on a machine of two cores. */
const START_LIMIT_MS = 180_000;
const TEST_LIMIT_MS = 120_000;

describe('two developers call each other from editors whose panels may capture', function () {
  this.timeout(TEST_LIMIT_MS);
  const stage = withEditor({
    pictures: 'callInPanel',
    panels: 'capturing',
    settings: { 'workbench.colorTheme': 'Default Dark Modern' },
  });
  let other: OtherDeveloper;
  let here: CallViewDriver;
  let there: CallViewDriver;
  let pagesAtFirst = 0;

  before(async function () {
    this.timeout(START_LIMIT_MS);
    await stage.window.statusBarItem(/Beeline$/).waitFor();
    await pairEditor(stage, THIRD);
    other = await stage.openDeveloper(OTHER);
    await pairDevelopers(stage.window, other.window);
    here = CallViewDriver.inPanel(stage.window, OTHER);
    there = CallViewDriver.inPanel(other.window, EDITOR);
    pagesAtFirst = allPages();
  });

  it('stays in the panels, with pictures that move, and opens no browser', async () => {
    await new ChatPanelDriver(stage.window, OTHER).press('Call with Video');
    await there.press('Accept with Video');
    await Promise.all([here.isConnected(), there.isConnected()]);
    await here.moves(`Picture of ${OTHER}`);
    await there.moves(`Picture of ${EDITOR}`);
    await Promise.all([here.decodes(), there.decodes()]);
    assert.equal(allPages(), pagesAtFirst);
    await stage.window.screenshot('panel');
  });

  it('goes on beside what is written', async () => {
    const chat = new ChatPanelDriver(stage.window, OTHER);
    await chat.say('You look green today.');
    await new ChatPanelDriver(other.window, EDITOR).shows('You look green today.');
    await here.decodes();
    await stage.window.screenshot('beside-the-chat');
  });

  it('shows who is muted, and a screen that is shared', async () => {
    await there.press('Mute');
    await here.shows(`${OTHER} is muted`);
    await there.press('Share Screen');
    await here.moves(`Screen of ${OTHER}`);
    await there.press('Stop Sharing');
    await here.moves(`Picture of ${OTHER}`);
  });

  it('tells a third one that it is busy', async () => {
    const servers = stage.at('no-servers.json');
    await fs.writeFile(servers, '[]');
    const calling = stage.as(THIRD, 'call', EDITOR, '--ice-servers', servers);
    const ended = await calling.line('call', ({ state }) => state === 'ended');
    assert.equal(ended['reason'], 'busy');
    await here.isConnected();
    await here.decodes();
  });

  it('ends for both when one hangs up, and lets go of the camera', async () => {
    await here.press('Hang Up');
    await here.shows('You hung up.');
    await there.shows(`${EDITOR} hung up.`);
    for (const view of [here, there]) {
      assert.equal(await (await view.view()).locator('video').count(), 0);
      await view.press('Close');
      await view.isGone();
    }
  });

  function allPages(): number {
    return [stage.window, other.window].reduce(
      (sum, { page }) => sum + page.context().pages().length,
      0,
    );
  }
});

import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { filesIn } from './support/filesIn';
import { poll } from './support/poll';
import { withEditor } from './support/withEditor';

const AGENT = 'agent-b';

describe('the window that holds the engine goes away', () => {
  const stage = withEditor({ pictures: 'windows', longFiles: ['long.bin'] });

  before(() => stage.window.statusBarItem(/Beeline$/).waitFor());

  it('the other goes on: what was asked stays asked, once, and can be answered', async () => {
    const { window } = stage;
    // The first window is the owner, since it was there alone.
    const other = await stage.openWindow();
    await other.statusBarItem(/Beeline$/).waitFor();
    const bytes = await stage.write('out/asked.txt', 1000);
    const sending = stage.send(AGENT, 'out/asked.txt');
    const offer = other.notification(/wants to send you asked\.txt/);
    await Promise.all([
      offer.waitFor(),
      window.notification(/wants to send you asked\.txt/).waitFor(),
    ]);
    await window.reload();
    await window.statusBarItem(/Beeline: 1 incoming/).waitFor();
    await other.statusBarItem(/Beeline: 1 incoming/).waitFor();
    const asked = other.page.locator('.notification-list-item:visible', { hasText: 'asked.txt' });
    await poll(async () => (await asked.count()) === 1, 'one question');
    await other.screenshot('after-the-other-window-reloaded');
    await offer.click('Accept');
    assert.equal(await sending.end(), 0);
    await offer.gone();
    await window.notification(/wants to send you asked\.txt/).gone();
    assert.deepEqual(await filesIn(stage.saves), ['asked.txt']);
    assert.ok((await fs.readFile(`${stage.saves}/asked.txt`)).equals(bytes));
    await other.close();
  });

  it('a transfer in the middle ends the same way for everybody, and nobody is left waiting', async () => {
    const { window } = stage;
    const other = await stage.openWindow();
    await other.statusBarItem(/Beeline$/).waitFor();
    const agent = await stage.listen(AGENT);
    await other.rightClick(other.explorerItem('long.bin'));
    await other.chooseMenu('Send to Agent…');
    await other.quickPick.type(AGENT);
    await other.quickPick.choose(AGENT);
    await agent.line('progress', (line) => Number(line['bytes']) > 0);
    await window.reload();
    await window.statusBarItem(/Beeline/).waitFor();
    const { status } = await stage.hub.taskOf('long.bin', 'completed', 'failed', 'cancelled');
    await agent.line(status === 'completed' ? 'completed' : 'failed');
    await other
      .notification(
        status === 'completed' ? /^long\.bin arrived at agent-b/ : /^long\.bin was not sent to/,
      )
      .waitFor();
    await other.screenshot('transfer-ended');
    await other.statusBarItem(/Beeline$/).waitFor();
    const present = await filesIn(stage.at(`saves-${AGENT}`));
    assert.deepEqual(present, status === 'completed' ? ['long.bin'] : []);
    await other.close();
  });
});

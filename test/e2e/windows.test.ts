import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { filesIn } from './support/filesIn';
import { poll } from './support/poll';
import { withEditor } from './support/withEditor';

const AGENT = 'agent-b';
/** For the side that is left to notice that the other does not come back. */
const TIMEOUT_MS = 10_000;

describe('the window that holds the engine goes away', () => {
  const stage = withEditor({
    pictures: 'windows',
    sparseFiles: { 'long.bin': 300_000_000 },
    settings: { 'beeline.timeout': TIMEOUT_MS },
  });

  before(() => stage.window.statusBarItem(/Beeline$/).waitFor());

  it('a transfer in the middle begins anew in the other, and arrives', async () => {
    const { window } = stage;
    const other = await stage.openWindow();
    await other.statusBarItem(/Beeline$/).waitFor();
    // The first window holds the engine, since it was there alone.
    const agent = await stage.listen(AGENT, '--timeout', String(TIMEOUT_MS));
    await other.rightClick(other.explorerItem('long.bin'));
    await other.chooseMenu('Send to Agent…');
    await other.quickPick.type(AGENT);
    await other.quickPick.choose(AGENT);
    await agent.line('progress', (line) => Number(line['bytes']) > 0);
    await window.reload();
    await window.statusBarItem(/Beeline/).waitFor();
    await agent.line('completed');
    const bytes = agent.lines.flatMap((line) => (line.event === 'progress' ? [line['bytes']] : []));
    const again = bytes.some(
      (count, index) => index > 0 && Number(count) < Number(bytes[index - 1]),
    );
    assert.ok(again, 'The reload did not interrupt anything.');
    await other.notification(/^long\.bin arrived at agent-b, content verified\.$/).waitFor();
    await other.screenshot('arrived-all-the-same');
    await other.statusBarItem(/Beeline$/).waitFor();
    await stage.hub.taskOf('long.bin', 'completed');
    assert.equal(agent.lines.filter(({ event }) => event === 'offer').length, 1, 'offered twice');
    assert.deepEqual(await filesIn(stage.at(`saves-${AGENT}`)), ['long.bin']);
    await other.close();
  });

  it('the other goes on: what was asked stays asked, once, and can be answered', async () => {
    const { window } = stage;
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
});

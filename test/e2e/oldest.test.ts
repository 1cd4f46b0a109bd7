import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { withEditor } from './support/withEditor';

describe('on the oldest VS Code that the extension admits', () => {
  const stage = withEditor({ pictures: 'oldest', version: 'oldest', files: { 'a.bin': 500_000 } });

  it('is the one that package.json names', async () => {
    const { engines } = JSON.parse(
      await fs.readFile(`${__dirname}/../../package.json`, 'utf8'),
    ) as { engines: { vscode: string } };
    assert.equal(`^${stage.workbench.version}`, engines.vscode);
  });

  it('a file is sent by a right-click', async () => {
    const { window } = stage;
    const agent = await stage.listen('agent-b');
    await window.statusBarItem(/Beeline$/).waitFor();
    await window.rightClick(window.explorerItem('a.bin'));
    await window.chooseMenu('Send to Agent…');
    await window.quickPick.type('agent-b');
    await window.screenshot('choose-agent');
    await window.quickPick.choose('agent-b');
    const { path } = await agent.line('completed');
    const sent = await fs.readFile(`${stage.workspace}/a.bin`);
    assert.ok((await fs.readFile(String(path))).equals(sent));
    await window.notification(/^a\.bin arrived at agent-b, content verified\.$/).waitFor();
    await stage.hub.taskOf('a.bin', 'completed');
  });

  it('an offer is accepted with one click, and its message leaves', async () => {
    const { window } = stage;
    const bytes = await stage.write('out/b.bin', 500_000);
    const sending = stage.send('agent-b', 'out/b.bin');
    const offer = window.notification(/^agent-b \(unverified\) wants to send you b\.bin/);
    await offer.waitFor();
    await window.screenshot('offer');
    await offer.click('Accept');
    assert.equal(await sending.end(), 0);
    await offer.gone();
    await window.notification(/^Received b\.bin/).waitFor();
    await window.screenshot('received');
    assert.ok((await fs.readFile(`${stage.saves}/b.bin`)).equals(bytes));
  });
});

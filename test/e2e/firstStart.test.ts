import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import { countingDoor, udpSocketsOf, type CountingDoor } from './support/networkOf';
import { poll } from './support/poll';
import { withEditor } from './support/withEditor';

describe('a person starts Beeline for the first time', () => {
  const stage = withEditor({ pictures: 'firstStart', isSetUp: false, files: { 'a.txt': 10 } });
  let door: CountingDoor;

  before(async () => {
    door = await countingDoor(stage.hub.url);
  });
  after(() => door.close());

  const udpSockets = () => udpSocketsOf(stage.workbench.serverPid);

  async function nothingHappened(): Promise<void> {
    assert.equal(door.visits(), 0);
    assert.deepEqual(await stage.hub.tasks(), []);
    assert.equal(existsSync(stage.home), false, 'a home was made');
    assert.ok([0, undefined].includes(await udpSockets()), 'a UDP socket is open');
  }

  it('connects to nothing and makes nothing until it is set up', async () => {
    const { window } = stage;
    await window.statusBarItem(/Beeline: Set up$/).waitFor();
    await window.screenshot('set-up');
    await nothingHappened();
  });

  it('whoever sends is taken to Set Up, and leaving it changes nothing', async () => {
    const { window } = stage;
    await window.rightClick(window.explorerItem('a.txt'));
    await window.chooseMenu('Send to Agent…');
    await window.quickPick.waitFor(/the name others send to/);
    await window.screenshot('name-proposed');
    await window.quickPick.type('left-early');
    await window.quickPick.accept();
    await window.quickPick.waitFor(/Which service introduces you/);
    await window.quickPick.cancel();
    await window.statusBarItem(/Beeline: Set up$/).waitFor();
    await nothingHappened();
  });

  it('is set up by clicks and typing, and is online then', async () => {
    const { window } = stage;
    const { quickPick } = window;
    await window.statusBarItem(/Beeline: Set up$/).click();
    await quickPick.waitFor(/the name others send to/);
    await quickPick.type('anna laptop');
    await quickPick.accept();
    await quickPick.waitFor(/without spaces/);
    await quickPick.type('anna-laptop');
    await quickPick.accept();

    await quickPick.waitFor(/Which service introduces you/);
    await window.screenshot('which-service');
    await quickPick.choose('Enter an address…');
    await quickPick.waitFor(/The address of a hub/);
    await quickPick.type('nonsense');
    await quickPick.accept();
    await quickPick.waitFor(/Write an address like/);
    await quickPick.type(door.url);
    await quickPick.accept();

    await quickPick.waitFor(/Where should received files be saved/);
    await quickPick.row(stage.at('Beeline')).waitFor();
    await window.screenshot('save-folder');
    await quickPick.choose(stage.at('Beeline'));

    await quickPick.waitFor(/Beeline connects once you confirm/);
    await quickPick.row(/Confirm and connect/).waitFor();
    await window.screenshot('confirm');
    await nothingHappened();
    await quickPick.choose('Confirm and connect');

    await window.statusBarItem(/Beeline is set up/).waitFor();
    await window.statusBarItem(/Beeline$/).waitFor();
    await window.screenshot('online');
    assert.ok(door.visits() > 0);
  });

  it('is then reached under that name, and saves in that folder', async () => {
    const { window } = stage;
    const bytes = await stage.write('out/hello.txt', 2000);
    const sending = stage.send('agent-b', 'out/hello.txt', '--to', 'anna-laptop');
    await window.notification(/wants to send you hello\.txt/).click('Accept');
    assert.equal(await sending.end(), 0);
    await poll(() => existsSync(stage.at('Beeline', 'hello.txt')), 'the file');
    assert.ok((await fs.readFile(stage.at('Beeline', 'hello.txt'))).equals(bytes));
    const sockets = await udpSockets();
    assert.ok(sockets === undefined || sockets > 0, 'the check for UDP sockets sees none at all');
    const task = await stage.hub.taskOf('hello.txt', 'completed');
    assert.equal(task.assignee_id, 'anna-laptop');
  });
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { CliProcess, JsonLine } from '../support/runCli';
import type { SideView } from '../support/workbench/sideView';
import { filesIn } from './support/filesIn';
import { BEELINE, pairEditor } from './support/pairing';
import { poll } from './support/poll';
import { mountDisk, type SmallDisk } from './support/smallDisk';
import { treeOf } from './support/treeOf';
import { withEditor } from './support/withEditor';

const AGENT = 'agent-b';
/** Seconds over loopback: long enough to be stopped in the middle. */
const LONG_BYTES = 200_000_000;
/** Room for all of it, on a disk that exists only in memory. */
const ROOMY_BYTES = 2 * LONG_BYTES;
/** Milliseconds: a link finds out within 15 s that a killed peer is gone. */
const KILLED_LIMIT_MS = 90_000;
/** Milliseconds for all of a long folder to be read, hashed, sent and written on a busy machine. */
const LONG_LIMIT_MS = 60_000;
/** More than is written while a disk is being made smaller, and far less than a long folder. */
const ROOM_BYTES = 30_000_000;
/** Older than the test, and not a whole second. */
const LONG_AGO = new Date('2021-03-04T05:06:07.123Z');

describe('folders, sent and received in the editor', () => {
  const stage = withEditor({
    pictures: 'folders',
    files: { 'one.txt': 1000, 'two.txt': 2000 },
    plant: async (workspace) => {
      await plant(path.join(workspace, 'proj'));
      await plantLong(path.join(workspace, 'long'));
    },
  });
  let agent: CliProcess;
  let views: SideView;
  let disk: SmallDisk | undefined;

  before(async () => {
    // In the workspace, so that *Reveal* shows it in the explorer of this very window.
    await stage.settings({ 'beeline.saveDirectory': received() });
    agent = await stage.listen(AGENT);
    await stage.window.statusBarItem(/Beeline$/).waitFor();
    await pairEditor(stage, AGENT);
    views = stage.window.sideView(BEELINE);
  });

  afterEach(() => {
    disk?.unmount();
    disk = undefined;
  });

  const received = (...parts: string[]) => path.join(stage.workspace, 'received', ...parts);
  const transferRow = (text: string | RegExp) => views.row('Transfers', text);

  /** The menu on what is there, and the paired agent. */
  async function sendTo(name: string): Promise<void> {
    const { window } = stage;
    await window.sideView('Explorer').open();
    await window.rightClick(window.explorerItem(name));
    await window.chooseMenu('Send to Agent…');
    await window.quickPick.choose(/agent-b.*verified, online/);
  }

  const completed = (fileName: string): Promise<JsonLine> =>
    agent.line('completed', (line) => line['fileName'] === fileName);

  it('says what a folder holds before it is sent, and it arrives without what is ignored', async () => {
    const { window } = stage;
    await sendTo('proj');
    await window.quickPick.waitFor(/Nothing is sent before you choose/);
    const chosen = window.quickPick.row(
      /Send without Ignored Files.*Leaves out 2 files and folders/,
    );
    await chosen.waitFor();
    await window.quickPick
      .row(/Send without Ignored Files.*5 files in 4 folders, 1 link, 301 kB/)
      .waitFor();
    await window.quickPick.row(/Send Everything.*7 files in 5 folders, 1 link, 351 kB/).waitFor();
    await window.screenshot('before-sending');
    assert.ok(!agent.lines.some(({ event }) => event === 'offer'), 'told before it was chosen');
    await chosen.click();
    const told = await completed('proj');
    await window
      .notification(/^proj \(5 files, 301 kB\) arrived at agent-b, verified\.$/)
      .waitFor();
    await window.screenshot('arrived');
    const ignored = ['node_modules', 'debug.log'];
    assert.deepEqual(
      await treeOf(String(told['path'])),
      await treeOf(path.join(stage.workspace, 'proj'), ignored),
    );
  });

  it('sends files and a folder that are selected together as one transfer', async () => {
    const { window } = stage;
    const before = agent.lines.filter(({ event }) => event === 'offer').length;
    await window.explorerItem('folder').click();
    for (const name of ['one.txt', 'two.txt']) {
      await window.explorerItem(name).click({ modifiers: ['Control'] });
    }
    await sendTo('two.txt');
    await window.quickPick.waitFor(/Send folder and 2 more to agent-b/);
    await window.quickPick.row(/^Send3 files in 1 folder, 3\.0 kB/).waitFor();
    await window.screenshot('several-before-sending');
    await window.quickPick.accept();
    await window.notification(/ and 2 more \(3 files, 3\.0 kB\) arrived at agent-b/).waitFor();
    const offers = agent.lines.filter(({ event }) => event === 'offer').slice(before);
    assert.deepEqual(
      offers.map(({ kind, roots }) => [kind, roots]),
      [['several', 3]],
    );
    for (const name of ['folder/inside.txt', 'one.txt', 'two.txt']) {
      const arrived = await fs.readFile(stage.at(`saves-${AGENT}`, name));
      assert.ok(arrived.equals(await fs.readFile(path.join(stage.workspace, name))), name);
    }
  });

  it('lets nothing leave when the question is closed', async () => {
    const { window } = stage;
    const before = agent.lines.filter(({ event }) => event === 'offer').length;
    await sendTo('proj');
    await window.quickPick.waitFor(/Nothing is sent before you choose/);
    await window.quickPick.cancel();
    await sendTo('one.txt');
    await agent.line('completed', ({ fileName }) => fileName === 'one.txt');
    const names = agent.lines.filter(({ event }) => event === 'offer').slice(before);
    assert.deepEqual(
      names.map(({ fileName }) => fileName),
      ['one.txt'],
    );
  });

  it('tells an agent that is not paired that folders need pairing, and sends it nothing', async () => {
    const { window } = stage;
    const before = (await stage.hub.tasks()).length;
    await window.rightClick(window.explorerItem('proj'));
    await window.chooseMenu('Send to Agent…');
    await window.quickPick.type('agent-x');
    await window.quickPick.choose('agent-x');
    const said = window.notification(
      /^Folders go to paired agents only\. Pair with agent-x first, or pack the folder into one file\.$/,
    );
    await said.waitFor();
    await window.screenshot('not-paired');
    await said.click('Pair with an Agent…');
    await window.quickPick.row('Make an Invite').waitFor();
    await window.quickPick.cancel();
    assert.equal((await stage.hub.tasks()).length, before);
  });

  it('shows an incoming folder before it is accepted, and reveals it after', async () => {
    const { window } = stage;
    await plant(stage.at('out', 'gift'));
    const sending = stage.send(AGENT, 'out/gift');
    const offer = window.notification(
      /^agent-b \(verified\) wants to send you the folder gift with \d+ items, 351 kB\./,
    );
    await offer.waitFor();
    await window.screenshot('offered');
    await offer.click('Show Files');
    await window.quickPick.waitFor(/gift \(7 files, 351 kB\) from agent-b \(verified\)/);
    await window.quickPick.row(/^src\/2 files, 301 kB$/).waitFor();
    await window.quickPick.row(/^empty\/no files$/).waitFor();
    await window.screenshot('files');
    await window.quickPick.choose(/^src\//);
    await window.quickPick.row(/^deep\/1 file/).waitFor();
    await window.quickPick.type('データ');
    await window.quickPick.row(/gift\/src\/deep\/データ ü\.bin300 kB/).waitFor();
    await window.screenshot('files-found');
    assert.deepEqual(await filesIn(received()), []);
    await window.quickPick.cancel();
    await offer.click('Accept');
    assert.equal(await sending.end(), 0);
    const done = window.notification(
      /^Received gift \(7 files, 351 kB\) from agent-b, verified\.$/,
    );
    await done.waitFor();
    assert.deepEqual(await treeOf(received('gift')), await treeOf(stage.at('out', 'gift')));
    await done.click('Reveal');
    await window.explorerItem('gift').waitFor();
    await window.screenshot('revealed');
  });

  it('brings it up to date in place when it is offered again, and keeps what was changed here', async () => {
    const { window } = stage;
    await fs.writeFile(stage.at('out', 'gift', 'run.sh'), '#!/bin/sh\necho new\n');
    await fs.writeFile(stage.at('out', 'gift', 'src', 'a.txt'), 'theirs');
    await fs.writeFile(received('gift', 'src', 'a.txt'), 'mine');
    const sending = stage.send(AGENT, 'out/gift');
    const offer = window.notification(/You have it from before, in .*received\/gift\./);
    await offer.waitFor();
    await window.screenshot('offered-again');
    await offer.click('Update');
    assert.equal(await sending.end(), 0);
    await window
      .notification(
        /^Received gift .* were there already.*Changed here and kept, with the new version beside it: .*a/,
      )
      .waitFor();
    await window.screenshot('updated');
    const here = (...parts: string[]) => fs.readFile(received('gift', ...parts), 'utf8');
    assert.equal(await here('run.sh'), '#!/bin/sh\necho new\n');
    assert.equal(await here('src', 'a.txt'), 'mine');
    assert.equal(await here('src', 'a (1).txt'), 'theirs');
    assert.deepEqual(await filesIn(received()), ['gift']);
  });

  it('says interrupted when the agent is killed in the middle, and goes on when it is back', async function () {
    this.timeout(KILLED_LIMIT_MS);
    const { window } = stage;
    await sendTo('long');
    await window.quickPick.row(/^Send2 files in 1 folder, 200 MB/).click();
    await views.open();
    await agent.line('progress', ({ bytes, fileName }) => fileName === 'long' && Number(bytes) > 0);
    agent.kill('SIGKILL');
    await agent.exited;
    await transferRow(/long.*interrupted, resumes when agent-b is back/).waitFor();
    await window.statusBarItem(/Beeline: 1 interrupted/).waitFor();
    await window.screenshot('interrupted');
    // A window that is loaded again says so at once, and not in a notification a second time.
    await window.page.reload({ waitUntil: 'commit' });
    await window.statusBarItem(/Beeline: 1 interrupted/).waitFor({ timeout: LONG_LIMIT_MS });
    agent = await stage.listen(AGENT);
    await views.open();
    await transferRow(/long.*to agent-b, verified, 2 files, 200 MB/).waitFor({
      timeout: LONG_LIMIT_MS,
    });
    await window.statusBarItem(/Beeline$/).waitFor();
    await window.screenshot('resumed');
    assert.deepEqual(
      await treeOf(stage.at(`saves-${AGENT}`, 'long')),
      await treeOf(path.join(stage.workspace, 'long')),
    );
  });

  it('says what to mend when the disk is full in the middle, and goes on with Resume', async function () {
    const { window } = stage;
    await views.open();
    disk = await mountDisk(stage.at('disk'), ROOMY_BYTES);
    if (disk === undefined) this.skip();
    await stage.settings({ 'beeline.saveDirectory': stage.at('disk') });
    await plantLong(stage.at('out', 'heavy'));
    const sending = stage.send(AGENT, 'out/heavy');
    const offer = window.notification(/wants to send you the folder heavy/);
    await offer.click('Accept');
    await sending.line('progress', ({ bytes }) => Number(bytes) > 0);
    await disk.fill(ROOM_BYTES);
    const stopped = window.notification(
      /^heavy from agent-b was interrupted\. There is not enough room in .* What has arrived stays\./,
    );
    await stopped.waitFor();
    await transferRow(/heavy.*interrupted: There is not enough room/).waitFor();
    await window.screenshot('disk-full');
    disk.grow(ROOMY_BYTES);
    await stopped.click('Resume');
    assert.equal(await sending.end(), 0);
    await stopped.gone();
    await window.notification(/^Received heavy \(2 files, 200 MB\) from agent-b/).waitFor();
    assert.deepEqual(
      await treeOf(stage.at('disk', 'heavy')),
      await treeOf(stage.at('out', 'heavy')),
    );
    await stage.settings({ 'beeline.saveDirectory': received() });
  });

  it('asks once whether an agent may keep a folder in step, shows it, and stops it', async () => {
    const { window } = stage;
    await views.open();
    await fs.mkdir(stage.at('out', 'site'), { recursive: true });
    await fs.writeFile(stage.at('out', 'site', 'index.html'), 'one');
    const syncing = stage.as(AGENT, 'sync', 'out/site', '--to', 'editor-a', '--delete');
    const offer = window.notification(
      /the folder site with 1 item, 3 bytes, and to keep it in step with its own from now on, also removing what it removes\./,
    );
    await offer.waitFor();
    await window.screenshot('sync-offered');
    await offer.click('Accept');
    const row = views.row('Agents', /site.*kept in step ·/);
    await row.waitFor();
    await fs.writeFile(stage.at('out', 'site', 'index.html'), 'two');
    await fs.writeFile(stage.at('out', 'site', 'more.html'), 'more');
    const here = (name: string) =>
      fs.readFile(received('site', name), 'utf8').catch(() => undefined);
    await poll(async () => (await here('index.html')) === 'two', 'the change');
    await poll(async () => (await here('more.html')) === 'more', 'the new file');
    // Beside it lies a round that is on its way, and in the end nothing.
    const inStep = async () =>
      (await filesIn(received())).every((name) => ['gift', 'site'].includes(name));
    await poll(inStep, 'nothing beside the folder');
    await window.screenshot('in-step');
    await views.press(row, 'Stop');
    await row.waitFor({ state: 'detached' });
    await fs.writeFile(stage.at('out', 'site', 'index.html'), 'three');
    // It is a question again.
    await window.notification(/the folder site with 2 items.*in step with its own/).waitFor();
    assert.equal(await here('index.html'), 'two');
    syncing.kill('SIGINT');
    await syncing.end();
  });
});

/** A tree with all that a tree can have, and a part that git ignores. */
async function plant(folder: string): Promise<void> {
  const at = (...parts: string[]) => path.join(folder, ...parts);
  await fs.mkdir(at('src', 'deep'), { recursive: true });
  await fs.mkdir(at('empty'));
  await fs.mkdir(at('node_modules'));
  await fs.writeFile(at('.gitignore'), 'node_modules/\n*.log\n');
  await fs.writeFile(at('node_modules', 'x.js'), randomBytes(50_000));
  await fs.writeFile(at('debug.log'), 'ignored\n');
  await fs.writeFile(at('src', 'a.txt'), randomBytes(1000));
  await fs.writeFile(at('src', 'deep', 'データ ü.bin'), randomBytes(300_000));
  await fs.writeFile(at('README.md'), '# Read me\n');
  await fs.writeFile(at('run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  await fs.symlink('../run.sh', at('src', 'link'));
  for (const name of ['src/a.txt', 'run.sh', 'empty'])
    await fs.utimes(at(name), LONG_AGO, LONG_AGO);
}

async function plantLong(folder: string): Promise<void> {
  await fs.mkdir(folder, { recursive: true });
  await fs.writeFile(path.join(folder, 'a-small.txt'), 'small\n');
  await fs.writeFile(path.join(folder, 'big.bin'), '');
  await fs.truncate(path.join(folder, 'big.bin'), LONG_BYTES);
}

import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { ChatPanelDriver } from './support/chatPanel';
import { BEELINE, pairDevelopers } from './support/pairing';
import { poll } from './support/poll';
import { EDITOR, withEditor, type OtherDeveloper } from './support/withEditor';

const OTHER = 'editor-b';
/** Two workbenches and their engines start on a machine of two cores. */
const START_LIMIT_MS = 180_000;
const TEST_LIMIT_MS = 90_000;

describe('two developers chat, each in an editor of their own', function () {
  this.timeout(TEST_LIMIT_MS);
  const stage = withEditor({
    pictures: 'chat',
    panels: 'stock',
    files: { 'report.bin': 300_001 },
    plant: (workspace) =>
      fs.writeFile(
        path.join(workspace, 'add.ts'),
        'export function add(a: number, b: number) {\n  return a + b;\n}\n',
      ),
  });
  let other: OtherDeveloper;
  let here: ChatPanelDriver;
  let there: ChatPanelDriver;

  before(async function () {
    this.timeout(START_LIMIT_MS);
    other = await stage.openDeveloper(OTHER);
    await stage.window.statusBarItem(/Beeline$/).waitFor();
    await other.window.statusBarItem(/Beeline$/).waitFor();
    here = new ChatPanelDriver(stage.window, OTHER);
    there = new ChatPanelDriver(other.window, EDITOR);
  });

  it('opens the chat by itself on both sides when they have paired', async () => {
    await pairDevelopers(stage.window, other.window);
    await (await here.input()).waitFor();
    await (await there.input()).waitFor();
    await stage.window.screenshot('empty');
  });

  it('carries text both ways, and says how it travels', async () => {
    await here.say('Hello, **can** you look at this?');
    await there.shows('Hello,');
    await there.say('Yes. Where?\n');
    await here.shows('Yes. Where?');
    const way = await here.path();
    await poll(async () => /direct/i.test(await way.innerText()), 'the way to be direct');
    await stage.window.screenshot('both-ways');
    await other.window.screenshot('both-ways');
  });

  it('shows on one side that the other one is typing, and no longer when it has stopped', async () => {
    await there.type('I am just');
    const frame = await here.frame();
    const typing = frame.locator('.typing').getByText(/typing/i);
    await typing.waitFor();
    await stage.window.screenshot('typing');
    await (await there.input()).fill('');
    await typing.waitFor({ state: 'hidden' });
  });

  it('colours code as the editor does, and puts it where the cursor is', async () => {
    await here.say('```ts\nconst answer: number = 42;\n```');
    await there.shows('answer');
    const frame = await there.frame();
    const colours = () =>
      frame
        .locator('figure.code span')
        .evaluateAll((spans) => [...new Set(spans.map((span) => getComputedStyle(span).color))]);
    await poll(async () => (await colours()).length > 2, 'the code to be coloured');
    await other.window.screenshot('code');
    await frame
      .getByRole('button', { name: /Open as file/i })
      .first()
      .click();
    await other.window.page.locator('.tab', { hasText: 'Untitled-1' }).waitFor();
  });

  it('counts what nobody has seen, tells of it, and stops when it was read', async () => {
    const { window } = other;
    await window.runCommand('View: Close All Editors');
    await window.dialog(/save the changes/).click("Don't Save");
    await here.say('Are you still there?');
    const notice = window.notification(/^editor-a: Are you still there\?/);
    await notice.waitFor();
    const count = window.page.locator('.statusbar-item[aria-label^="1 unread message"]');
    await count.waitFor();
    // It is on the other disk, and nobody has seen it.
    await here.isMarked('Are you still there?', 'delivered');
    const views = window.sideView(BEELINE);
    await views.open();
    await views.row('Agents', /editor-a.*1 unread/).waitFor();
    await window.screenshot('unread');
    await notice.click('Open Chat');
    await there.shows('Are you still there?');
    await here.isMarked('Are you still there?', 'read');
    await notice.gone();
    await count.waitFor({ state: 'hidden' });
    await views.row('Agents', /unread/).waitFor({ state: 'detached' });
  });

  it('sends a selection that opens at its place on the other side', async () => {
    const { window } = stage;
    await window.explorerItem('add.ts').dblclick();
    const editor = window.page.locator('.monaco-editor[role="code"]').first();
    await editor.locator('.view-line', { hasText: 'return a' }).click({ clickCount: 3 });
    await window.runCommand('Beeline: Send Selection to Chat');
    const place = await there.shows(/add\.ts/);
    await other.window.screenshot('code-reference');
    await place.click();
    await other.window.editorTab('add.ts').waitFor();
    await other.window.statusBarItem(/^Ln 3, Col 1 \(16 selected\)/).waitFor();
  });

  it('brings the chat back when the window is reloaded', async () => {
    const { window } = other;
    await window.runCommand('Beeline: Chat');
    await there.shows('Hello,');
    await window.page.reload({ waitUntil: 'domcontentloaded' });
    // What was in front is written down after a while; the tab is there in any case.
    await window.page.locator('.tab', { hasText: EDITOR }).click();
    await there.shows('Hello,');
    await there.say('Back again.');
    await here.shows('Back again.');
    assert.ok(await (await here.input()).isVisible());
  });
});

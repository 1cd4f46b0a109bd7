import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import type { CliProcess } from '../support/runCli';
import type { WorkbenchDriver } from '../support/workbench/driver';
import { ChatPanelDriver } from './support/chatPanel';
import { pairEditor, tell } from './support/pairing';
import { poll } from './support/poll';
import { EDITOR, withEditor } from './support/withEditor';

const AGENT = 'agent-b';
const TEST_LIMIT_MS = 120_000;

/** If this fails, a person loses what was said while the chat was not in front of them. */
describe('a chat that is interrupted', function () {
  this.timeout(TEST_LIMIT_MS);
  const stage = withEditor({
    pictures: 'chat-interrupted',
    panels: 'stock',
    files: { 'notes.txt': 100 },
  });
  let agent: CliProcess;
  let here: ChatPanelDriver;
  let said = 0;

  before(async function () {
    this.timeout(TEST_LIMIT_MS);
    await stage.window.statusBarItem(/Beeline$/).waitFor();
    await pairEditor(stage, AGENT);
    await fs.writeFile(stage.at('ice.json'), '[]');
    agent = stage.as(AGENT, 'chat', EDITOR, '--ice-servers', stage.at('ice.json'));
    here = new ChatPanelDriver(stage.window, AGENT);
    await agent.line('connected');
  });

  /** So many lines of the agent, each with a number of its own. */
  const agentSays = (count: number): string[] => {
    const lines = Array.from({ length: count }, () => `line ${String((said += 1))} of the agent`);
    for (const text of lines) tell(agent, JSON.stringify({ type: 'text', text }));
    return lines;
  };
  /** Waits until these stand in the thread one after the other, and each only once. */
  const standsInThread = async (
    panel: ChatPanelDriver,
    lines: readonly string[],
  ): Promise<void> => {
    const shown = async (): Promise<string[]> => {
      const texts = await (await panel.frame()).locator('.thread').allInnerTexts();
      return texts.join('\n').match(/line \d+ of the agent/g) ?? [];
    };
    let last: string[] = [];
    await poll(
      async () => {
        last = await shown();
        return last.includes(lines.at(-1) ?? '');
      },
      () => `${lines.at(-1) ?? ''} to be shown; there is ${last.slice(-3).join(', ')}`,
    );
    assert.deepEqual(last.slice(-lines.length), lines);
    assert.equal(new Set(last).size, last.length, 'each once');
  };
  const heard = (text: string): Promise<unknown> =>
    agent.line('text', (line) => line['text'] === text);
  const unread = (window: WorkbenchDriver, count: number) =>
    window.page.locator(`.statusbar-item[aria-label^="${String(count)} unread message"]`);
  const openChat = async (window: WorkbenchDriver): Promise<void> => {
    await window.runCommand('Beeline: Chat');
  };

  it('goes on behind another tab, and shows everything and the draft when it is seen again', async () => {
    const { window } = stage;
    await openChat(window);
    await standsInThread(here, agentSays(3));
    await here.type('half a sentence');
    await window.explorerItem('notes.txt').dblclick();
    await window.editorTab('notes.txt').waitFor();
    const meanwhile = agentSays(4);
    await unread(window, 4).waitFor();
    await window.screenshot('behind');
    await openChat(window);
    await standsInThread(here, meanwhile);
    await unread(window, 4).waitFor({ state: 'hidden' });
    assert.equal(await (await here.input()).inputValue(), 'half a sentence');
    await (await here.input()).press('Enter');
    await heard('half a sentence');
  });

  it('loses nothing while its panel is closed', async () => {
    const { window } = stage;
    await window.runCommand('View: Close All Editors');
    const meanwhile = agentSays(3);
    await unread(window, 3).waitFor();
    await openChat(window);
    await standsInThread(here, meanwhile);
    await here.say('I was away');
    await heard('I was away');
  });

  it('loses nothing while the window is loaded anew', async () => {
    const { window } = stage;
    const lines = agentSays(3);
    await window.page.reload({ waitUntil: 'commit' });
    lines.push(...agentSays(3));
    await window.waitForReady();
    await window.statusBarItem(/Beeline$/).waitFor();
    // The editor brings back what it had written down of its tabs; what was said is not with them.
    await openChat(window);
    await standsInThread(here, [...lines, ...agentSays(2)].slice(-5));
    await here.say('Loaded again');
    await heard('Loaded again');
    assert.equal(
      agent.lines.filter(({ event, text }) => event === 'text' && text === 'Loaded again').length,
      1,
    );
  });

  it('is the same in a second window: shown in both, and read in one is read in the other', async () => {
    const { window } = stage;
    const second = await stage.openWindow();
    try {
      await second.statusBarItem(/Beeline$/).waitFor();
      await openChat(second);
      const there = new ChatPanelDriver(second, AGENT);
      await there.say('From the second window');
      await heard('From the second window');
      await here.shows('From the second window');
      const lines = agentSays(2);
      for (const panel of [here, there]) await standsInThread(panel, lines);
      for (const one of [window, second]) await one.runCommand('View: Close All Editors');
      agentSays(2);
      for (const one of [window, second]) await unread(one, 2).waitFor();
      await openChat(second);
      for (const one of [window, second]) await unread(one, 2).waitFor({ state: 'hidden' });
    } finally {
      await second.close();
    }
    // The window that stays goes on, whichever of the two ran the engine.
    await openChat(window);
    await standsInThread(here, agentSays(2));
    await here.say('One window again');
    await heard('One window again');
  });

  it('goes on without the hub, and with it when it is back', async () => {
    const { window } = stage;
    await here.isDirect();
    await stage.hub.kill();
    await here.say('Can you hear me without the hub?');
    await heard('Can you hear me without the hub?');
    await standsInThread(here, agentSays(2));
    await window.screenshot('without-hub');
    await stage.hub.run();
    await here.say('And with it?');
    await heard('And with it?');
    await standsInThread(here, agentSays(2));
  });

  it('says that an agent that sleeps is away, and delivers when it wakes', async () => {
    const { window } = stage;
    const way = await here.path();
    agent.kill('SIGSTOP');
    try {
      await poll(
        async () => !/direct/i.test(await way.innerText()),
        'the way to be another one than direct',
        60_000,
      );
      await here.say('Sleep well');
      await here.shows('Sleep well');
      await window.screenshot('asleep');
    } finally {
      agent.kill('SIGCONT');
    }
    await heard('Sleep well');
    await standsInThread(here, agentSays(2));
    await here.isDirect();
  });
});

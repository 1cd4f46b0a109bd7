import assert from 'node:assert/strict';
import type { CallPageState } from '../../src/bridge/callPage';
import { browserOnce } from './support/browserOnce';
import { ChatPageHost } from './support/chatPageHost';
import { withChatPage } from './support/withChatPage';

type Call = NonNullable<CallPageState['call']>;

const ENDS: readonly (readonly [reason: string, direction: Call['direction'], said: string])[] = [
  ['unanswered', 'out', 'agent-b did not answer.'],
  ['missed', 'in', 'You missed a call from agent-b.'],
  ['declined', 'out', 'agent-b declined.'],
  ['busy', 'out', 'agent-b is in another call.'],
  ['unavailable', 'out', 'Nobody takes calls at agent-b just now.'],
  ['cancelled', 'out', 'The call was cancelled.'],
];

/** If this fails, somebody sits before a call and does not know what became of it. */
describe('a call above the chat', () => {
  const browser = browserOnce();

  it('names who calls or is called once, and says in a sentence how it ended', async () => {
    const host = new ChatPageHost();
    await withChatPage(browser(), host, async ({ page }) => {
      await page.getByText('Say something to agent-b').waitFor();
      const view = page.locator('section.call');
      for (const [reason, direction, said] of ENDS) {
        await host.tell('call', stateOf({ direction, state: ringing() }));
        const title = direction === 'out' ? 'Calling agent-b…' : 'agent-b is calling';
        await view.getByRole('status').getByText(title, { exact: true }).waitFor();
        assert.equal((await view.innerText()).split('agent-b').length, 2, 'named once');
        const state = { kind: 'ended', reason, durationMs: 0 } as const;
        await host.tell('call', stateOf({ direction, state }));
        await view.getByText(said, { exact: true }).waitFor();
        await view.getByRole('button', { name: 'Close' }).click();
        await view.waitFor({ state: 'detached' });
      }
    });
  });

  it('asks for no second click: accepting is one request, and none to open a browser', async () => {
    const host = new ChatPageHost();
    await withChatPage(browser(), host, async ({ page }) => {
      await page.getByText('Say something to agent-b').waitFor();
      await host.tell('call', stateOf({ direction: 'in', state: ringing() }));
      await page.getByRole('button', { name: 'Accept with Audio Only' }).click();
      await host.tell('call', stateOf({ direction: 'in', state: { kind: 'connecting' } }));
      await page.getByText('Connecting…').waitFor();
      assert.deepEqual(host.of('acceptCall'), [{ video: false }]);
      assert.deepEqual(host.of('openInBrowser'), []);
    });
  });

  it('says what it may capture again to whoever answers anew', async () => {
    const host = new ChatPageHost();
    await withChatPage(browser(), host, async ({ page }) => {
      await page.getByText('Say something to agent-b').waitFor();
      const before = host.of('callReady').length;
      await host.tell('reload', {});
      for (let tries = 0; tries < 200 && host.of('callReady').length === before; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      assert.equal(host.of('callReady').length, before + 1);
    });
  });
});

let count = 0;

function ringing(): Call['state'] {
  count += 1;
  return { kind: 'ringing', expiresAt: new Date(Date.now() + 45_000).toISOString() };
}

/** Held by another window, so that this page asks for no camera. */
function stateOf(call: Pick<Call, 'direction' | 'state'>): CallPageState {
  const callId = count.toString(16).padStart(32, '0');
  return {
    agentName: 'agent-b',
    ringSound: false,
    call: { callId, video: false, holder: 'elsewhere', ...call },
  };
}

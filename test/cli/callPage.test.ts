import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import type { EngineEvent } from '../../src/core/events';
import { openEngine } from '../../src/service/openEngine';
import { launchCallBrowser, eventually } from '../pages/support/callBrowser';
import { withCli, type CliProcess } from '../support/runCli';
import { withHub } from '../support/withHub';
import { withTalkers } from './withTalkers';

describe('a call of terminals whose pages are open in a browser', function () {
  this.timeout(120_000);
  const hub = withHub();
  const cli = withCli();
  const { as, pair, talk } = withTalkers(hub, cli);
  let browser: Browser;

  before(async () => {
    browser = await launchCallBrowser();
  });
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
  after(() => browser.close());

  const opened = async (terminal: CliProcess): Promise<Page> => {
    const { url } = await terminal.line('page');
    const page = await (await browser.newContext()).newPage();
    await page.goto(String(url));
    return page;
  };

  it('that rings already is accepted by the command, connects, and Ctrl-C ends it on both sides', async () => {
    await pair();
    // A window of bob's that takes calls, in which it rings.
    const engine = await openEngine({
      home: cli.path('home-bob'),
      config: {
        ...{ atsUrl: hub.url, actorId: 'bob', actorName: 'bob', actorType: 'agent' },
        ...{ channel: 'p2p-transfer', saveDirectory: cli.path('saved'), timeoutMs: 8000 },
        iceServers: [],
      },
      version: '0.0.0',
      log: () => undefined,
    });
    try {
      const told: EngineEvent[] = [];
      engine.onEvent((event) => told.push(event));
      const shellId = randomBytes(16).toString('hex');
      await engine.attend({ shellId, chats: false, calls: true, open: [] });
      const alice = talk('call', 'bob', '--json', ...as('alice'));
      await eventually('a call that rings', () =>
        Promise.resolve(
          told.some(
            (event) =>
              event.type === 'calls' &&
              event.calls.some(
                ({ direction, state }) => direction === 'in' && state.kind === 'ringing',
              ),
          ),
        ),
      );
      const bob = talk('call', 'alice', '--json', '--home', 'home-bob');
      const accepted = await bob.line('call', ({ state }) => state !== 'ringing');
      assert.equal(accepted['direction'], 'in');
      assert.equal(accepted['callId'], (await alice.line('call'))['callId'], 'no second call');

      const [alicePage, bobPage] = [await opened(alice), await opened(bob)];
      const connected = ({ state, path }: Readonly<Record<string, unknown>>): boolean =>
        state === 'connected' && path === 'direct';
      await Promise.all([alice, bob].map((one) => one.line('call', connected)));
      for (const page of [alicePage, bobPage]) {
        await page.getByRole('button', { name: 'Hang Up' }).waitFor();
      }
      alice.kill('SIGINT');
      assert.equal(await alice.end(), 130, alice.stderr);
      assert.equal(await bob.end(), 0, bob.stdout + bob.stderr);
      for (const [one, reason] of [
        [alice, 'hungUp'],
        [bob, 'hungUpByPeer'],
      ] as const) {
        const over = await one.line('call', ({ state }) => state === 'ended');
        assert.equal(over['reason'], reason);
        assert.ok(Number(over['durationMs']) > 0, 'it lasted');
      }
      await bobPage.getByText('alice hung up.').waitFor();
    } finally {
      await engine.stop({ keepOffers: true });
    }
  });
});

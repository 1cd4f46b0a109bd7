import assert from 'node:assert/strict';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { withPages } from '../pages/support/buildPages';
import { eventually, launchCallBrowser } from '../pages/support/callBrowser';
import type { JoinedPeers } from './peers/joinedPeers';

type Name = keyof JoinedPeers;

describe('two peers in one page, joined by their hosts', function () {
  this.timeout(60_000);
  const pages = withPages({ peers: 'test/webview/peers/joinedPeers.ts' });
  let browser: Browser;
  let page: Page;

  before(async () => {
    browser = await launchCallBrowser();
  });
  beforeEach(async () => {
    page = await browser.newPage();
    await page.addScriptTag({ path: path.join(pages.folder, 'peers.js') });
    await run(async ({ polite, impolite }) => {
      await Promise.all([polite.attach(), impolite.attach()]);
    });
  });
  afterEach(() => page.close());
  after(() => browser.close());

  it('connect, tell their way, and carry frames both ways in order', async () => {
    await meet();
    await bothConnected();
    await run(({ polite, impolite }) => {
      for (let index = 0; index < 300; index++) {
        polite.send(`to impolite ${String(index)}`);
        impolite.send(`to polite ${String(index)}`);
      }
    });
    for (const name of ['polite', 'impolite'] as const) {
      await eventually(`all frames of ${name}`, async () => (await heard(name)).length === 300);
      const expected = Array.from({ length: 300 }, (_, index) => `to ${name} ${String(index)}`);
      assert.deepEqual(await heard(name), expected);
    }
  });

  it('begin with an offer of the impolite side only, also when both are told at once', async () => {
    await meet();
    await bothConnected();
    assert.deepEqual(
      await run(({ polite, impolite }) => [polite.offers.length, impolite.offers.length]),
      [0, 1],
    );
  });

  it('settle when both offer at once, and go on as one connection', async () => {
    await meet();
    await bothConnected();
    await run(({ polite, impolite }) => {
      polite.held = [];
      impolite.held = [];
      polite.tellNow({ kind: 'restart' });
      impolite.tellNow({ kind: 'restart' });
    });
    await eventually('two offers', () =>
      run(({ polite, impolite }) => polite.offers.length >= 1 && impolite.offers.length >= 2),
    );
    await run(({ polite, impolite }) => {
      polite.release();
      impolite.release();
    });
    await eventually('an answer to both', () =>
      run(({ polite, impolite }) =>
        [polite, impolite].every(({ peer }) => peer?.current?.signalingState === 'stable'),
      ),
    );
    await bothConnected();
    await run(({ polite }) => {
      polite.send('still here');
    });
    await eventually('the frame', async () => (await heard('impolite')).includes('still here'));
  });

  it('pass over what is no frame of ours, and what a peer says that is gone', async () => {
    await meet();
    await bothConnected();
    await run(({ polite, impolite }) => {
      polite.send('x'.repeat(70 * 1024));
      impolite.tell({
        kind: 'signal',
        from: '0'.repeat(32),
        signal: { kind: 'description', type: 'offer', sdp: 'v=0' },
      });
      impolite.tell({
        kind: 'signal',
        from: polite.peer?.peerId ?? '',
        signal: { kind: 'description', type: 'offer', sdp: 'nonsense' },
      });
      polite.send('after');
    });
    await eventually('what came after', async () => (await heard('impolite')).includes('after'));
    assert.deepEqual(await heard('impolite'), ['after']);
  });

  it('hear no more than core would, however fast a channel floods', async () => {
    await meet();
    await bothConnected();
    await run(async ({ polite }) => {
      for (let sent = 0; sent < 20_000; sent++) {
        polite.send(`flood ${String(sent)}`);
        // The channel takes so many at a time, or drops them itself.
        if (sent % 200 === 199) await new Promise((resolve) => setTimeout(resolve));
      }
    });
    // Let in again after a moment, so that nobody who means well is shut out.
    await eventually('what came after', async () => {
      await run(({ polite }) => {
        polite.send('after');
      });
      return (await heard('impolite')).includes('after');
    });
    const count = (await heard('impolite')).filter((frame) => frame !== 'after').length;
    assert.ok(count >= 1000 && count < 10_000, `${String(count)} frames`);
  });

  it('make a new connection to each new peer, and none when there is none', async () => {
    await meet();
    await bothConnected();
    await run(async ({ polite, impolite }) => {
      polite.peer?.close();
      await polite.attach();
      impolite.states.length = 0;
      impolite.meet();
      polite.meet();
    });
    await bothConnected();
    await run(({ polite, impolite }) => {
      polite.send('anew');
      impolite.tell({ kind: 'remote' });
      return impolite.peer?.current === undefined;
    });
    assert.equal(await run(({ impolite }) => impolite.peer?.current === undefined), true);
    assert.equal(await run(({ impolite }) => impolite.states.at(-1)?.kind), 'disconnected');
  });

  it('let everything go when they are replaced', async () => {
    await meet();
    await bothConnected();
    const state = await run(({ polite }) => {
      const connection = polite.peer?.current;
      polite.tell({ kind: 'close', reason: 'replaced' });
      return [connection?.connectionState, polite.closed, polite.peer?.current === undefined];
    });
    assert.deepEqual(state, ['closed', 'replaced', true]);
  });

  async function meet(): Promise<void> {
    await run(({ polite, impolite }) => {
      polite.meet();
      impolite.meet();
    });
  }

  async function bothConnected(): Promise<void> {
    await eventually('both connected', () =>
      run(({ polite, impolite }) =>
        [polite, impolite].every(({ states }) => {
          const last = states.at(-1);
          return last?.kind === 'connected' && last.path === 'direct';
        }),
      ),
    );
  }

  async function heard(name: Name): Promise<string[]> {
    return page.evaluate((side) => (window as unknown as JoinedPeers)[side].heard(), name);
  }

  async function run<T>(act: (peers: JoinedPeers) => T | Promise<T>): Promise<T> {
    const peers = await page.evaluateHandle(() => window as unknown as JoinedPeers);
    return page.evaluate(act as (peers: unknown) => T | Promise<T>, peers);
  }
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { EngineEvent } from '../../src/core/events';
import { CallDesk } from '../../src/pages/callDesk';
import { CallPages } from '../../src/pages/callPages';
import { openEngine, type SharedEngine } from '../../src/service/openEngine';
import { textsOf, withTalkers } from '../cli/withTalkers';
import { withPages } from '../pages/support/buildPages';
import { eventually, launchCallBrowser } from '../pages/support/callBrowser';
import { withCli } from '../support/runCli';
import { withHub } from '../support/withHub';

/** Chromium's WebRTC and the terminal's are two programs by two authors. */
describe('a chat between a page in Chromium and a terminal', function () {
  this.timeout(120_000);
  const hub = withHub();
  const cli = withCli();
  const { pair, chat, line } = withTalkers(hub, cli);
  const pages = withPages({ kept: 'test/nodepeer/keptPeer.ts' });
  let browser: Browser;
  let panel: Panel | undefined;

  before(async () => {
    browser = await launchCallBrowser();
  });
  afterEach(async () => {
    await panel?.close();
    panel = undefined;
  });
  after(() => browser.close());

  const open = async (name: string): Promise<Panel> => {
    const engine = await openEngine({
      home: cli.path(`home-${name}`),
      config: {
        ...{ atsUrl: hub.url, actorId: name, actorName: name, actorType: 'agent' },
        ...{ channel: 'p2p-transfer', saveDirectory: cli.path('saved'), timeoutMs: 8000 },
        iceServers: [],
      },
      version: '0.0.0',
      log: () => undefined,
    });
    const { agents } = await engine.snapshot();
    const kid = agents[0]?.kid ?? assert.fail('nobody is paired');
    const shellId = randomBytes(16).toString('hex');
    await engine.attend({ shellId, chats: true, calls: false, open: [kid] });
    panel = new Panel(engine, kid, await browser.newPage(), path.join(pages.folder, 'kept.js'));
    await panel.begin();
    return panel;
  };

  // One of the two is polite as the page, the other one as the terminal.
  for (const [inPage, inTerminal] of [
    ['alice', 'bob'],
    ['bob', 'alice'],
  ] as const) {
    it(`goes directly over the data channel, through restarts of both, with ${inPage} in the page`, async () => {
      await pair();
      const page = await open(inPage);
      let terminal = chat(inTerminal, inPage);
      const meet = async (): Promise<void> => {
        const told = await terminal.line('connected', ({ over }) => over === 'peer');
        assert.equal(told['path'], 'direct');
        await eventually('the page to be direct', () => Promise.resolve(page.isDirect));
      };
      await meet();
      const said: string[] = [];
      const exchange = async (what: string): Promise<void> => {
        const texts = Array.from({ length: 20 }, (_, index) => `${what} ${String(index)}`);
        said.push(...texts);
        for (const text of texts) {
          terminal.say(line(text));
          await page.say(text);
        }
        await terminal.until(() => textsOf(terminal).includes(texts.at(-1)), 'the last text');
        await eventually('all texts', () => Promise.resolve(page.heard.length >= said.length));
        assert.deepEqual(page.heard, said, 'in order, each once');
      };
      await exchange('first');

      const before = terminal.lines.length;
      await page.reload();
      // Said while there is no connection, it comes all the same.
      await exchange('reloaded');
      const again = (): boolean =>
        terminal.lines.slice(before).some(({ over }) => over === 'peer') && page.isDirect;
      await terminal.until(again, 'the data channel of the page that came back');

      terminal.kill('SIGTERM');
      assert.equal(await terminal.end(), 143, terminal.stderr);
      terminal = chat(inTerminal, inPage);
      await meet();
      await exchange('restarted');
      assert.equal(textsOf(terminal).length, 20, 'what the last one read is not told again');
    });
  }
});

/** What a window has for its chat: an engine, a desk, and a page with the peer connection. */
class Panel {
  readonly heard: string[] = [];
  isDirect = false;
  #desk: CallDesk | undefined;

  constructor(
    private readonly engine: SharedEngine,
    private readonly kid: string,
    private readonly page: Page,
    private readonly script: string,
  ) {
    engine.onEvent((event) => {
      this.#take(event);
    });
  }

  async begin(): Promise<void> {
    await this.page.exposeBinding('beelineAsk', (_source, method: string, params: unknown) => {
      if (this.#desk?.handles(method) !== true) throw new Error(`no ${method}`);
      return this.#desk.answer(method, params);
    });
    await this.#load();
  }

  async reload(): Promise<void> {
    await this.#desk?.close();
    await this.page.reload();
    await this.#load();
  }

  async say(text: string): Promise<void> {
    const messageId = randomBytes(16).toString('hex');
    await this.engine.sendMessage({ kid: this.kid, messageId, body: { kind: 'text', text } });
  }

  async close(): Promise<void> {
    await this.#desk?.close();
    await this.page.close();
    await this.engine.stop({ keepOffers: true });
  }

  async #load(): Promise<void> {
    this.#desk = new CallDesk({
      engine: this.engine,
      kid: this.kid,
      pages: new CallPages(),
      page: { kind: 'panel' },
      agentName: () => 'other',
      ringSound: () => false,
      carriesChat: true,
      tell: (name, data) => {
        if (name !== 'peer') return;
        const tell = `window.beelineTell?.(${JSON.stringify(data)})`;
        // What is told to a page that goes is lost, as in an editor.
        this.page.evaluate(tell).catch(() => undefined);
      },
    });
    await this.page.addScriptTag({ path: this.script });
  }

  #take(event: EngineEvent): void {
    if (event.type === 'chats') {
      const way = event.chats.find(({ agent }) => agent.kid === this.kid)?.path;
      this.isDirect = way?.kind === 'direct' && way.over === 'peer';
    }
    if (event.type !== 'message') return;
    const { from, state, body } = event.message;
    if (from === 'agent' && state === 'received' && body.kind === 'text')
      this.heard.push(body.text);
  }
}

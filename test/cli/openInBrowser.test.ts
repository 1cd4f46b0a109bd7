import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { openInBrowser } from '../../src/cli/openInBrowser';
import { withPages } from '../pages/support/buildPages';
import { eventually, launchCallBrowser } from '../pages/support/callBrowser';
import { withCalls } from '../pages/support/withCalls';
import { withEngines } from '../support/withEngines';
import { withHub } from '../support/withHub';

/**
 * Who has the address of a call's page hears and sees the person, and every user of a machine can
 * read the arguments of all programs that run on it.
 */
describe('the page of a call that a terminal opens', function () {
  this.timeout(60_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const pages = withPages({ call: 'webview/call/main.tsx' });
  const calls = withCalls(engines, pages);
  let browser: Browser;

  before(async () => {
    browser = await launchCallBrowser();
  });
  after(() => browser.close());

  /** A program of the system's name that writes down what it was given. */
  const withOpener = async (): Promise<{ session: Parameters<typeof openInBrowser>[1] }> => {
    const bin = engines.path('bin');
    await mkdir(bin);
    const script = `#!/bin/sh\nprintf '%s\\n' "$@" > '${engines.path('given.part')}'\nmv '${engines.path('given.part')}' '${engines.path('given')}'\n`;
    for (const name of ['xdg-open', 'open']) {
      await writeFile(path.join(bin, name), script);
      await chmod(path.join(bin, name), 0o755);
    }
    const env = { ...process.env, DISPLAY: ':7', PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    const stdout = Object.create(process.stdout, { isTTY: { value: true } }) as NodeJS.WriteStream;
    return { session: { env, stdout, userHome: os.tmpdir() } };
  };
  const given = async (): Promise<string> => {
    let text = '';
    await eventually('the program that opens', async () => {
      text = await readFile(engines.path('given'), 'utf8').catch(() => '');
      return text !== '';
    });
    return text.trimEnd();
  };
  const exists = (file: string): Promise<boolean> =>
    stat(file).then(
      () => true,
      () => false,
    );

  it('is reached by a file that nobody else can read, and that is gone once it was', async () => {
    const { ben, callId } = await calls.ring();
    const server = await calls.serve(ben, callId);
    const { session } = await withOpener();
    const way = await openInBrowser(server.url, session, () => undefined);
    void server.opened.then(way.close);
    const file = await given();
    const token = new URL(server.url).hash.slice(1);
    assert.ok(token.length > 40 && !file.includes(token), 'the argument says nothing');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await stat(path.dirname(file))).mode & 0o777, 0o700);
    assert.ok((await readFile(file, 'utf8')).includes(token));
    const page = await browser.newPage();
    try {
      await page.goto(`file://${file}`);
      await page
        .getByRole('button', { name: /accept/i })
        .first()
        .waitFor();
      assert.equal(new URL(page.url()).host, new URL(server.url).host);
      await eventually('the file to be gone', async () => !(await exists(path.dirname(file))));
    } finally {
      await page.close();
    }
  });

  it('leaves nothing behind when nobody opened it in time, or the call is over before', async () => {
    const { ben, callId } = await calls.ring();
    const server = await calls.serve(ben, callId, { limits: { tokenMs: 50 } });
    const { session } = await withOpener();
    const way = await openInBrowser(server.url, session, () => undefined);
    const file = await given();
    await server.opened.then(way.close);
    assert.ok(!(await exists(path.dirname(file))));
    const again = await calls.serve(ben, callId);
    const other = await openInBrowser(again.url, session, () => undefined);
    await again.close();
    await again.opened.then(other.close);
  });

  it('is not opened where there is no screen, and lost to nothing where no file can be written', async () => {
    const { session } = await withOpener();
    const log: string[] = [];
    const url = 'http://127.0.0.1:1/#secret';
    const piped = Object.create(session.stdout, { isTTY: { value: false } }) as NodeJS.WriteStream;
    await (await openInBrowser(url, { ...session, stdout: piped }, () => undefined)).close();
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = engines.path('missing');
    try {
      const home = engines.path('missing');
      const way = await openInBrowser(url, { ...session, userHome: home }, (l) => log.push(l));
      await way.close();
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
    assert.equal(log.length, 1);
    assert.ok(!(log[0] ?? '').includes('secret'));
    assert.ok(!(await exists(engines.path('given'))), 'nothing was opened');
  });
});

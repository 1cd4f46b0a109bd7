import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { ensureCodeServer, type CodeServer, type WorkbenchVersion } from './ensureCodeServer';
import { runTool } from './runTool';
import { startServer } from './serverProcess';

/**
 * Starts a real VS Code with its workbench served to a browser, on loopback and a free port.
 * Two of them with two data folders are two developers.
 */
export async function startWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const server = await ensureCodeServer(options.version ?? 'newest', options.log);
  const dataDir = options.userDataDir ?? (await fs.mkdtemp(path.join(os.tmpdir(), 'workbench-')));
  const profile = [
    ...['--user-data-dir', path.join(dataDir, 'user')],
    ...['--extensions-dir', path.join(dataDir, 'extensions')],
    ...['--server-data-dir', path.join(dataDir, 'server')],
    '--accept-server-license-terms',
  ];
  await writeSettings(dataDir, options.settings ?? {});
  if (options.vsix !== undefined) await installVsix(server, profile, options.vsix);

  const args = [
    server.serverMain,
    ...['--host', '127.0.0.1', '--port', '0', '--without-connection-token'],
    ...['--telemetry-level', 'off', '--enable-remote-auto-shutdown'],
    ...profile,
    // Without it the built workbench ignores the development payload.
    ...(options.extensionPath === undefined ? [] : ['--enable-smoke-test-driver']),
  ];
  const running = await startServer(server.node, args, options.env ?? {});
  return {
    url: addressOf(running.port, options),
    port: running.port,
    version: server.version,
    serverPid: running.pid,
    dataDir,
    writeSettings: (settings) => writeSettings(dataDir, settings),
    output: running.output,
    async stop() {
      await running.stop();
      if (options.userDataDir === undefined) {
        await fs.rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  };
}

export interface WorkbenchOptions {
  readonly version?: WorkbenchVersion;
  /** The folder to open, absolute. */
  readonly folder: string;
  /** Settings, extensions and state of one developer; a temporary one, removed at the end, if absent. */
  readonly userDataDir?: string;
  /** Runs the extension in this folder as F5 does. */
  readonly extensionPath?: string;
  /** With `extensionPath`: a CommonJS file whose `run()` is called in the extension host. */
  readonly extensionTestsPath?: string;
  /** Installs this package as a person would. */
  readonly vsix?: string;
  /** On top of the quiet defaults below. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** On top of this process's environment; the extension host inherits it. */
  readonly env?: NodeJS.ProcessEnv;
  readonly log?: (line: string) => void;
}

export interface Workbench {
  /** What to open in the browser. */
  readonly url: string;
  readonly port: number;
  /** Of VS Code. */
  readonly version: string;
  readonly serverPid: number;
  readonly dataDir: string;
  /** Replaces the person's settings; the running workbench notices. */
  writeSettings(settings: Readonly<Record<string, unknown>>): Promise<void>;
  /** Everything the server has printed so far. */
  readonly output: () => string;
  /** Ends the server and all it started. */
  stop(): Promise<void>;
}

/** A fresh profile asks, greets and advertises; tests and pictures want none of it. */
export const quietSettings: Readonly<Record<string, unknown>> = {
  // In Restricted Mode an extension that does not declare `untrustedWorkspaces` never activates.
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'git.enabled': false,
  // Menus and file dialogs that are part of the page, where a test can reach them.
  'window.menuStyle': 'custom',
  'files.simpleDialog.enable': true,
};

/**
 * To both places a person can write them: `User`, and `Machine`, because a window with a remote
 * part, as this one is, takes settings of scope `machine` only from there. The workbench watches
 * `Machine`, so changes take effect while it runs.
 */
async function writeSettings(
  dataDir: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  const json = JSON.stringify({ ...quietSettings, ...settings }, null, 2);
  for (const place of ['User', 'Machine']) {
    const folder = path.join(dataDir, 'user', place);
    await fs.mkdir(folder, { recursive: true });
    await writeFileAtomic(path.join(folder, 'settings.json'), `${json}\n`);
  }
}

async function installVsix(
  server: CodeServer,
  profile: readonly string[],
  vsix: string,
): Promise<void> {
  const args = [server.serverMain, '--install-extension', vsix, '--force', ...profile];
  await runTool(server.node, args, { cwd: os.tmpdir() });
}

function addressOf(port: number, options: WorkbenchOptions): string {
  const host = `127.0.0.1:${String(port)}`;
  const url = new URL(`http://${host}/`);
  url.searchParams.set('folder', options.folder);
  const remote = (file: string) => `vscode-remote://${host}${file}`;
  const payload: [string, string][] = [];
  if (options.extensionPath !== undefined) {
    payload.push(['extensionDevelopmentPath', remote(options.extensionPath)]);
  }
  if (options.extensionTestsPath !== undefined) {
    payload.push(['extensionTestsPath', remote(options.extensionTestsPath)]);
  }
  if (payload.length > 0) url.searchParams.set('payload', JSON.stringify(payload));
  return url.href;
}

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { ensurePackage } from '../../../scripts/demo/ensurePackage';
import { CLI, CliProcess } from '../../support/runCli';
import { launchBrowser } from '../../support/workbench/browser';
import { openWorkbench, type WorkbenchDriver } from '../../support/workbench/driver';
import type { WorkbenchVersion } from '../../support/workbench/ensureCodeServer';
import { projectRoot } from '../../support/workbench/projectRoot';
import { startWorkbench, type Workbench } from '../../support/workbench/workbench';
import { HubProcess } from './hubProcess';

/** The agent id under which the editor's person is set up. */
export const EDITOR = 'editor-a';

/** A second developer at the same hub, with an editor of their own. */
export interface OtherDeveloper {
  readonly actorId: string;
  readonly workbench: Workbench;
  readonly window: WorkbenchDriver;
  readonly workspace: string;
}

export interface EditorStage {
  readonly hub: HubProcess;
  readonly workbench: Workbench;
  /** The window that is open from the beginning. */
  readonly window: WorkbenchDriver;
  /** The folder that is open in the editor. */
  readonly workspace: string;
  /** Where the editor saves. */
  readonly saves: string;
  readonly home: string;
  /** A path in the folder of this stage. */
  at(...parts: string[]): string;
  /** One more window of the same person. */
  openWindow(): Promise<WorkbenchDriver>;
  /** Another person, with a home and a workbench of their own. */
  openDeveloper(actorId: string): Promise<OtherDeveloper>;
  /** Puts settings in force, over those that the stage began with. */
  settings(changed: Readonly<Record<string, unknown>>): Promise<void>;
  /** A file with random content in the stage's folder. Returns what is in it. */
  write(file: string, size: number): Promise<Buffer>;
  /** A file that takes long to send. */
  writeSparse(file: string, size: number): Promise<void>;
  /** `beeline listen --json` as another agent, saving in a folder of its own. */
  listen(actorId: string, ...flags: string[]): Promise<CliProcess>;
  /** `beeline send --json` as another agent, to the editor. */
  send(actorId: string, ...filesAndFlags: string[]): CliProcess;
  /** Any command as another agent; what it reads on standard input is written to its child. */
  as(who: OtherAgent | string, command: string, ...rest: string[]): CliProcess;
}

/** An agent with a home that another one of the same id does not have. */
export interface OtherAgent {
  readonly actorId: string;
  readonly home: string;
}

export interface EditorOptions {
  /** The folder below `out/e2e/` for this file's pictures. */
  readonly pictures: string;
  readonly version?: WorkbenchVersion;
  /** What *Set Up* would keep is there from the beginning, unless false. */
  readonly isSetUp?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Puts more into the workspace before the editor opens it. */
  readonly plant?: (workspace: string) => Promise<void>;
  /** Files in the workspace: name and size. */
  readonly files?: Readonly<Record<string, number>>;
  /** Files in the workspace that take long to send: sparse, so that they cost no disk here. */
  readonly sparseFiles?: Readonly<Record<string, number>>;
  /** Webviews as limited as in the stock editor, and a camera that is not there for real. */
  readonly panels?: 'stock' | 'capturing';
}

/** A cold machine downloads and unpacks an editor and a browser, and packs the extension. */
const START_LIMIT_MS = 300_000;
const CLOSE_LIMIT_MS = 60_000;

/**
 * A hub, a real VS Code with the packaged extension, and a window on it, for the tests of one
 * `describe`; other agents are the shipped program. All of it goes away at the end.
 */
export function withEditor(options: EditorOptions): EditorStage {
  const pictures = path.join(projectRoot, 'out/e2e', options.pictures);
  const programs = new Set<CliProcess>();
  let folder = '';
  let browser: Browser | undefined;
  let workbench: Workbench | undefined;
  let window: WorkbenchDriver | undefined;
  let windows = 0;
  const developers: OtherDeveloper[] = [];
  const stockWebviews = options.panels === 'stock';
  const at = (...parts: string[]) => path.join(folder, ...parts);

  const start = (args: readonly string[]): CliProcess => {
    const child = spawn(process.execPath, [CLI, ...args, '--json'], {
      cwd: folder,
      env: { ...environment(), HOME: folder, USERPROFILE: folder },
      stdio: 'pipe',
    });
    // A program that ended before it had read everything has said why.
    child.stdin.on('error', () => undefined);
    const program = new CliProcess(child, args);
    programs.add(program);
    void program.exited.then(() => programs.delete(program));
    return program;
  };
  const hub = new HubProcess((flags) => start(['hub', '--data', at('hub'), ...flags]));
  const as = (actorId: string, home = actorId) => [
    ...['--actor-id', actorId, '--ats-url', hub.url, '--home', at(`home-${home}`)],
  ];
  const settings = () => ({
    ...(options.isSetUp !== false && {
      'beeline.atsUrl': hub.url,
      'beeline.saveDirectory': at('saves'),
      // Nothing of a test leaves this machine, and on one network none is needed.
      'beeline.iceServers': [],
    }),
    ...options.settings,
  });
  const openWindow = async () => {
    windows += 1;
    return openWorkbench(there(browser), there(workbench).url, {
      stockWebviews,
      screenshotsDir: windows === 1 ? pictures : path.join(pictures, `window-${String(windows)}`),
    });
  };

  const openDeveloper = async (actorId: string): Promise<OtherDeveloper> => {
    const workspace = at(`workspace-${actorId}`);
    await fs.mkdir(workspace, { recursive: true });
    await fs.writeFile(path.join(workspace, 'notes.txt'), 'notes\n');
    await options.plant?.(workspace);
    await setUp(at(`home-${actorId}`), actorId);
    const other = await startWorkbench({
      version: options.version ?? 'newest',
      folder: workspace,
      userDataDir: at(`editor-${actorId}`),
      vsix: await ensurePackage(() => undefined),
      env: { ...blankAts, HOME: folder, USERPROFILE: folder, BEELINE_HOME: at(`home-${actorId}`) },
    });
    const saves = { 'beeline.saveDirectory': at(`saves-${actorId}`) };
    await other.writeSettings({ ...settings(), ...saves });
    const opened = await openWorkbench(there(browser), other.url, {
      stockWebviews,
      screenshotsDir: path.join(pictures, actorId),
    });
    const developer = { actorId, workbench: other, window: opened, workspace };
    developers.push(developer);
    return developer;
  };

  before(async function () {
    this.timeout(START_LIMIT_MS);
    const log = () => undefined;
    const vsix = await ensurePackage(log);
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'beeline-e2e-'));
    await fs.rm(pictures, { recursive: true, force: true });
    await fs.mkdir(at('workspace', 'folder'), { recursive: true });
    await fs.writeFile(at('workspace', 'folder', 'inside.txt'), 'inside\n');
    for (const [name, size] of Object.entries(options.files ?? {})) {
      await fs.writeFile(at('workspace', name), randomBytes(size));
    }
    for (const [name, size] of Object.entries(options.sparseFiles ?? {})) {
      await writeSparse(at('workspace', name), size);
    }
    await options.plant?.(at('workspace'));
    if (options.isSetUp !== false) await setUp(at('home'), EDITOR);
    const [launched, started] = await Promise.all([
      launchBrowser(undefined, { fakeDevices: options.panels !== undefined }),
      startWorkbench({
        version: options.version ?? 'newest',
        folder: at('workspace'),
        userDataDir: at('editor'),
        vsix,
        env: { ...blankAts, HOME: folder, USERPROFILE: folder, BEELINE_HOME: at('home') },
      }),
      hub.run(),
    ]);
    browser = launched;
    workbench = started;
    // Before any window opens, so the extension finds them when it starts.
    await workbench.writeSettings(settings());
    window = await openWindow();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      await window?.screenshot('failed');
      for (const developer of developers) await developer.window.screenshot('failed');
    }
    // Messages of one test must not be taken for those of the next.
    await window?.clearNotifications().catch(() => undefined);
  });

  after(async function () {
    this.timeout(CLOSE_LIMIT_MS);
    for (const program of programs) program.kill('SIGKILL');
    // An extension host whose window is torn away would wait for it to come back.
    await window?.close().catch(() => undefined);
    for (const developer of developers) await developer.window.close().catch(() => undefined);
    await Promise.all([
      browser?.close(),
      workbench?.stop(),
      ...developers.map((developer) => developer.workbench.stop()),
    ]);
    await Promise.all([...programs].map(({ exited }) => exited));
    if (folder !== '') await fs.rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  return {
    hub,
    get workbench() {
      return there(workbench);
    },
    get window() {
      return there(window);
    },
    get workspace() {
      return at('workspace');
    },
    get saves() {
      return at('saves');
    },
    get home() {
      return at('home');
    },
    at,
    openWindow,
    openDeveloper,
    settings: (changed) => there(workbench).writeSettings({ ...settings(), ...changed }),
    async write(file, size) {
      const bytes = randomBytes(size);
      await fs.mkdir(path.dirname(at(file)), { recursive: true });
      await fs.writeFile(at(file), bytes);
      return bytes;
    },
    async writeSparse(file, size) {
      await fs.mkdir(path.dirname(at(file)), { recursive: true });
      await writeSparse(at(file), size);
    },
    async listen(actorId, ...flags) {
      const saves = ['--save-dir', at(`saves-${actorId}`)];
      const listener = start(['listen', ...as(actorId), ...saves, ...flags]);
      await listener.line('listening');
      return listener;
    },
    send: (actorId, ...rest) => start(['send', '--to', EDITOR, ...as(actorId), ...rest]),
    as(who, command, ...rest) {
      const identity = typeof who === 'string' ? as(who) : as(who.actorId, who.home);
      return start([command, ...rest, ...identity]);
    },
  };
}

async function writeSparse(file: string, size: number): Promise<void> {
  await fs.writeFile(file, '');
  await fs.truncate(file, size);
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The stage stands from `before` on.');
  return value;
}

/** What the person who runs the tests has configured for themselves must not decide them. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(ATS|BEELINE|NODE)_/.test(name)),
  );
}

const blankAts: NodeJS.ProcessEnv = {
  ...{ ATS_URL: '', ATS_ORG: '', ATS_PROJECT: '', ATS_CHANNEL: '', ATS_API_KEY: '' },
  ...{ ATS_ACTOR_TYPE: '', ATS_ACTOR_ID: '', ATS_ACTOR_NAME: '' },
};

/** What *Beeline: Set Up* keeps when a person has confirmed it. */
async function setUp(home: string, actorId: string): Promise<void> {
  const folder = path.join(home, 'settings');
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  const profile = { actorId, actorName: actorId, confirmedAt: new Date().toISOString() };
  await fs.writeFile(path.join(folder, 'profile.json'), JSON.stringify(profile), { mode: 0o600 });
}

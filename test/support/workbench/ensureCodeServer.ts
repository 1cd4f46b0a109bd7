import fs from 'node:fs/promises';
import path from 'node:path';
import { installOnce } from './installOnce';
import { runTool } from './runTool';

/**
 * Makes sure that a real VS Code server with its workbench is in `.vscode-test/`.
 *
 * It comes from the npm registry as code-server, of which only the VS Code inside is used, so a
 * network without Microsoft's download servers is enough. The Node it needs comes the same way.
 */
export async function ensureCodeServer(
  which: WorkbenchVersion,
  log: (line: string) => void = () => undefined,
): Promise<CodeServer> {
  const release = releases[which];
  const folder = await installOnce(
    `code-server-${release.codeServer}`,
    (partial) => install(release, partial, log),
    log,
  );
  const vscode = vscodeFolder(folder);
  const { version } = JSON.parse(await fs.readFile(path.join(vscode, 'package.json'), 'utf8')) as {
    version: string;
  };
  return {
    version,
    node: nodeBinary(folder),
    serverMain: path.join(vscode, 'out', 'server-main.js'),
  };
}

/** `newest` is what people run today; `oldest` is the lowest that `engines.vscode` admits. */
export type WorkbenchVersion = 'newest' | 'oldest';

export interface CodeServer {
  /** Of VS Code, for instance `1.139.1`. */
  readonly version: string;
  /** The Node binary this server was made for. */
  readonly node: string;
  /** `server-main.js`: the server, and the installer of extensions. */
  readonly serverMain: string;
}

interface Release {
  readonly codeServer: string;
  /** code-server demands exactly this major; the rest is pinned so that runs repeat. */
  readonly node: string;
  /** Native parts built here: log files and the watch on the parent process. */
  readonly compile: readonly string[];
  /** Some extensions of older releases look for their files under this second name. */
  readonly asarLink: boolean;
}

const releases: Record<WorkbenchVersion, Release> = {
  newest: {
    codeServer: '4.139.1',
    node: '24.21.0',
    compile: ['@vscode/spdlog', '@vscode/native-watchdog'],
    asarLink: false,
  },
  // Nothing is compiled for the oldest: it then logs to its console, and the compiler takes longer
  // than everything else together.
  oldest: { codeServer: '4.103.2', node: '22.23.3', compile: [], asarLink: true },
};

const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];

async function install(
  release: Release,
  folder: string,
  log: (line: string) => void,
): Promise<void> {
  log(`VS Code server: fetching code-server ${release.codeServer} and Node ${release.node}`);
  await fs.writeFile(path.join(folder, 'package.json'), '{ "private": true }\n');
  await Promise.all([
    runTool('npm', ['install', `${nodePackage()}@${release.node}`, '--ignore-scripts', ...quiet], {
      cwd: folder,
    }),
    unpack(release, folder),
  ]);
  const vscode = vscodeFolder(folder);
  log('VS Code server: installing what it depends on');
  const dependencies = ['install', '--omit=dev', '--ignore-scripts', ...quiet];
  // Install scripts stay off: one of them needs Kerberos headers that most machines lack.
  await runTool('npm', dependencies, { cwd: vscode });
  await Promise.all([
    runTool('npm', dependencies, { cwd: path.join(vscode, 'extensions') }),
    compile(release, vscode, log),
  ]);
  if (release.asarLink) await fs.symlink('node_modules', path.join(vscode, 'node_modules.asar'));
}

/** The tarball alone: code-server's own web server and its dependencies are not used. */
async function unpack(release: Release, folder: string): Promise<void> {
  const packed = await runTool(
    'npm',
    ['pack', `code-server@${release.codeServer}`, '--silent', ...quiet],
    { cwd: folder },
  );
  const tarball = packed.trim().split('\n').at(-1) ?? '';
  await runTool('tar', ['-xzf', tarball], { cwd: folder });
  await fs.rm(path.join(folder, tarball));
}

/** Without a compiler the server still runs, so a failure is only told. */
async function compile(
  release: Release,
  vscode: string,
  log: (line: string) => void,
): Promise<void> {
  if (release.compile.length === 0) return;
  log('VS Code server: compiling its log writer');
  try {
    await Promise.all(
      release.compile.map((name) =>
        runTool('npm', ['rebuild', name, '--loglevel=error'], { cwd: vscode }),
      ),
    );
  } catch (error) {
    log(`VS Code server: not compiled, it will log to its console only (${String(error)})`);
  }
}

function vscodeFolder(folder: string): string {
  return path.join(folder, 'package', 'lib', 'vscode');
}

/** The package of the npm registry that carries Node's binary for this machine. */
function nodePackage(): string {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const prefix = platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${platform}-${process.arch}`;
}

function nodeBinary(folder: string): string {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return path.join(folder, 'node_modules', nodePackage(), 'bin', name);
}

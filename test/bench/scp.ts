import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { CleanUp } from './cleanUp';
import { endProcess } from './endProcess';
import { TreeMemory } from './treeMemory';
import type { Measurement } from './twoProcesses';

const run = promisify(execFile);

/** Milliseconds for the server to answer. */
const START_LIMIT_MS = 5_000;
const LOOK_EVERY_MS = 50;
/** Where sshd is not on the path of ordinary people. */
const SSHD_PLACES = [
  '/usr/sbin/sshd',
  '/usr/local/sbin/sshd',
  '/usr/bin/sshd',
  '/opt/homebrew/sbin/sshd',
];
/** A server that root starts insists on it. */
const PRIVILEGE_FOLDER = '/run/sshd';

/** scp on loopback, by an SSH server of our own with keys that are thrown away. */
export class Scp {
  readonly #server: ChildProcess;
  readonly #folder: string;
  readonly #port: number;
  readonly #cleanUp: CleanUp;

  /** @throws an Error whose message says what is missing */
  static async start(parent: string, cleanUp: CleanUp): Promise<Scp> {
    const sshd = await findSshd();
    await run('scp', ['-V']).catch((thrown: unknown) => {
      // Every scp knows that it does not know -V.
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') throw new Error('no scp here');
    });
    const folder = await mkdtemp(path.join(parent, 'ssh-'));
    cleanUp.add(() => rm(folder, { recursive: true, force: true }));
    for (const name of ['host', 'user']) {
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(folder, name)]);
    }
    if (process.getuid?.() === 0) await makePrivilegeFolder(cleanUp);
    const port = await freePort();
    const config = path.join(folder, 'config');
    await writeFile(config, serverConfig(folder, port), { mode: 0o600 });
    await chmod(folder, 0o700);
    const server = spawn(sshd, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    cleanUp.add(() => endProcess(server));
    await answering(server, port);
    return new Scp(server, folder, port, cleanUp);
  }

  private constructor(server: ChildProcess, folder: string, port: number, cleanUp: CleanUp) {
    this.#server = server;
    this.#folder = folder;
    this.#port = port;
    this.#cleanUp = cleanUp;
  }

  /**
   * Copies the file, or the folder with all that is in it. The time of an empty copy is taken off,
   * so that what remains begins with the first byte as it does for the others.
   */
  async copy(source: { readonly path: string; readonly bytes: number }): Promise<Measurement> {
    const empty = path.join(this.#folder, 'empty');
    await writeFile(empty, '');
    const greeting = await this.#copy(empty);
    const { ms, sender, receiver } = await this.#copy(source.path, ['-r']);
    return {
      bytes: source.bytes,
      timing: { transferMs: ms - greeting.ms },
      sender: { peak: sender, atTenth: sender, atEnd: sender },
      receiver: { peak: receiver, atTenth: receiver, atEnd: receiver },
    };
  }

  async #copy(
    source: string,
    more: readonly string[] = [],
  ): Promise<{ ms: number; sender: number; receiver: number }> {
    const target = path.join(this.#folder, 'received');
    const start = performance.now();
    const child = spawn(
      'scp',
      [...this.#flags(), ...more, source, `${userInfo().username}@127.0.0.1:${target}`],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    const undo = this.#cleanUp.add(() => endProcess(child));
    const [sender, receiver] = [new TreeMemory(child.pid), new TreeMemory(this.#server.pid)];
    const looking = setInterval(() => {
      void Promise.all([sender.look(), receiver.look()]);
    }, LOOK_EVERY_MS);
    try {
      const said = text(child);
      const [code] = (await once(child, 'exit')) as [number | null];
      const ms = performance.now() - start;
      if (code !== 0) throw new Error(`scp said: ${said().trim()}`);
      return { ms, sender: sender.peak, receiver: receiver.peak };
    } finally {
      clearInterval(looking);
      await undo();
      await rm(target, { recursive: true, force: true });
    }
  }

  #flags(): string[] {
    const options = [
      'BatchMode=yes',
      'IdentitiesOnly=yes',
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'LogLevel=ERROR',
    ];
    return [
      ...['-q', '-F', '/dev/null', '-P', String(this.#port), '-i', path.join(this.#folder, 'user')],
      ...options.flatMap((option) => ['-o', option]),
    ];
  }
}

function serverConfig(folder: string, port: number): string {
  return [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${path.join(folder, 'host')}`,
    `AuthorizedKeysFile ${path.join(folder, 'user.pub')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    `AllowUsers ${userInfo().username}`,
    'Subsystem sftp internal-sftp',
    '',
  ].join('\n');
}

async function findSshd(): Promise<string> {
  for (const place of SSHD_PLACES) {
    const isThere = await access(place).then(
      () => true,
      () => false,
    );
    if (isThere) return place;
  }
  throw new Error('no SSH server (sshd) is installed');
}

async function makePrivilegeFolder(cleanUp: CleanUp): Promise<void> {
  try {
    await mkdir(PRIVILEGE_FOLDER, { mode: 0o755 });
  } catch {
    return; // It is there, and somebody else's.
  }
  cleanUp.add(() => rmdir(PRIVILEGE_FOLDER));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answering(server: ChildProcess, port: number): Promise<void> {
  const said = text(server);
  const giveUpAt = performance.now() + START_LIMIT_MS;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`the SSH server said: ${said().trim()}`);
    if (await answers(port)) return;
    if (performance.now() > giveUpAt) throw new Error('the SSH server does not answer');
    await delay(LOOK_EVERY_MS);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

/** What a process says on its error output. */
function text(child: ChildProcess): () => string {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return () => said;
}

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Member } from '../service/household';
import { builtProgram } from '../support/builtProgram';
import { CLI } from '../support/runCli';
import type { RunningHub } from '../support/withHub';

const SOURCE = path.join(__dirname, 'killable.ts');

export interface Programs {
  /** Empty before each test. Short, since the path of a socket may not be long. */
  readonly folder: string;
  /** Runs from `before` on. */
  readonly hub: HubProcess;
  /** An engine's process that has loaded everything and opened nothing. */
  engine(): Promise<Member>;
}

/** A hub in a process of its own, and engines' processes, all ended by their id. */
export function withPrograms(): Programs {
  let folder = '';
  const running = new Set<Member>();
  before(async function () {
    this.timeout(60_000);
    ready ??= buildAndStart();
    await ready;
  });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'bl-'));
  });
  afterEach(async () => {
    await Promise.all([...running].map((member) => member.kill()));
    await rm(folder, { recursive: true, force: true });
  });
  return {
    get folder() {
      return folder;
    },
    hub,
    async engine() {
      const member = new Member(
        spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'pipe'] }),
      );
      running.add(member);
      void member.exited.then(() => running.delete(member));
      await member.ready;
      return member;
    },
  };
}

/** Building and starting take seconds, and are done once for all files of a run. */
let ready: Promise<void> | undefined;
let program = '';

async function buildAndStart(): Promise<void> {
  program = await builtProgram(SOURCE);
  await hub.start();
}

/** The shipped program's hub. Killed, it comes back at the same addresses with the same state. */
export class HubProcess implements RunningHub {
  url = '';
  bootstrap: string[] = [];
  #folder: string | undefined;
  #child: ChildProcess | undefined;

  async start(): Promise<void> {
    this.#folder ??= await mkdtemp(path.join(os.tmpdir(), 'bl-hub-'));
    const portOf = (address = ''): string => /:(\d+)$/.exec(address)?.[1] ?? '0';
    const child = spawn(
      process.execPath,
      [
        ...[CLI, 'hub', '--json', '--data', path.join(this.#folder, 'data')],
        ...['--port', portOf(this.url), '--dht-port', portOf(this.bootstrap[0])],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const said = JSON.parse(line) as { event: string; url: string; bootstrap: string[] };
      if (said.event !== 'ready') continue;
      this.url = said.url;
      this.bootstrap = said.bootstrap;
      return;
    }
    throw new Error('the hub ended before it was ready');
  }

  /** By SIGKILL. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Kills it, and removes what it kept. */
  async end(): Promise<void> {
    await this.stop();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}

const hub = new HubProcess();
// Registered where the file is loaded, which is the root: after the last test of the run.
after(() => hub.end());

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { EngineConfig } from '../../src/core/engineConfig';
import { fromData } from '../../src/core/errors';
import type { EngineEvent, EngineSnapshot } from '../../src/core/events';
import { builtProgram } from '../support/builtProgram';
import type { Command, Said } from '../support/engineProcess';

const SOURCE = path.join(__dirname, '../support/engineProcess.ts');
/** Milliseconds after which a step that hangs says so. */
const STEP_MS = 30_000;

/** A process that opens the engine of a home, and all that it has said. */
export class Member {
  readonly events: EngineEvent[] = [];
  readonly logs: string[] = [];
  readonly ready: Promise<void>;
  readonly exited: Promise<void>;
  private readonly waiting = new Map<number, (said: Said) => void>();
  private readonly watchers = new Set<() => void>();
  private last = 0;
  private text = '';
  stderr = '';

  constructor(private readonly child: ChildProcess) {
    let ready: () => void = () => undefined;
    this.ready = new Promise((resolve) => {
      ready = resolve;
    });
    child.stderr?.on('data', (data: Buffer) => (this.stderr += String(data)));
    child.stdin?.on('error', () => undefined);
    child.stdout?.setEncoding('utf8').on('data', (data: string) => {
      const lines = (this.text + data).split('\n');
      this.text = lines.pop() ?? '';
      for (const line of lines) {
        const said = JSON.parse(line) as Said;
        if (said.say === 'ready') ready();
        else if (said.say === 'event') this.events.push(said.event);
        else if (said.say === 'log') this.logs.push(said.line);
        else this.waiting.get(said.id)?.(said);
      }
      for (const watcher of [...this.watchers]) watcher();
    });
    this.exited = new Promise((resolve) => {
      child.on('close', () => {
        resolve();
      });
    });
  }

  /** Rejects with what the engine threw there; never settles when the process is killed first. */
  async ask<T = unknown>(command: Command): Promise<T> {
    const id = ++this.last;
    const said = new Promise<Said>((resolve) => this.waiting.set(id, resolve));
    this.child.stdin?.write(`${JSON.stringify({ id, ...command })}\n`);
    const answer = await inTime(said, () => `no answer to "${command.do}"\n${this.describe()}`);
    if (answer.say === 'failed') throw fromData(answer.error);
    return (answer.say === 'done' ? answer.result : undefined) as T;
  }

  snapshot(): Promise<EngineSnapshot> {
    return this.ask({ do: 'snapshot' });
  }

  /** The first event that the filter accepts, from the `since`-th on. */
  async told(
    what: string,
    accept: (event: EngineEvent) => boolean,
    since = 0,
  ): Promise<EngineEvent> {
    const find = (): EngineEvent | undefined => this.events.slice(since).find(accept);
    let watcher: () => void = () => undefined;
    const found = new Promise<EngineEvent>((resolve) => {
      watcher = () => {
        const event = find();
        if (event !== undefined) resolve(event);
      };
      this.watchers.add(watcher);
      watcher();
    });
    try {
      return await inTime(found, () => `never told ${what}\n${this.describe()}`);
    } finally {
      this.watchers.delete(watcher);
    }
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** As a laptop that is closed: nothing of the process runs until it is woken. */
  sleep(): void {
    this.child.kill('SIGSTOP');
  }

  wake(): void {
    this.child.kill('SIGCONT');
  }

  private describe(): string {
    return [
      ...this.events.slice(-12).map((event) => JSON.stringify(event)),
      ...this.logs.slice(-12),
      this.stderr,
    ].join('\n');
  }
}

export interface Household {
  /** Empty before each test. */
  readonly folder: string;
  readonly home: string;
  /** Processes that have loaded everything and opened nothing. */
  spawn(count: number): Promise<Member[]>;
  /** Processes of the home, one after the other, the first of them the owner. */
  open(count: number, config: EngineConfig): Promise<Member[]>;
  /** The one that owns the engine, as soon as there is exactly one. */
  owner(among: readonly Member[]): Promise<Member>;
}

/** A home and its processes, for each test of a `describe`. */
export function withHousehold(): Household {
  let folder = '';
  const members = new Set<Member>();
  const household: Household = {
    get folder() {
      return folder;
    },
    get home() {
      return path.join(folder, 'home');
    },
    async spawn(count) {
      const program = await builtProgram(SOURCE);
      const spawned = Array.from({ length: count }, () => {
        const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'pipe'] });
        const member = new Member(child);
        members.add(member);
        void member.exited.then(() => members.delete(member));
        return member;
      });
      await Promise.all(spawned.map(({ ready }) => inTime(ready, () => 'a process did not start')));
      return spawned;
    },
    async open(count, config) {
      const opened = await household.spawn(count);
      for (const member of opened) await member.ask({ do: 'open', home: household.home, config });
      return opened;
    },
    async owner(among) {
      for (const deadline = Date.now() + STEP_MS; Date.now() < deadline;) {
        // Whoever owns nothing yet is waited for: a snapshot comes only from a running engine.
        await Promise.all(among.map((member) => member.snapshot()));
        const owns = await Promise.all(among.map((each) => each.ask<boolean>({ do: 'isOwner' })));
        const owners = among.filter((_, index) => owns[index]);
        if (owners.length > 1) throw new Error(`${String(owners.length)} processes own the home`);
        if (owners[0] !== undefined) return owners[0];
      }
      throw new Error('nobody owns the home');
    },
  };
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'bl-'));
  });
  afterEach(async () => {
    await Promise.all([...members].map((member) => member.kill()));
    // Engines in this process are stopped after this, and may write until then.
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  return household;
}

async function inTime<T>(promise: Promise<T>, late: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(late()));
    }, STEP_MS);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** A configuration whose task service is nowhere, for tests that need none. */
export function configAt(atsUrl: string, actorId: string, saveDirectory: string): EngineConfig {
  return {
    atsUrl,
    actorId,
    actorName: actorId,
    actorType: 'agent',
    channel: 'p2p-transfer',
    saveDirectory,
    timeoutMs: 30_000,
  };
}

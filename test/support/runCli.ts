import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');
/** The program as it is shipped. */
export const CLI = path.join(root, 'dist', 'cli.js');

/** Milliseconds after which a step that hangs says so, with all that was printed. */
const STEP_MS = 45_000;

export type JsonLine = Readonly<Record<string, unknown>> & { readonly event: string };

/** A running program, its lines as they come. */
export class CliProcess {
  stdout = '';
  stderr = '';
  readonly exited: Promise<number | null>;
  private wake: () => void = () => undefined;

  constructor(
    readonly child: ChildProcess,
    private readonly args: readonly string[],
  ) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.wake();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.wake();
    });
    this.exited = new Promise((resolve) => {
      child.on('close', (code) => {
        resolve(code);
        this.wake();
      });
    });
  }

  /** All JSON lines so far; a line that is none fails the test. */
  get lines(): JsonLine[] {
    const complete = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
    return complete
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JsonLine);
  }

  /** The first line of this event that the filter accepts, now or later. */
  async line(event: string, accept: (line: JsonLine) => boolean = () => true): Promise<JsonLine> {
    let found: JsonLine | undefined;
    await this.until(() => {
      found = this.lines.find((line) => line.event === event && accept(line));
      return found !== undefined;
    }, `a line "${event}"`);
    if (found === undefined) throw new Error(`there is no line "${event}"`);
    return found;
  }

  /** Waits until what was printed satisfies the condition. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + STEP_MS;
    while (!condition()) {
      const ended = this.child.exitCode !== null || this.child.signalCode !== null;
      if (ended || Date.now() > deadline) throw new Error(this.describe(`waited for ${what}`));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** The exit code of a program that ends by itself. */
  async end(): Promise<number | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(this.describe('waited for its end')));
      }, STEP_MS);
    });
    try {
      return await Promise.race([this.exited, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  private describe(what: string): string {
    return (
      `${what}: beeline ${this.args.join(' ')} (exit ${String(this.child.exitCode)})\n` +
      `--- stdout\n${this.stdout.slice(-4000)}\n--- stderr\n${this.stderr.slice(-4000)}`
    );
  }
}

export interface CliSandbox {
  /** Working folder of every program started here, empty before each test. */
  readonly cwd: string;
  readonly path: (...parts: string[]) => string;
  /** Starts the shipped program, apart from all settings of the person who runs the tests. */
  start(
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
    /** A program that starts it elsewhere, such as `ip netns exec NAME`. */
    within?: readonly string[],
  ): CliProcess;
  /** Ends this one too before the folder is removed that it writes to. */
  adopt(one: CliProcess): void;
}

/** A folder and programs that end with each test of a `describe`. */
export function withCli(): CliSandbox {
  let cwd = '';
  const running = new Set<CliProcess>();
  const adopt = (one: CliProcess): void => {
    running.add(one);
    void one.exited.then(() => running.delete(one));
  };

  before(() => {
    if (!existsSync(CLI)) throw new Error(`${CLI} is missing: run "npm run build" first`);
  });
  beforeEach(async () => {
    cwd = await mkdtemp(path.join(os.tmpdir(), 'beeline-cli-'));
  });
  afterEach(async () => {
    for (const one of running) one.kill('SIGKILL');
    await Promise.all([...running].map((one) => one.exited));
    running.clear();
    await rm(cwd, { recursive: true, force: true });
  });

  return {
    get cwd() {
      return cwd;
    },
    path: (...parts) => path.join(cwd, ...parts),
    adopt,
    start(args, env = {}, within = []) {
      const inherited = Object.entries(process.env).filter(
        ([name]) => !/^(ATS|BEELINE|NODE)_/.test(name),
      );
      const [program = process.execPath, ...rest] = [...within, process.execPath, CLI, ...args];
      const child = spawn(program, rest, {
        cwd,
        env: { ...Object.fromEntries(inherited), HOME: cwd, USERPROFILE: cwd, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const one = new CliProcess(child, args);
      adopt(one);
      return one;
    },
  };
}

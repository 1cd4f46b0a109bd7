import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { projectRoot } from '../../test/support/workbench/projectRoot';

/** One line that the program prints with `--json`. */
export interface JsonEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** The shipped command line program, run with `--json`, and what it has told. */
export class JsonProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #told: JsonEvent[] = [];
  readonly #changed = new EventEmitter();
  readonly #ended: Promise<number | null>;
  #stderr = '';

  constructor(
    readonly name: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
    onEvent: (event: JsonEvent) => void = () => undefined,
    /** All that it reads on standard input; null leaves that open for what is said later. */
    input?: string | null,
  ) {
    const cli = path.join(projectRoot, 'dist/cli.js');
    // A group of its own, so that Ctrl-C in the terminal reaches only the demo, which then ends
    // the others in order.
    this.#child = spawn(process.execPath, [cli, ...args, '--json'], {
      env: { ...process.env, ...env },
      detached: true,
      stdio: 'pipe',
    });
    // A program that ended before it had read everything has said why.
    this.#child.stdin.on('error', () => undefined);
    if (input !== null) this.#child.stdin.end(input);
    running.add(this.#child);
    createInterface(this.#child.stdout).on('line', (line) => {
      const event = JSON.parse(line) as JsonEvent;
      this.#told.push(event);
      onEvent(event);
      this.#changed.emit('change');
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        running.delete(this.#child);
        this.#changed.emit('change');
        resolve(code);
      });
    });
  }

  /** The first event, past or future, that is such a one. */
  async waitFor(
    is: (event: JsonEvent) => boolean,
    what: string,
    limitMs = WAIT_LIMIT_MS,
  ): Promise<JsonEvent> {
    const signal = AbortSignal.timeout(limitMs);
    for (;;) {
      const found = this.#told.find(is);
      if (found !== undefined) return found;
      if (!running.has(this.#child)) throw this.#failure(`ended before ${what}`);
      const failed = this.#told.find(({ event }) => event === 'failed');
      if (failed !== undefined) throw this.#failure(`failed before ${what}`);
      try {
        await once(this.#changed, 'change', { signal });
      } catch {
        throw this.#failure(`said nothing of ${what} in ${String(limitMs)} ms`);
      }
    }
  }

  /** Writes one line to its standard input; without anything to say, ends that. */
  say(line?: Readonly<Record<string, unknown>>): void {
    if (line === undefined) this.#child.stdin.end();
    else this.#child.stdin.write(`${JSON.stringify(line)}\n`);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Its exit code, null after a signal. */
  exitCode(): Promise<number | null> {
    return this.#ended;
  }

  /** Asks it to end as Ctrl-C does, and makes it end when it does not. */
  async stop(): Promise<void> {
    if (!running.has(this.#child)) return;
    this.#child.kill('SIGINT');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Ends it without a moment for farewells, as a crash or a power cut does. */
  async crash(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #failure(what: string): Error {
    const told = this.#told.map((event) => JSON.stringify(event)).join('\n');
    return new Error(`${this.name} ${what}. It told:\n${told}\n${this.#stderr}`);
  }
}

const WAIT_LIMIT_MS = 60_000;
/** Longer than the program gives its own farewells. */
const STOP_GRACE_MS = 8000;

/** If this process ends without stopping them, they end with it. */
const running = new Set<ChildProcessByStdio<Writable, Readable, Readable>>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

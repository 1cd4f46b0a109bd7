import { spawn, spawnSync } from 'node:child_process';
import { CLI, CliProcess, type CliSandbox } from '../support/runCli';

/** The program with a terminal for input and output, echo included. */
export type TerminalProcess = CliProcess & { type(text: string): void };

/**
 * Starts the shipped program on pseudo terminals; what still runs after a test is killed. Its tests
 * are skipped where there is no way to make a terminal.
 * @param options.columns width of the screen; what the system takes by itself when absent
 */
export function withTerminals(
  cli: CliSandbox,
  options: { readonly columns?: number; readonly env?: Readonly<Record<string, string>> } = {},
): (...args: string[]) => TerminalProcess {
  const running: CliProcess[] = [];
  before(function () {
    // util-linux's `script` makes a real pseudo terminal; where it is missing there is nothing to test on.
    if (process.platform !== 'linux' || spawnSync('script', ['--version']).error !== undefined) {
      this.skip();
    }
  });
  afterEach(async () => {
    // Without `script` there is no terminal any more: the kernel hangs up on the program.
    for (const one of running) one.kill('SIGKILL');
    await Promise.all(running.splice(0).map((one) => one.exited));
  });
  const { columns, env = {} } = options;
  return (...args) => {
    const words = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ');
    const command = columns === undefined ? words : `stty cols ${String(columns)}; ${words}`;
    const child = spawn('script', ['-qefc', command, '/dev/null'], {
      cwd: cli.cwd,
      env: { ...process.env, HOME: cli.cwd, BEELINE_HOME: '', SHELL: '/bin/sh', ...env },
    });
    const type = (text: string): void => {
      child.stdin.write(text);
    };
    const one = Object.assign(new CliProcess(child, args), { type });
    running.push(one);
    return one;
  };
}

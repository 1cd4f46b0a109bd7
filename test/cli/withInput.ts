import { spawn } from 'node:child_process';
import { CLI, CliProcess, type CliSandbox } from '../support/runCli';

export interface TalkingProcess extends CliProcess {
  /** Writes lines to its standard input. */
  say(...lines: readonly string[]): void;
  /** Ends its standard input. */
  hush(): void;
}

/** Programs whose standard input is a pipe that the test writes to; they end with each test. */
export function withInput(cli: CliSandbox): (...args: string[]) => TalkingProcess {
  return (...args) => {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(ATS|BEELINE|NODE)_/.test(name),
    );
    const env = { ...Object.fromEntries(inherited), HOME: cli.cwd, USERPROFILE: cli.cwd };
    const child = spawn(process.execPath, [CLI, ...args], { cwd: cli.cwd, env, stdio: 'pipe' });
    // Who ends early does not read what is still written.
    child.stdin.on('error', () => undefined);
    const one = Object.assign(new CliProcess(child, args), {
      say: (...lines: readonly string[]): void => {
        child.stdin.write(lines.map((line) => `${line}\n`).join(''));
      },
      hush: (): void => {
        child.stdin.end();
      },
    });
    cli.adopt(one);
    return one;
  };
}

import { spawn } from 'node:child_process';

/** Runs a program to its end and gives what it wrote to stdout; fails with what it wrote at all. */
export async function runTool(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...cleanEnv(), ...options.env },
      // npm is a script on Windows, and those only start through a shell.
      shell: process.platform === 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let all = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      all += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      all += text;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(stdout);
      else {
        const end = signal ?? `exit code ${String(code)}`;
        reject(new Error(`${program} ${args.join(' ')} ended with ${end}:\n${all.slice(-4000)}`));
      }
    });
  });
}

/** Our own `npm run` describes this project in the environment; npm elsewhere must not read it. */
function cleanEnv(): NodeJS.ProcessEnv {
  const ours = /^npm_(package_|lifecycle_|config_(local_prefix|prefix$|workspace))/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

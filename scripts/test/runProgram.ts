import { spawn } from 'node:child_process';
import path from 'node:path';

/** Runs a program, also one that a package of ours brings, and gives its exit code. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly print: (text: string) => void; readonly env?: NodeJS.ProcessEnv },
): Promise<number | null> {
  const local = path.join('node_modules', '.bin');
  const PATH = `${local}${path.delimiter}${process.env['PATH'] ?? ''}`;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env, PATH },
      shell: process.platform === 'win32',
      timeout: LIMIT_MS,
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', options.print);
    }
    child.once('error', reject);
    child.once('exit', (code) => {
      // What a program left running may hold the pipes open; its last words have a moment.
      const late = setTimeout(resolve, LAST_WORDS_MS, code);
      child.once('close', () => {
        clearTimeout(late);
        resolve(code);
      });
    });
  });
}

/** A program that hangs must not hang the run. */
const LIMIT_MS = 20 * 60 * 1000;
const LAST_WORDS_MS = 1000;

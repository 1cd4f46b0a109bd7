import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { builtProgram } from '../../support/builtProgram';

const SCRIPT = path.join(import.meta.dirname, 'homeProcess.ts');

/** Starts the given command lines of `homeProcess.ts`, lets all go at once, and gives their words. */
export async function atOnce(
  calls: readonly (readonly string[])[],
  start: (args: readonly string[]) => ChildProcess = (args) =>
    spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] }),
): Promise<Record<string, unknown>[]> {
  const program = await builtProgram(SCRIPT);
  const children = calls.map((call) => start([program, ...call]));
  try {
    const lines = children.map(({ stdout }) => {
      if (stdout === null) throw new Error('a process without an output');
      return createInterface({ input: stdout })[Symbol.asyncIterator]();
    });
    await Promise.all(lines.map((line) => line.next()));
    for (const { stdin } of children) stdin?.write('go');
    const said = await Promise.all(lines.map((line) => line.next()));
    return said.map(({ value }) => JSON.parse(String(value)) as Record<string, unknown>);
  } finally {
    await Promise.all(
      children.map(async (child) => {
        child.stdin?.end();
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      }),
    );
  }
}

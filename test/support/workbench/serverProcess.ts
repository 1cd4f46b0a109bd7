import { spawn } from 'node:child_process';
import os from 'node:os';

/** Starts a VS Code server in a process group of its own and waits until it answers. */
export async function startServer(
  node: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<ServerProcess> {
  const child = spawn(node, args, {
    cwd: os.tmpdir(),
    env: { ...inheritedEnv(), ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      resolve(child.pid ?? 0);
    });
  });
  groups.add(pid);
  const stop = () => endGroup(pid);
  let output = '';
  try {
    const port = await new Promise<number>((resolve, reject) => {
      const told = (text: string) => {
        output = (output + text).slice(-MAX_OUTPUT);
        const found = /listening on (\d+)/.exec(output)?.[1];
        if (found !== undefined) resolve(Number(found));
      };
      child.stdout.setEncoding('utf8').on('data', told);
      child.stderr.setEncoding('utf8').on('data', told);
      child.once('close', (code) => {
        reject(new Error(`The VS Code server ended (${String(code)}):\n${output.slice(-4000)}`));
      });
    });
    await answers(`http://127.0.0.1:${String(port)}/`);
    return { pid, port, output: () => output, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  readonly output: () => string;
  stop(): Promise<void>;
}

/** Characters of output kept for the report of a failure. */
const MAX_OUTPUT = 200_000;
/** How long a server that was told to end may take, deactivation of extensions included. */
const STOP_GRACE_MS = 6000;
const START_LIMIT_MS = 60_000;
const POLL_MS = 50;

async function answers(url: string): Promise<void> {
  const end = Date.now() + START_LIMIT_MS;
  for (;;) {
    const status = await fetch(url, { signal: AbortSignal.timeout(5000) }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 0,
    );
    if (status === 200) return;
    if (Date.now() > end) throw new Error(`The VS Code server at ${url} does not answer.`);
    await pause();
  }
}

/** The groups that run; if this process ends without stopping them, they end with it. */
const groups = new Set<number>();

process.on('exit', () => {
  for (const pid of groups) signal(pid, 'SIGKILL');
});

/** The server ends its extension hosts in peace; whatever of the group is left then is killed. */
async function endGroup(leader: number): Promise<void> {
  if (!groups.delete(leader)) return;
  try {
    process.kill(leader, 'SIGTERM');
  } catch {
    // It ended by itself; its children may still be there.
  }
  const end = Date.now() + STOP_GRACE_MS;
  while (signal(leader, 0)) {
    if (Date.now() > end) signal(leader, 'SIGKILL');
    await pause();
  }
}

/** Whether a process of the group was there to receive it. */
function signal(leader: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, name);
    return true;
  } catch {
    return false;
  }
}

/** An editor that starts us marks its children; a server that inherited that would act as a child. */
function inheritedEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$|npm_)/.test(name),
    ),
  );
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

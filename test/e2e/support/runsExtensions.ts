import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Workbench } from '../../support/workbench/workbench';

const run = promisify(execFile);

/** Whether some window of this editor still has its extensions running, or is just ending them. */
export async function runsExtensions({ serverPid }: Workbench): Promise<boolean> {
  const { stdout } = await run('ps', ['-A', '-o', 'pgid=,args=']);
  return stdout
    .split('\n')
    .some((line) => line.trim().startsWith(`${String(serverPid)} `) && line.includes(EXTENSIONS));
}

/** As the editor marks the process in which extensions run. */
const EXTENSIONS = '--type=extensionHost';

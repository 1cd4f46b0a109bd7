import { readFile } from 'node:fs/promises';

/** The resident memory of a process and all its children together, from outside. Linux only. */
export class TreeMemory {
  /** Bytes; 0 where the system does not tell. */
  peak = 0;
  readonly #pid: number | undefined;

  constructor(pid: number | undefined) {
    this.#pid = pid;
  }

  async look(): Promise<void> {
    if (this.#pid !== undefined) this.peak = Math.max(this.peak, await treeBytes(this.#pid));
  }
}

async function treeBytes(pid: number): Promise<number> {
  const own = /^VmRSS:\s+(\d+) kB$/m.exec(await read(`/proc/${pid}/status`))?.[1] ?? '0';
  const children = (await read(`/proc/${pid}/task/${pid}/children`)).split(' ').filter(Boolean);
  const below = await Promise.all(children.map((child) => treeBytes(Number(child))));
  return below.reduce((sum, bytes) => sum + bytes, Number(own) * 1024);
}

/** Empty for a process that has just ended, and for a system without such files. */
function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

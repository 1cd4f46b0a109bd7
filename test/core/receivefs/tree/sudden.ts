import fs from 'node:fs';
import promises, { type FileHandle } from 'node:fs/promises';

/**
 * Lets this process die, as far as the disk can tell: after so many calls that change it, no further
 * one has any effect. What was done stays, as after SIGKILL; what waits in memory is lost.
 */
export class SuddenEnd {
  calls = 0;
  #undo: (() => void)[] = [];

  private constructor(readonly after: number) {}

  static async begin(after: number): Promise<SuddenEnd> {
    const end = new SuddenEnd(after);
    const handle = await promises.open(__filename, 'r');
    const prototype = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const inPromises = ['rename', 'mkdir', 'link', 'rm', 'rmdir', 'symlink', 'chmod', 'lutimes'];
    for (const name of [...inPromises, 'open']) end.#patch(promises, name, 'rejects');
    const onHandles = ['write', 'writev', 'appendFile', 'truncate', 'chmod', 'utimes'];
    for (const name of onHandles) end.#patch(prototype, name, 'rejects');
    end.#patch(fs, 'mkdirSync', 'throws');
    // As records of a home get their names.
    end.#patch(fs, 'rename', 'calls');
    for (const name of ['open', 'write', 'futimes', 'fchmod']) {
      end.#patch(fs, name, 'calls');
      end.#patch(fs, `${name}Sync`, 'throws');
    }
    return end;
  }

  get isOver(): boolean {
    return this.calls > this.after;
  }

  stop(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }

  #patch(target: object, name: string, how: 'rejects' | 'throws' | 'calls'): void {
    const record = target as Record<string, (...args: unknown[]) => unknown>;
    const original = record[name];
    if (original === undefined) throw new Error(`there is no ${name}`);
    const step = (args: readonly unknown[]): Error | undefined => {
      if (name.startsWith('open') && !changes(args[1])) return undefined;
      this.calls++;
      return this.isOver ? Object.assign(new Error('dead'), { code: 'EIO' }) : undefined;
    };
    record[name] = function (this: unknown, ...args: unknown[]): unknown {
      const dead = step(args);
      if (dead === undefined) return original.apply(this, args);
      if (how === 'throws') throw dead;
      if (how === 'rejects') return Promise.reject(dead);
      (args.at(-1) as (thrown: Error) => void)(dead);
      return undefined;
    };
    this.#undo.push(() => {
      record[name] = original;
    });
  }
}

function changes(flags: unknown): boolean {
  if (typeof flags === 'number')
    return (flags & (fs.constants.O_CREAT | fs.constants.O_TRUNC)) !== 0;
  return typeof flags === 'string' && flags !== 'r';
}

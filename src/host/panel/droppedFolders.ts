import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { isEnded, type Transfer } from '../../core/events';
import { stateKeys } from '../ids';

/** What the editor remembers for the extension; anything may have been written there before. */
interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

interface Kept {
  readonly transferId: string;
  readonly folder: string;
  /** Milliseconds of this machine's clock. */
  readonly since: number;
}

/** Milliseconds from when a folder is kept until its transfer is surely known to every window. */
const YOUNG_MS = 60_000;

/**
 * The folders that dropped files lie in while they are sent. Remembered, because a window that is
 * closed in the middle leaves the sending to another process, and the folder to the next window.
 */
export class DroppedFolders {
  constructor(private readonly memory: Memory) {}

  async keep(transferId: string, folder: string): Promise<void> {
    const kept: Kept = { transferId, folder, since: Date.now() };
    await this.memory.update(stateKeys.droppedFolders, [...this.list(), kept]);
  }

  /** What was kept for nothing: it was not offered after all. */
  async release(transferId: string): Promise<void> {
    await this.remove((kept) => kept.transferId === transferId);
  }

  /** Removes those whose transfer has ended, or is not known any more. */
  async sweep(transfers: readonly Transfer[], now = Date.now()): Promise<void> {
    const known = new Map(transfers.map((transfer) => [transfer.transferId, transfer]));
    await this.remove(({ transferId, since }) => {
      const transfer = known.get(transferId);
      return transfer === undefined ? now - since > YOUNG_MS : isEnded(transfer);
    });
  }

  private async remove(isOver: (kept: Kept) => boolean): Promise<void> {
    const all = this.list();
    const over = all.filter(isOver);
    if (over.length === 0) return;
    await this.memory.update(
      stateKeys.droppedFolders,
      all.filter((kept) => !over.includes(kept)),
    );
    for (const { folder } of over) {
      // Only what has the shape of our own making is ever removed.
      if (isOurs(folder)) await rm(folder, { recursive: true, force: true });
    }
  }

  private list(): readonly Kept[] {
    const kept = this.memory.get(stateKeys.droppedFolders);
    const entries: readonly unknown[] = Array.isArray(kept) ? kept : [];
    return entries.filter(isKept);
  }
}

function isOurs(folder: string): boolean {
  return (
    path.dirname(folder) === path.resolve(os.tmpdir()) &&
    /^beeline-drop-\w{6}$/.test(path.basename(folder))
  );
}

function isKept(entry: unknown): entry is Kept {
  if (typeof entry !== 'object' || entry === null) return false;
  const { transferId, folder, since } = entry as Readonly<Record<string, unknown>>;
  return typeof transferId === 'string' && typeof folder === 'string' && typeof since === 'number';
}

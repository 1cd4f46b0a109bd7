import { stateKeys } from './ids';

/** As many as ended transfers are kept in view. */
const MAX_KEPT = 50;

/** Where sent files lie, by transfer id: what the engine tells of a sending names no path. */
export class SentPaths {
  constructor(private readonly memory: Memory) {}

  of(transferId: string): string | undefined {
    return this.list().find(([id]) => id === transferId)?.[1];
  }

  async remember(transferId: string, path: string): Promise<void> {
    const others = this.list().filter(([id]) => id !== transferId);
    await this.memory.update(
      stateKeys.sentPaths,
      [[transferId, path], ...others].slice(0, MAX_KEPT),
    );
  }

  private list(): readonly (readonly [string, string])[] {
    const kept = this.memory.get(stateKeys.sentPaths);
    const entries: readonly unknown[] = Array.isArray(kept) ? kept : [];
    return entries.filter(
      (entry): entry is readonly [string, string] =>
        Array.isArray(entry) &&
        entry.length === 2 &&
        entry.every((part) => typeof part === 'string'),
    );
  }
}

/** What the editor remembers for the extension; anything may have been written there before. */
interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

import { stateKeys } from './ids';

/** As many as ended transfers are kept in view. */
const MAX_KEPT = 50;

/** What was sent, so that the same can be sent again. */
export interface Sent {
  readonly paths: readonly string[];
  readonly leaveOutIgnored: boolean;
}

/** Where sent files lie, by transfer id: what the engine tells of a sending names no path. */
export class SentPaths {
  constructor(private readonly memory: Memory) {}

  of(transferId: string): Sent | undefined {
    return this.list().find((kept) => kept.transferId === transferId);
  }

  async remember(transferId: string, { paths, leaveOutIgnored }: Sent): Promise<void> {
    const others = this.list().filter((kept) => kept.transferId !== transferId);
    const kept: Kept = { transferId, paths, leaveOutIgnored };
    await this.memory.update(stateKeys.sentPaths, [kept, ...others].slice(0, MAX_KEPT));
  }

  private list(): readonly Kept[] {
    const kept = this.memory.get(stateKeys.sentPaths);
    const entries: readonly unknown[] = Array.isArray(kept) ? kept : [];
    return entries.filter(isKept);
  }
}

interface Kept extends Sent {
  readonly transferId: string;
}

function isKept(entry: unknown): entry is Kept {
  if (typeof entry !== 'object' || entry === null) return false;
  const { transferId, paths, leaveOutIgnored } = entry as Readonly<Record<string, unknown>>;
  return (
    typeof transferId === 'string' &&
    typeof leaveOutIgnored === 'boolean' &&
    Array.isArray(paths) &&
    paths.length > 0 &&
    paths.every((path) => typeof path === 'string')
  );
}

/** What the editor remembers for the extension; anything may have been written there before. */
interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

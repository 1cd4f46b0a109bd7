import { type Hash, createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errors } from '../../errors';

/** Bytes read at once. */
const READ_BYTES = 1024 * 1024;

export interface HashedFile {
  readonly sha256: Buffer;
  readonly stat: BigIntStats;
}

export interface HashOptions {
  readonly signal?: AbortSignal | undefined;
  /** Sees every byte, in order; the buffer is used again. */
  readonly onBytes?: ((bytes: Buffer) => void | Promise<void>) | undefined;
}

/**
 * SHA-256 of a plain file as it lies there. Undefined for what is none, cannot be read, or changed
 * meanwhile: nothing can be said about it then. Links are not followed. @throws CANCELLED
 */
export async function hashFile(
  file: string,
  { signal, onBytes }: HashOptions = {},
): Promise<HashedFile | undefined> {
  const handle = await open(file, READ_FLAGS).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const before = await handle.stat({ bigint: true });
    if (!before.isFile()) return undefined;
    const known = onBytes === undefined ? recallHash(before) : undefined;
    if (known !== undefined) return { sha256: known, stat: before };
    const hash = createHash('sha256');
    const size = Number(before.size);
    const read = await readThrough(handle, { from: 0, to: size }, hash, { signal, onBytes });
    const after = await handle.stat({ bigint: true });
    if (read !== size || stampOf(before) !== stampOf(after)) return undefined;
    const sha256 = hash.digest();
    rememberHash(after, sha256);
    return { sha256, stat: after };
  } catch (thrown) {
    if (signal?.aborted === true) throw errors.cancelled({ cause: thrown });
    if (isReadError(thrown)) return undefined;
    throw thrown;
  } finally {
    await handle.close();
  }
}

/** Reads a range into the hash. Resolves with the bytes, fewer only where the file ends. */
export async function readThrough(
  handle: FileHandle,
  range: { readonly from: number; readonly to: number },
  hash: Hash | undefined,
  { signal, onBytes }: HashOptions = {},
): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(range.to - range.from, 1)));
  let position = range.from;
  while (position < range.to) {
    signal?.throwIfAborted();
    const wanted = Math.min(buffer.length, range.to - position);
    const { bytesRead } = await handle.read(buffer, 0, wanted, position);
    if (bytesRead === 0) break;
    const bytes = buffer.subarray(0, bytesRead);
    hash?.update(bytes);
    const busy = onBytes?.(bytes);
    if (busy !== undefined) await busy;
    position += bytesRead;
  }
  return position - range.from;
}

/** Files whose hash is remembered: a large project. */
const MAX_REMEMBERED = 100_000;
/** Milliseconds within which a disk may give two changes the same time. */
const SETTLED_MS = 50;
const remembered = new Map<string, Buffer>();

/** What this very process read or wrote, while the file stays untouched. */
export function recallHash(stat: BigIntStats): Buffer | undefined {
  return remembered.get(stampOf(stat));
}

export function rememberHash(stat: BigIntStats, sha256: Buffer): void {
  // A change right after this moment could leave the very same times.
  if (Date.now() - Number(stat.ctimeNs / 1_000_000n) < SETTLED_MS) return;
  if (remembered.size >= MAX_REMEMBERED) {
    const oldest = remembered.keys().next();
    if (oldest.done !== true) remembered.delete(oldest.value);
  }
  remembered.set(stampOf(stat), sha256);
}

/** Another one whenever the content may be another. */
export function stampOf(stat: BigIntStats): string {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
}

/** What waits behind such a name is not waited for either: a pipe would never open. */
export const READ_FLAGS =
  constants.O_RDONLY |
  ((constants as Partial<typeof constants>).O_NOFOLLOW ?? 0) |
  ((constants as Partial<typeof constants>).O_NONBLOCK ?? 0);

function isReadError(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown;
}

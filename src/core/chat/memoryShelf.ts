import { errors } from '../errors';
import type { Shelf } from './shelf';

/** A shelf that ends with the process. */
export function memoryShelf(): Shelf {
  // In parts, so that a file grows without being copied for each line.
  const files = new Map<string, { at: number; bytes: Buffer }[]>();
  const whole = (name: string): Buffer | undefined => {
    const parts = files.get(name);
    if (parts === undefined) return undefined;
    if (parts.length === 1 && parts[0] !== undefined) return parts[0].bytes;
    const bytes = Buffer.concat(parts.map((part) => part.bytes));
    files.set(name, [{ at: 0, bytes }]);
    return bytes;
  };
  return {
    place: 'in memory',
    sizes: () =>
      Promise.resolve(
        new Map([...files.keys()].map((name) => [name, whole(name)?.length ?? 0] as const)),
      ),
    read: (name) => Promise.resolve(whole(name)),
    readAt: (name, offset, length) => {
      const bytes = whole(name);
      if (bytes === undefined || bytes.length < offset + length) {
        return Promise.reject(errors.internal(`${name} is shorter than it was`));
      }
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
    write: (name, offset, bytes) => {
      const parts = (files.get(name) ?? []).filter((part) => part.at < offset);
      if (bytes.length > 0) parts.push({ at: offset, bytes: Buffer.from(bytes) });
      files.set(name, parts);
      return Promise.resolve();
    },
    sync: () => Promise.resolve(),
    replace: (name, bytes) => {
      files.set(name, [{ at: 0, bytes: Buffer.from(bytes) }]);
      return Promise.resolve();
    },
    remove: (name) => {
      files.delete(name);
      return Promise.resolve();
    },
    setAside: (name) => {
      files.delete(name);
      return Promise.resolve();
    },
    clear: () => {
      files.clear();
      return Promise.resolve();
    },
  };
}

import type { Collection, Home } from './home';

/** A home that ends with the process: for a library node that shares nothing. */
export function memoryHome(): Home {
  const records = new Map<string, unknown>();
  const key = (collection: Collection, id: string): string => `${collection}/${id}`;
  return {
    folder: undefined,
    // Cloned both ways, so that a caller cannot change a record by keeping the object.
    read: (collection, id) => Promise.resolve(structuredClone(records.get(key(collection, id)))),
    readAll: (collection) =>
      Promise.resolve(
        [...records]
          .filter(([name]) => name.startsWith(`${collection}/`))
          .map(([, record]) => structuredClone(record)),
      ),
    write: (collection, id, record) => {
      records.set(key(collection, id), structuredClone(record));
      return Promise.resolve();
    },
    remove: (collection, id) => {
      records.delete(key(collection, id));
      return Promise.resolve();
    },
  };
}

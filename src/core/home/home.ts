/**
 * Where an engine keeps what must survive it: small JSON records in named collections.
 * A file-backed one lives in the person's home folder; a memory one serves a library node.
 */
export interface Home {
  /** Absolute folder, or undefined when nothing is written to disk. */
  readonly folder: string | undefined;

  /** The record, or undefined. A damaged record is set aside, reported and treated as absent. */
  read(collection: Collection, id: string): Promise<unknown>;

  /** Every record of a collection, in no particular order. */
  readAll(collection: Collection): Promise<readonly unknown[]>;

  /** Atomically: after a crash either the old or the new record is there. */
  write(collection: Collection, id: string, record: unknown): Promise<void>;

  remove(collection: Collection, id: string): Promise<void>;
}

/**
 * `outgoing` and `incoming` are journals of what runs, `manifests` the lists of what is offered;
 * `history` what ended; `received` what lies here as it came from paired agents, `grants` what they
 * may keep in step; `sessions` what waits to be recorded of chats and calls; `settings` holds single
 * records by name (`profile`, `peers`).
 */
export type Collection =
  | 'outgoing'
  | 'incoming'
  | 'manifests'
  | 'history'
  | 'received'
  | 'grants'
  | 'sessions'
  | 'settings';

import * as v from 'valibot';
import { isActorId } from '../engineConfig';
import { errors } from '../errors';
import { isCardName, isOrigin } from './card';
import { fingerprintOf } from './fingerprint';
import { kidOf } from './primitives';
import { hex32 } from '../wire/shapes';

/** One paired agent: what its card said, and what the person decided about it. */
export interface BookEntry {
  /** Key id: 64 lower-case hex digits. */
  readonly kid: string;
  /** Identity key: 64 lower-case hex digits. */
  readonly publicKey: string;
  /** Follows from the key id, so it is not stored. */
  readonly fingerprint: string;
  readonly actorId: string;
  readonly name: string;
  readonly origin: string;
  /** ISO 8601, this machine's clock; so is `lastSeenAt`. */
  readonly pairedAt: string;
  readonly lastSeenAt?: string;
  readonly allowed: boolean;
  readonly blocked: boolean;
}

/** As `toISOString` writes it, so that times are compared as text. */
const time = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  v.check((text) => !Number.isNaN(Date.parse(text))),
);

const stored = v.pipe(
  v.object({
    kid: hex32,
    publicKey: hex32,
    actorId: v.pipe(v.string(), v.check(isActorId)),
    name: v.pipe(v.string(), v.check(isCardName)),
    origin: v.pipe(v.string(), v.check(isOrigin)),
    pairedAt: time,
    lastSeenAt: v.exactOptional(time),
    allowed: v.boolean(),
    blocked: v.boolean(),
  }),
  // Proofs look up by key id and check with the key: one that lies about the other is no entry.
  v.check(({ kid, publicKey }) => kidOf(Buffer.from(publicKey, 'hex')) === kid),
);

/** An entry as it is in the book's file. */
export type StoredEntry = v.InferOutput<typeof stored>;

/** The entry, or undefined for anything else. */
export function readEntry(value: unknown): BookEntry | undefined {
  const read = v.safeParse(stored, value);
  return read.success ? { ...read.output, fingerprint: fingerprintOf(read.output.kid) } : undefined;
}

/** Only what can be read again is written. @throws INTERNAL */
export function checkEntry(entry: BookEntry): BookEntry {
  const read = readEntry(entry);
  if (read === undefined) throw errors.internal('an entry that no address book can hold');
  return read;
}

export function toStored({ fingerprint: _, ...entry }: BookEntry): StoredEntry {
  return entry;
}

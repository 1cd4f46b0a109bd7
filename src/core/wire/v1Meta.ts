import { errors } from '../errors';

/** What a META frame says about the file. */
export interface Meta {
  /** As the sender has it, never used as a path as it is. Absent when the peer left it out. */
  readonly name?: string | undefined;
  /** Bytes. */
  readonly size: number;
  /** SHA-256, lower-case hex. */
  readonly hash: string;
}

export function encodeMeta({ name, size, hash }: Meta): Buffer {
  return Buffer.from(JSON.stringify({ name, size, hash }));
}

/**
 * Lenient about the names of the fields, since peers differ, and strict about their values.
 * @throws PROTOCOL
 */
export function decodeMeta(payload: Buffer): Meta {
  const fields = decodeObject(payload);
  const name = first(fields, 'name', 'filename', 'file_name', 'fileName');
  const size = first(fields, 'size', 'file_size', 'fileSize');
  const hash = first(fields, 'hash', 'sha256', 'file_hash', 'fileHash');
  if (name !== undefined && typeof name !== 'string') throw refused('its name is not text');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw refused('its size is not a whole number of bytes');
  }
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/i.test(hash)) {
    throw refused('its hash is not a SHA-256 in hex');
  }
  return { name, size, hash: hash.toLowerCase() };
}

function decodeObject(payload: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (cause) {
    throw refused('it is not JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refused('it is not a JSON object');
  }
  return value as Record<string, unknown>;
}

/** The first of these fields that the object has of its own; null counts as left out. */
function first(fields: Readonly<Record<string, unknown>>, ...names: string[]): unknown {
  const name = names.find((each) => Object.hasOwn(fields, each) && fields[each] !== null);
  return name === undefined ? undefined : fields[name];
}

function refused(why: string, cause?: unknown) {
  return errors.protocol(`META cannot be read: ${why}`, { cause });
}

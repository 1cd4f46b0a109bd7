import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, open, unlink } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { BeelineError, errors } from '../errors';
import type { Home } from '../home/home';
import { identityFromSeed, newIdentity, type Identity } from './identity';
import { KEY_BYTES } from './primitives';

/** In the home folder. */
export const IDENTITY_FILE = 'identity.json';
export const BOOK_FILE = 'book.json';

const VERSION = 1;
/** Bytes; ours has 140. */
const MAX_FILE_BYTES = 4096;
/** Milliseconds and times to wait for somebody who has created the file and not yet written it. */
const EMPTY_WAIT_MS = 50;
const EMPTY_WAITS = 20;

const record = v.object({
  version: v.literal(VERSION),
  seed: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
  publicKey: v.string(),
});

/**
 * The identity of a home; made when there is none yet. Of processes that come at the same moment
 * one makes it, and all get that one. A file that cannot be used is left as it is: whoever has a
 * backup of it has not lost anything.
 *
 * A home in memory has an identity of its own for as long as the object lives.
 * @throws IDENTITY_EXPOSED, IDENTITY_DAMAGED, IDENTITY_MISSING, HOME_UNUSABLE
 */
export async function openIdentity(home: Home): Promise<Identity> {
  if (home.folder === undefined) return inMemory(home);
  const { folder } = home;
  const file = path.join(folder, IDENTITY_FILE);
  try {
    const found = await readIdentity(file);
    if (found !== undefined) return found;
    if (await exists(path.join(folder, BOOK_FILE))) {
      // Another process may have made both since the first look.
      const late = await readIdentity(file);
      if (late === undefined) throw errors.identityMissing(file);
      return late;
    }
    await createIdentity(folder, file);
    // Read back, because somebody else's may have been there first.
    const made = await readIdentity(file);
    if (made === undefined) throw errors.homeUnusable(folder, 'what is written there goes away');
    return made;
  } catch (thrown) {
    if (thrown instanceof BeelineError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw errors.homeUnusable(folder, why, { cause: thrown });
  }
}

const memory = new WeakMap<Home, Identity>();

function inMemory(home: Home): Identity {
  const identity = memory.get(home) ?? newIdentity();
  memory.set(home, identity);
  return identity;
}

async function readIdentity(file: string): Promise<Identity | undefined> {
  for (let waits = 0; ; waits++) {
    const text = await readSecret(file);
    if (text === undefined) return undefined;
    if (text !== '' || waits === EMPTY_WAITS) return parse(file, text);
    await wait(EMPTY_WAIT_MS);
  }
}

/** Looks at what was opened, not at what the name meant a moment before. */
async function readSecret(file: string): Promise<string | undefined> {
  const named = await lstat(file).catch((thrown: unknown) => {
    if (isCode(thrown, 'ENOENT')) return undefined;
    throw thrown;
  });
  if (named === undefined) return undefined;
  // Opening a pipe would wait for its writer, and a link leads to who knows where.
  if (!named.isFile()) throw errors.identityDamaged(file, NOT_A_FILE);
  const handle = await open(file, constants.O_RDONLY | NO_FOLLOW).catch((thrown: unknown) => {
    if (isCode(thrown, 'ELOOP')) throw errors.identityDamaged(file, NOT_A_FILE, { cause: thrown });
    throw thrown;
  });
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw errors.identityDamaged(file, NOT_A_FILE);
    const isOurs = process.getuid === undefined || found.uid === process.getuid();
    const isPrivate = process.platform === 'win32' || (found.mode & 0o077) === 0;
    if (!isOurs || !isPrivate) throw errors.identityExposed(file);
    if (found.size > MAX_FILE_BYTES) throw errors.identityDamaged(file, 'it is far too large');
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

const NOT_A_FILE = 'it is not a plain file';
/** Windows has no such flag; there `lstat` has to do. */
const NO_FOLLOW = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW;

function parse(file: string, text: string): Identity {
  const refuse = (why: string): BeelineError => errors.identityDamaged(file, why);
  if (text === '') throw refuse('it is empty');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Without the cause, which quotes the text.
    throw refuse('it is not JSON');
  }
  const { version } = v.is(v.object({ version: v.number() }), json) ? json : { version: 0 };
  if (version > VERSION) throw refuse('a newer Beeline has written it');
  if (!v.is(record, json)) throw refuse('it has not the fields of an identity');
  const seed = Buffer.from(json.seed, 'base64url');
  const identity = identityFromSeed(seed);
  seed.fill(0);
  if (identity.publicKey.toString('base64url') !== json.publicKey) {
    throw refuse('its two keys do not belong together');
  }
  return identity;
}

/**
 * Writes a whole file beside it and gives that its name if the name is free, so that nobody ever
 * sees half an identity and nobody's is replaced.
 */
async function createIdentity(folder: string, file: string): Promise<void> {
  const seed = randomBytes(KEY_BYTES);
  const { publicKey } = identityFromSeed(seed);
  const fields = { version: VERSION, seed: seed.toString('base64url') };
  const text = `${JSON.stringify({ ...fields, publicKey: publicKey.toString('base64url') })}\n`;
  const draft = `${file}.${randomBytes(8).toString('hex')}.new`;
  try {
    await writeNew(draft, text);
    await link(draft, file).catch(async (thrown: unknown) => {
      if (isCode(thrown, 'EEXIST')) return;
      // Some disks have no hard links. Then the file is empty for a moment, and readers wait.
      await writeNew(file, text);
    });
  } catch (thrown) {
    if (!isCode(thrown, 'EEXIST')) throw thrown;
  } finally {
    seed.fill(0);
    await unlink(draft).catch(() => undefined);
  }
  await syncFolder(folder);
}

async function writeNew(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** So that the name survives a power cut too. Not every system can do that to a folder. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    (thrown: unknown) => {
      if (isCode(thrown, 'ENOENT')) return false;
      throw thrown;
    },
  );
}

function isCode(thrown: unknown, code: string): boolean {
  return (thrown as NodeJS.ErrnoException).code === code;
}

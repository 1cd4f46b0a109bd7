import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import type { IceServer } from '../core/calling';
import { errors } from '../core/errors';
import { checkIceServers } from '../core/iceServers';
import { displayText } from './output/displayText';

/** Bytes; a list of a few addresses. */
const MAX_FILE = 64 * 1024;
/** What others than the owner may do. */
const OTHERS = 0o077;

/** Browsers take one address without a list around it, and some providers write it so. */
const shape = v.array(
  v.object({
    urls: v.union([
      v.pipe(
        v.string(),
        v.transform((url) => [url]),
      ),
      v.array(v.string()),
    ]),
    username: v.exactOptional(v.string()),
    credential: v.exactOptional(v.string()),
  }),
);

/**
 * STUN and TURN servers from a file. It is refused when it has credentials that others can read, as
 * an ssh key would be.
 * @throws CONFIG_INVALID with a sentence that names the file, and no credential
 */
export async function readIceServers(typed: string, cwd: string): Promise<readonly IceServer[]> {
  const file = path.resolve(cwd, typed);
  const shown = displayText(file, 600);
  const refuse = (why: string): never => {
    throw errors.configInvalid(`The file of ICE servers ${shown} ${why}`);
  };
  const info = await stat(file).catch(() => refuse('cannot be read.'));
  if (!info.isFile() || info.size > MAX_FILE) refuse('is no file of a few addresses.');
  const text = await readFile(file, 'utf8').catch(() => refuse('cannot be read.'));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    refuse('is not JSON.');
  }
  const parsed = v.safeParse(shape, json);
  const servers: readonly IceServer[] = parsed.success
    ? parsed.output
    : refuse('must be a list like [{ "urls": "stun:HOST:PORT" }].');
  const hasSecret = servers.some(({ credential }) => credential !== undefined);
  if (hasSecret && process.platform !== 'win32' && (info.mode & OTHERS) !== 0) {
    refuse(`has credentials, and others can read it. Run: chmod 600 ${shown}`);
  }
  checkIceServers(servers);
  return servers;
}

import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { errors } from '../core/errors';

/** Bytes; the smallest limit in use for the path of a Unix socket is 104 with its end (macOS). */
const MAX_SOCKET_PATH = 100;

/**
 * Where the engine of a home listens: in the home itself, and where that path is too long for a
 * socket in a folder of this user's own in the temporary folder. On Windows a named pipe.
 * @throws HOME_UNUSABLE when that folder is not ours alone
 */
export async function socketPath(home: string): Promise<string> {
  const digest = createHash('sha256').update(home).digest('hex').slice(0, 24);
  if (process.platform === 'win32') {
    return `\\\\.\\pipe\\beeline-${os.userInfo().username}-${digest}`;
  }
  const inHome = path.join(home, 'engine.sock');
  if (Buffer.byteLength(inHome) <= MAX_SOCKET_PATH) return inHome;
  const uid = process.getuid?.() ?? 0;
  const folder = path.join(os.tmpdir(), `beeline-${String(uid)}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== uid) {
    throw errors.homeUnusable(
      home,
      `${folder}, where its socket would be, belongs to another user`,
    );
  }
  await chmod(folder, 0o700);
  return path.join(folder, `${digest}.sock`);
}

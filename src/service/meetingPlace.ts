import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, realpath } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { errors } from '../core/errors';

/**
 * Where the processes of one home find its owner.
 *
 * On Unix a socket file outlives a killed owner, and no two steps on files are one: whoever removed a
 * dead socket to bind its own could remove a living one that another had just bound. So nothing is
 * replaced. Sockets are numbered, a successor binds the next number, and the kernel gives each
 * number to one process only.
 */
export interface MeetingPlace {
  /** Paths at which somebody listens or did listen, the newest first. */
  list(): Promise<readonly string[]>;
  /** The path that comes after all of these. */
  after(paths: readonly string[]): string;
}

/**
 * Bytes; the smallest limit in use for the path of a Unix socket is 104 with its end (macOS).
 */
const MAX_SOCKET_PATH = 103;
/** The widest number that a path has to have room for: the seconds of the next two centuries. */
const WIDEST = 9_999_999_999;

/**
 * The meeting place of a home that exists: in the home itself, and where that path is too long for a
 * socket in a folder of this user's own in the temporary folder. On Windows a named pipe.
 * @throws HOME_UNUSABLE when that folder cannot be had or is not ours alone
 */
export async function meetingPlace(home: string): Promise<MeetingPlace> {
  // The same folder may be named in several ways.
  const real = await realpath(home).catch((cause: unknown) => {
    throw errors.homeUnusable(home, (cause as Error).message, { cause });
  });
  const digest = createHash('sha256').update(real).digest('hex').slice(0, 24);
  if (process.platform === 'win32') {
    return pipe(`\\\\.\\pipe\\beeline-${os.userInfo().username}-${digest}`);
  }
  const inHome = new NumberedSockets(real, 'engine');
  return inHome.fits ? inHome : new NumberedSockets(await ownTemporaryFolder(home), digest);
}

/** A pipe goes with its owner, and the system lets nobody bind it twice. */
function pipe(name: string): MeetingPlace {
  return { list: () => Promise.resolve([name]), after: () => name };
}

class NumberedSockets implements MeetingPlace {
  constructor(
    private readonly folder: string,
    private readonly name: string,
  ) {}

  get fits(): boolean {
    return Buffer.byteLength(this.at(WIDEST)) <= MAX_SOCKET_PATH;
  }

  async list(): Promise<readonly string[]> {
    try {
      return (await readdir(this.folder))
        .map((file) => this.numberOf(file))
        .filter((number) => number > 0)
        .sort((a, b) => b - a)
        .map((number) => this.at(number));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw errors.homeUnusable(this.folder, (cause as Error).message, { cause });
    }
  }

  after([newest]: readonly string[]): string {
    // Where there is none, the seconds: an owner whose file was removed would else have the same
    // name, and remove its successor's when it closes. Those who come together get the same.
    const last = newest === undefined ? Date.now() / 1000 : this.numberOf(path.basename(newest));
    return this.at(Math.floor(last) + 1);
  }

  private at(number: number): string {
    return path.join(this.folder, `${this.name}.${String(number)}.sock`);
  }

  private numberOf(file: string): number {
    const middle = file.slice(this.name.length + 1, -'.sock'.length);
    const ours = file === `${this.name}.${middle}.sock` && /^[1-9]\d{0,9}$/.test(middle);
    return ours ? Number(middle) : 0;
  }
}

async function ownTemporaryFolder(home: string): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const folder = path.join(os.tmpdir(), `beeline-${String(uid)}`);
  const refuse = (why: string, cause?: unknown): never => {
    throw errors.homeUnusable(home, `${folder}, where its socket would be, ${why}`, { cause });
  };
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const found = await lstat(folder);
    if (!found.isDirectory() || found.uid !== uid) refuse('belongs to another user');
    await chmod(folder, 0o700);
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'BeelineError') throw cause;
    refuse((cause as Error).message, cause);
  }
  return folder;
}

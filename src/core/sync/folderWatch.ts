import { stat, realpath } from 'node:fs/promises';
import { type FSWatcher, watch } from 'chokidar';
import type { SourceRequest } from '../engine';
import { type ErrorData, errors, toBeelineError } from '../errors';
import { LeftOut } from '../transfer/source/leftOut';
import { measureSources } from '../transfer/source/measureSources';
import { walkSources } from '../transfer/source/walkSources';
import type { FollowState } from './folderSync';

type Watching = FollowState & { readonly kind: 'watching' };

export interface WatchListener {
  /** Something may have changed. */
  readonly onChange: () => void;
  /** Changes are noticed in another way from now on. */
  readonly onState: (state: Watching) => void;
  readonly signal: AbortSignal;
}

/** Milliseconds between looks whether the folder is still the one that is watched. */
const IDENTITY_MS = 2_000;
/** Milliseconds between walks where the system does not tell of changes. */
const POLL_MS = 4_000;
/** Walking takes at most this part of the time. */
const POLL_SHARE = 0.1;

/**
 * Notices that something in a folder has changed, also when it is taken away and comes back. Follows
 * no links, and does not look into what is left out.
 */
export class FolderWatch {
  readonly #request: SourceRequest;
  readonly #path: string;
  readonly #listener: WatchListener;
  #watcher: FSWatcher | undefined;
  #state: Watching = { kind: 'watching', by: 'events' };
  #identity: string | undefined;
  #identityTimer: NodeJS.Timeout | undefined;
  #pollTimer: NodeJS.Timeout | undefined;
  #polled: string | undefined;
  #isClosed = false;

  /** @throws PATH_NOT_FOUND, NOT_A_FILE, PATH_UNREADABLE, and what else cannot be sent */
  static async open(
    folder: { readonly path: string; readonly leaveOutIgnored?: boolean },
    listener: WatchListener,
  ): Promise<FolderWatch> {
    const { leaveOutIgnored = false } = folder;
    const opened = new FolderWatch(folder.path, leaveOutIgnored, listener);
    await opened.#open();
    return opened;
  }

  private constructor(path: string, leaveOutIgnored: boolean, listener: WatchListener) {
    this.#path = path;
    this.#request = { paths: [path], leaveOutIgnored };
    this.#listener = listener;
  }

  get state(): Watching {
    return this.#state;
  }

  get isThere(): boolean {
    return this.#identity !== undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#identityTimer);
    clearTimeout(this.#pollTimer);
    await this.#watcher?.close();
  }

  async #open(): Promise<void> {
    const { kind } = await measureSources(this.#request, { signal: this.#listener.signal });
    if (kind === 'file') {
      throw errors.configInvalid(`${this.#path} is a file. Only folders are kept in step.`);
    }
    await this.#start();
    this.#checkLater();
  }

  /** Resolves once the whole folder is watched: what changes after that is noticed. */
  async #start(): Promise<void> {
    this.#identity = await identityOf(this.#path);
    if (this.#identity === undefined || this.#isClosed) return;
    if (this.#state.by === 'polling') {
      this.#pollLater(POLL_MS);
      return;
    }
    const root = await realpath(this.#path).catch(() => this.#path);
    const leftOut = new LeftOut(root, {
      leaveOutIgnored: this.#request.leaveOutIgnored ?? false,
    });
    const watcher = watch(root, {
      ignoreInitial: true,
      followSymlinks: false,
      atomic: false,
      ignored: (entry, stats) => leftOut.has(entry, stats?.isDirectory()),
    });
    this.#watcher = watcher;
    watcher.on('all', (_, entry) => {
      leftOut.noteChange(entry);
      this.#listener.onChange();
    });
    await new Promise<void>((resolve) => {
      const { signal } = this.#listener;
      const ready = (): void => {
        signal.removeEventListener('abort', ready);
        resolve();
      };
      signal.addEventListener('abort', ready);
      watcher.on('ready', ready);
      watcher.on('error', (thrown) => {
        ready();
        void this.#meet(thrown);
      });
    });
    // What came while it was looked around for the first time.
    this.#listener.onChange();
  }

  async #meet(thrown: unknown): Promise<void> {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    if (typeof code !== 'string' || !(code in limits)) {
      // A folder that went away in that moment, or may not be looked into: the next round tells.
      this.#listener.onChange();
      return;
    }
    if (this.#isClosed || this.#state.by === 'polling') return;
    this.#state = { kind: 'watching', by: 'polling', error: limitError(this.#path, code) };
    this.#listener.onState(this.#state);
    const watcher = this.#watcher;
    this.#watcher = undefined;
    await watcher?.close();
    this.#listener.onChange();
    this.#pollLater(POLL_MS);
  }

  #checkLater(): void {
    if (this.#isClosed) return;
    this.#identityTimer = setTimeout(() => void this.#check(), IDENTITY_MS);
  }

  /** A folder that was moved or replaced is told of by no system in the same way. */
  async #check(): Promise<void> {
    const now = await identityOf(this.#path);
    if (now !== this.#identity && !this.#isClosed) {
      const watcher = this.#watcher;
      this.#watcher = undefined;
      this.#identity = now;
      clearTimeout(this.#pollTimer);
      await watcher?.close();
      await this.#start();
      this.#listener.onChange();
    }
    this.#checkLater();
  }

  #pollLater(ms: number): void {
    if (this.#isClosed) return;
    clearTimeout(this.#pollTimer);
    this.#pollTimer = setTimeout(() => void this.#poll(), ms);
  }

  async #poll(): Promise<void> {
    const began = performance.now();
    const seen = await this.#look();
    if (this.#isClosed) return;
    if (seen !== this.#polled) this.#listener.onChange();
    this.#polled = seen;
    this.#pollLater(Math.max(POLL_MS, (performance.now() - began) / POLL_SHARE));
  }

  /** What the list of the folder comes to; or why there is none, which is news as well. */
  async #look(): Promise<string> {
    try {
      const { signal } = this.#listener;
      return (await walkSources(this.#request, { signal })).manifest.digest.toString('hex');
    } catch (thrown) {
      return toBeelineError(thrown).message;
    }
  }
}

const limits: Readonly<Record<string, string>> = {
  ENOSPC: 'this system watches no more files at once (fs.inotify.max_user_watches)',
  EMFILE: 'this system watches no more folders at once (fs.inotify.max_user_instances)',
  ENFILE: 'too many files are open on this system',
};

function limitError(folder: string, code: string): ErrorData {
  const message =
    `Changes in ${folder} are looked for every few seconds, because ${limits[code] ?? code}. ` +
    'Raise that limit to have them noticed at once.';
  return { code: 'FOLDER_UNUSABLE', message };
}

/** Another one when another folder is at this path; undefined when none is. */
async function identityOf(folder: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(folder, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}

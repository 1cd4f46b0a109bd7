import { mkdir, mkdtemp, open, rm, statfs, type FileHandle } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { errors } from '../../core/errors';
import { bytesText } from '../../core/units';
import { refusals } from './refusals';

/** What is dropped from outside, as the page lists it: relative paths with `/`, sizes in bytes. */
export interface DroppedFile {
  readonly path: string;
  readonly size: number;
}

/** A drop that has arrived as a whole. */
export interface Dropped {
  /** Top-level files and folders in it, absolute. */
  readonly paths: readonly string[];
  /** To be removed once nobody reads from it any more. */
  readonly folder: string;
}

/** At once; a person drops one thing after the other. */
const MAX_UPLOADS = 4;

/**
 * Files whose content a page hands over in pieces, because a page that something is dropped on from
 * outside of the editor learns no path. They are written into a folder that only this person can
 * read, under the names they had, and nowhere else, whatever the page says.
 */
export class Uploads {
  private readonly open = new Map<string, Upload>();

  /** @throws UPLOAD_REFUSED, DISK_FULL, FOLDER_UNUSABLE */
  async begin(uploadId: string, files: readonly DroppedFile[]): Promise<void> {
    if (this.open.has(uploadId)) throw refusals.upload('it has already begun');
    if (this.open.size >= MAX_UPLOADS) throw refusals.upload('too much is being dropped at once');
    const names = checkedNames(files);
    // Listed before anything is awaited, so that a second one of the same id finds it.
    const upload = new Upload(files, names);
    this.open.set(uploadId, upload);
    try {
      await upload.begin();
    } catch (error) {
      this.open.delete(uploadId);
      await upload.remove();
      throw error;
    }
  }

  /** A piece that does not fit ends the whole drop. @throws UPLOAD_REFUSED, DISK_FULL */
  async chunk(uploadId: string, file: number, offset: number, bytes: Buffer): Promise<void> {
    const upload = this.known(uploadId);
    try {
      await upload.write(file, offset, bytes);
    } catch (error) {
      this.open.delete(uploadId);
      await upload.remove();
      throw error;
    }
  }

  /** @throws UPLOAD_REFUSED when something is missing */
  async end(uploadId: string): Promise<Dropped> {
    const upload = this.known(uploadId);
    this.open.delete(uploadId);
    try {
      return await upload.end();
    } catch (error) {
      await upload.remove();
      throw error;
    }
  }

  /** Unknown ones are none. */
  async cancel(uploadId: string): Promise<void> {
    const upload = this.open.get(uploadId);
    this.open.delete(uploadId);
    await upload?.remove();
  }

  /** What has not arrived as a whole goes with its page. */
  async dispose(): Promise<void> {
    const uploads = [...this.open.values()];
    this.open.clear();
    await Promise.all(uploads.map((upload) => upload.remove()));
  }

  private known(uploadId: string): Upload {
    const upload = this.open.get(uploadId);
    if (upload === undefined) throw refusals.upload('it was not begun, or is over');
    return upload;
  }
}

/** One drop: its files are filled one after the other, each from its beginning. */
class Upload {
  private folder: string | undefined;
  private current: { readonly file: number; readonly handle: FileHandle } | undefined;
  private readonly written: number[];
  /** Pieces are written one at a time, though the page need not wait for each. */
  private queue: Promise<unknown> = Promise.resolve();
  private removed = false;

  constructor(
    private readonly files: readonly DroppedFile[],
    private readonly names: readonly (readonly string[])[],
  ) {
    this.written = files.map(() => 0);
  }

  async begin(): Promise<void> {
    const base = os.tmpdir();
    const total = this.files.reduce((sum, { size }) => sum + size, 0);
    const { bavail, bsize } = await statfs(base);
    if (total > bavail * bsize) throw errors.diskFull(base);
    // Made for this alone, and by the system with mode 0700.
    this.folder = await mkdtemp(path.join(base, 'beeline-drop-'));
  }

  write(file: number, offset: number, bytes: Buffer): Promise<void> {
    return this.inTurn(async () => {
      const { size } = this.files[file] ?? { size: -1 };
      const at = this.written[file];
      if (at === undefined) throw refusals.upload('it has no such file');
      if (offset !== at) throw refusals.upload('its pieces came out of order');
      if (bytes.length === 0 || at + bytes.length > size) {
        throw refusals.upload('a file is not as long as was said');
      }
      const handle = await this.handle(file);
      await handle.write(bytes, 0, bytes.length, at);
      this.written[file] = at + bytes.length;
      if (at + bytes.length === size) await this.closeCurrent();
    });
  }

  end(): Promise<Dropped> {
    return this.inTurn(async () => {
      await this.closeCurrent();
      for (const [file, { size }] of this.files.entries()) {
        if (this.written[file] !== size) throw refusals.upload('a part of it is missing');
        if (size === 0) {
          await this.handle(file);
          await this.closeCurrent();
        }
      }
      const folder = this.folder ?? '';
      const tops = [...new Set(this.names.map(([top = '']) => top))];
      return { folder, paths: tops.map((top) => path.join(folder, top)) };
    });
  }

  async remove(): Promise<void> {
    this.removed = true;
    await this.queue.catch(() => undefined);
    await this.closeCurrent();
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
  }

  private async handle(file: number): Promise<FileHandle> {
    if (this.current?.file === file) return this.current.handle;
    await this.closeCurrent();
    const target = path.join(this.folder ?? '', ...(this.names[file] ?? []));
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    const isNew = this.written[file] === 0;
    const handle = await open(target, isNew ? 'wx' : 'r+', 0o600);
    this.current = { file, handle };
    return handle;
  }

  private async closeCurrent(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    await current?.handle.close();
  }

  private inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.queue.then(() => {
      if (this.removed) throw refusals.upload('it is over');
      return run();
    });
    this.queue = turn.catch(() => undefined);
    return turn;
  }
}

/**
 * The names that each path goes through. A page only ever names what it read, so a path that leads
 * anywhere is an attack, and is refused rather than mended.
 */
function checkedNames(files: readonly DroppedFile[]): readonly (readonly string[])[] {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (!Number.isSafeInteger(total) || total > MAX_DROP_BYTES) {
    throw refusals.upload(
      `more than ${bytesText(MAX_DROP_BYTES)} cannot be dropped from outside; pick it instead`,
    );
  }
  const taken = new Set<string>();
  const inner = new Set<string>();
  return files.map((file) => {
    const names = file.path.split('/');
    if (names.length > MAX_DEPTH || !names.every(isPlainName)) {
      throw refusals.upload('a name in it cannot be used');
    }
    // Some file systems take two spellings for one name.
    const folded = names.map((name) => name.normalize('NFC').toLowerCase());
    const whole = folded.join('/');
    const above = folded.slice(0, -1).map((_, at) => folded.slice(0, at + 1).join('/'));
    if (taken.has(whole) || inner.has(whole) || above.some((each) => taken.has(each))) {
      throw refusals.upload('two things in it have the same name');
    }
    taken.add(whole);
    for (const each of above) inner.add(each);
    return names;
  });
}

function isPlainName(name: string): boolean {
  return (
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    Buffer.byteLength(name) <= MAX_NAME_BYTES &&
    !/[\\\p{Cc}\p{Cs}]/u.test(name) &&
    // A colon is a drive or a hidden stream on Windows, and a fair sign elsewhere.
    !(process.platform === 'win32' && /[:<>"|?*]|[. ]$/.test(name))
  );
}

const MAX_DEPTH = 64;
const MAX_NAME_BYTES = 255;
/** Bytes: it passes through a page and lies on this disk twice. Larger things are picked by path. */
const MAX_DROP_BYTES = 4 * 1024 ** 3;

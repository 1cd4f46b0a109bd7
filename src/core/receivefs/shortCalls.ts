import fs, { type BigIntStats } from 'node:fs';
import { promisify } from 'node:util';

/**
 * Milliseconds of one turn of the event loop that short calls may take: beyond, whoever presses a key
 * in an editor notices, and the network waits.
 */
const TURN_MS = 8;
/** Milliseconds from which on a single call shows that the disk lets us wait. */
const SLOW_CALL_MS = 5;
/** The same for the mean of the last calls, of which this is the number. */
const SLOW_MEAN_MS = 1;
const MEAN_OF_CALLS = 16;
/** Calls that are left to the system's threads before this one tries again, at first and at most. */
const FIRST_REST_CALLS = 32;
const MAX_REST_CALLS = 8192;

/** Work on a disk in short calls. It is run by `ShortCalls`, in either way. */
export type DiskWork<T> = Generator<DiskCall, T, unknown>;

/** One call in two ways. */
export interface DiskCall {
  readonly now: () => unknown;
  readonly later: () => Promise<unknown>;
}

/**
 * Short calls of one disk. For ten thousand small files, handing each call to one of the system's
 * threads costs this one several times as much as a call that is answered from memory. So they are
 * made here as long as the disk answers at once, in slices, and left to the threads when it does not.
 */
export class ShortCalls {
  #meanMs = 0;
  /** Calls that are still left to the threads. */
  #resting = 0;
  #nextRest = FIRST_REST_CALLS;
  readonly #turn: LoopTurn;

  constructor(turn = sharedTurn) {
    this.#turn = turn;
  }

  /** @throws what the work throws */
  async run<T>(work: DiskWork<T>): Promise<T> {
    for (let step = work.next(); ;) {
      if (step.done === true) return step.value;
      let answer: unknown;
      try {
        while (this.#resting === 0 && !this.#turn.hasRoom) await this.#turn.next();
        // Asked again, since others had their turn meanwhile.
        answer = this.#resting === 0 ? this.#callNow(step.value) : await this.#leave(step.value);
      } catch (thrown) {
        step = work.throw(thrown);
        continue;
      }
      step = work.next(answer);
    }
  }

  #callNow({ now }: DiskCall): unknown {
    const began = this.#turn.enter();
    try {
      return now();
    } finally {
      this.#judge(this.#turn.leave() - began);
    }
  }

  #leave({ later }: DiskCall): Promise<unknown> {
    this.#resting--;
    return later();
  }

  #judge(ms: number): void {
    this.#meanMs += (ms - this.#meanMs) / MEAN_OF_CALLS;
    if (ms < SLOW_CALL_MS && this.#meanMs < SLOW_MEAN_MS) {
      this.#nextRest = Math.max(FIRST_REST_CALLS, this.#nextRest - 1);
      return;
    }
    this.#meanMs = 0;
    this.#resting = this.#nextRest;
    this.#nextRest = Math.min(MAX_REST_CALLS, this.#nextRest * 2);
  }
}

/** The same where no call is short. @throws what the work throws */
export async function runByThreads<T>(work: DiskWork<T>): Promise<T> {
  for (let step = work.next(); ;) {
    if (step.done === true) return step.value;
    let answer: unknown;
    try {
      answer = await step.value.later();
    } catch (thrown) {
      step = work.throw(thrown);
      continue;
    }
    step = work.next(answer);
  }
}

/** One for all disks of this process, whose event loop they share. */
export class LoopTurn {
  /** When the first call of this turn began. */
  #began: number | undefined;
  #now = 0;
  #next: Promise<void> | undefined;
  readonly #clock: () => number;

  /** @param clock in milliseconds */
  constructor(clock = (): number => performance.now()) {
    this.#clock = clock;
  }

  get hasRoom(): boolean {
    return this.#began === undefined || this.#now - this.#began < TURN_MS;
  }

  /** A call begins. Its time, in milliseconds. */
  enter(): number {
    this.#now = this.#clock();
    if (this.#began === undefined) {
      this.#began = this.#now;
      void this.next();
    }
    return this.#now;
  }

  /** It has ended. Its time, in milliseconds. */
  leave(): number {
    this.#now = this.#clock();
    return this.#now;
  }

  /** Resolves in the next turn: everybody else was heard before. */
  next(): Promise<void> {
    this.#next ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#began = undefined;
        this.#next = undefined;
        resolve();
      });
    });
    return this.#next;
  }
}

const sharedTurn = new LoopTurn();

/** The calls of which work consists, as `fs` has them. */
export const disk = {
  open: (file: string, flags: number, mode?: number) =>
    call(
      () => fs.openSync(file, flags, mode),
      () => later.open(file, flags, mode),
    ),
  close: (fd: number) =>
    call(
      () => {
        fs.closeSync(fd);
      },
      () => later.close(fd),
    ),
  lstat: (file: string): DiskWork<BigIntStats> =>
    call(
      () => fs.lstatSync(file, WITH_BIGINT),
      () => later.lstat(file, WITH_BIGINT),
    ),
  fstat: (fd: number): DiskWork<BigIntStats> =>
    call(
      () => fs.fstatSync(fd, WITH_BIGINT),
      () => later.fstat(fd, WITH_BIGINT),
    ),
  readlink: (file: string) =>
    call(
      () => fs.readlinkSync(file),
      () => later.readlink(file),
    ),
  realpath: (file: string) =>
    call(
      () => fs.realpathSync(file),
      () => later.realpath(file),
    ),
  /** Resolves with the bytes read, which may be fewer. */
  read: (fd: number, target: Buffer, from: number, position: number) =>
    call(
      () => fs.readSync(fd, target, from, target.length - from, position),
      async () => (await later.read(fd, target, from, target.length - from, position)).bytesRead,
    ),
  /** Resolves with the bytes written, which may be fewer. */
  write: (fd: number, bytes: Buffer, from: number, position: number) =>
    call(
      () => fs.writeSync(fd, bytes, from, bytes.length - from, position),
      async () => (await later.write(fd, bytes, from, bytes.length - from, position)).bytesWritten,
    ),
  /** Seconds since 1970, both times. */
  futimes: (fd: number, seconds: number) =>
    call(
      () => {
        fs.futimesSync(fd, seconds, seconds);
      },
      () => later.futimes(fd, seconds, seconds),
    ),
  fchmod: (fd: number, mode: number) =>
    call(
      () => {
        fs.fchmodSync(fd, mode);
      },
      () => later.fchmod(fd, mode),
    ),
};

const WITH_BIGINT = { bigint: true } as const;

/** Half of the time of those in `fs/promises`, whose handles cost as much as the calls. */
const later = {
  open: promisify(fs.open),
  close: promisify(fs.close),
  lstat: promisify(fs.lstat),
  fstat: promisify(fs.fstat),
  readlink: promisify(fs.readlink),
  realpath: promisify(fs.realpath),
  read: promisify(fs.read),
  write: promisify(fs.write),
  futimes: promisify(fs.futimes),
  fchmod: promisify(fs.fchmod),
};

function* call<T>(now: () => T, later: () => Promise<T>): DiskWork<T> {
  return (yield { now, later }) as T;
}

import fs, { type BigIntStats } from 'node:fs';

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
      () =>
        asked((done) => {
          fs.open(file, flags, mode, done);
        }),
    ),
  close: (fd: number) =>
    call(
      () => {
        fs.closeSync(fd);
      },
      () =>
        asked((done) => {
          fs.close(fd, done);
        }),
    ),
  lstat: (file: string): DiskWork<BigIntStats> =>
    call(
      () => fs.lstatSync(file, WITH_BIGINT),
      () =>
        asked((done) => {
          fs.lstat(file, WITH_BIGINT, done);
        }),
    ),
  fstat: (fd: number): DiskWork<BigIntStats> =>
    call(
      () => fs.fstatSync(fd, WITH_BIGINT),
      () =>
        asked((done) => {
          fs.fstat(fd, WITH_BIGINT, done);
        }),
    ),
  readlink: (file: string) =>
    call(
      () => fs.readlinkSync(file),
      () =>
        asked((done) => {
          fs.readlink(file, done);
        }),
    ),
  realpath: (file: string) =>
    call(
      () => fs.realpathSync.native(file),
      () =>
        asked((done) => {
          fs.realpath.native(file, done);
        }),
    ),
  /** Resolves with the bytes read, which may be fewer. */
  read: (fd: number, target: Buffer, from: number, position: number) =>
    call(
      () => fs.readSync(fd, target, from, target.length - from, position),
      () =>
        asked((done) => {
          fs.read(fd, target, from, target.length - from, position, done);
        }),
    ),
  /** Resolves with the bytes written, which may be fewer. */
  write: (fd: number, bytes: Buffer, from: number, position: number) =>
    call(
      () => fs.writeSync(fd, bytes, from, bytes.length - from, position),
      () =>
        asked((done) => {
          fs.write(fd, bytes, from, bytes.length - from, position, done);
        }),
    ),
  /** Seconds since 1970, both times. */
  futimes: (fd: number, seconds: number) =>
    call(
      () => {
        fs.futimesSync(fd, seconds, seconds);
      },
      () =>
        asked((done) => {
          fs.futimes(fd, seconds, seconds, done);
        }),
    ),
  fchmod: (fd: number, mode: number) =>
    call(
      () => {
        fs.fchmodSync(fd, mode);
      },
      () =>
        asked((done) => {
          fs.fchmod(fd, mode, done);
        }),
    ),
};

const WITH_BIGINT = { bigint: true } as const;

function* call<T>(now: () => T, later: () => Promise<unknown>): DiskWork<T> {
  return (yield { now, later }) as T;
}

/** By callbacks: the handles of `fs/promises` cost as much as the calls. */
function asked(
  ask: (done: (failed: Error | null, answer?: unknown) => void) => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    ask((failed, answer) => {
      if (failed === null) resolve(answer);
      else reject(failed);
    });
  });
}

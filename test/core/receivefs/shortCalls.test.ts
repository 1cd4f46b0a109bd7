import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DiskWork, LoopTurn, ShortCalls, disk } from '../../../src/core/receivefs/shortCalls';

/** Milliseconds of a slice, as the module has it. */
const TURN_MS = 8;

/** Whoever shares the event loop must not notice how many files there are, nor how slow the disk is. */
describe('short calls of a disk', () => {
  // A clock of our own: whatever else runs on this machine must not make a call a slow one.
  let time = 0;
  const busy = (ms: number): number => {
    time += ms;
    return ms;
  };

  it('are made at once, and hold the loop for a slice at a time however many there are', async () => {
    const calls = new ShortCalls(new LoopTurn(() => time));
    const made: string[] = [];
    const slices: number[] = [];
    let inTurn = 0;
    let isOver = false;
    const count = (): void => {
      slices.push(inTurn);
      inTurn = 0;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const work = Array.from({ length: 100 }, (_, index) =>
      calls.run(
        (function* (): DiskWork<number> {
          yield { now: () => (inTurn += busy(0.5)), later: () => fail(made) };
          return index;
        })(),
      ),
    );
    assert.deepEqual(await Promise.all(work), [...Array(100).keys()]);
    isOver = true;
    assert.deepEqual(made, []);
    assert(slices.length >= 4, `${slices.length} turns`);
    const longest = Math.max(...slices);
    assert(longest <= TURN_MS + 0.5, `${longest} ms`);
  });

  it('are left to the threads once one took long, tried again, and left for longer each time', async () => {
    const calls = new ShortCalls(new LoopTurn(() => time));
    const ways: string[] = [];
    const call = () =>
      calls.run(
        (function* (): DiskWork<void> {
          yield {
            now: () => {
              ways.push('now');
              busy(6);
            },
            later: () => {
              ways.push('later');
              return Promise.resolve();
            },
          };
        })(),
      );
    for (let index = 0; index < 200; index++) await call();
    const rests = ways.join(' ').split('now').slice(1, -1);
    const lengths = rests.map((rest) => rest.split('later').length - 1);
    assert.deepEqual(lengths.slice(0, 2), [32, 64]);
    assert.equal(ways.filter((way) => way === 'now').length, 3);
  });

  it('go on by the threads in the middle of the same work', async () => {
    const calls = new ShortCalls(new LoopTurn(() => time));
    const ways: string[] = [];
    const step = {
      now: () => ways.push(`now for ${busy(6)} ms`),
      later: () => Promise.resolve(ways.push('later')),
    };
    await calls.run(
      (function* (): DiskWork<void> {
        yield step;
        yield step;
        yield step;
      })(),
    );
    assert.deepEqual(ways, ['now for 6 ms', 'later', 'later']);
  });

  for (const [how, firstCallMs] of [
    ['at once', 0],
    ['by the threads', 6],
  ] as const) {
    it(`do the same ${how}, also when they fail`, async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'short-'));
      try {
        const calls = new ShortCalls(new LoopTurn(() => time));
        await calls.run(
          (function* (): DiskWork<void> {
            yield { now: () => busy(firstCallMs), later: () => fail([]) };
          })(),
        );
        const file = path.join(folder, 'a');
        const stats = await calls.run(writeAndRead(file));
        assert.equal(await readFile(file, 'utf8'), 'content');
        assert.equal(Number(stats.mtimeMs), 1_000_000_000_000);
        assert.equal(Number(stats.mode) & 0o777, 0o640);
        await assert.rejects(calls.run(disk.lstat(path.join(folder, 'b'))), { code: 'ENOENT' });
        await assert.rejects(calls.run(writeAndRead(file)), { code: 'EEXIST' });
        // What fails is told to the work, which may make something of it.
        assert.equal(await calls.run(codeOf(disk.readlink(file))), 'EINVAL');
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  }
});

function* writeAndRead(file: string) {
  const { O_CREAT, O_EXCL, O_RDWR } = constants;
  const fd = yield* disk.open(file, O_RDWR | O_CREAT | O_EXCL, 0o600);
  assert.equal(yield* disk.write(fd, Buffer.from('..content'), 2, 0), 7);
  const back = Buffer.alloc(9);
  assert.equal(yield* disk.read(fd, back, 2, 0), 7);
  assert.equal(back.toString('utf8', 2), 'content');
  yield* disk.fchmod(fd, 0o640);
  yield* disk.futimes(fd, 1_000_000_000);
  const opened = yield* disk.fstat(fd);
  yield* disk.close(fd);
  const stats = yield* disk.lstat(yield* disk.realpath(file));
  assert.equal(stats.ino, opened.ino);
  return stats;
}

function* codeOf(work: DiskWork<unknown>): DiskWork<string> {
  try {
    yield* work;
    return 'none';
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code ?? '';
  }
}

function fail(made: string[]): Promise<void> {
  made.push('later');
  return Promise.resolve();
}

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ScriptedAts } from './support/scriptedAts';

const DAY_MS = 24 * 60 * 60 * 1000;
const PATIENCE_MS = 15_000;

describe('core/ats watcher when the clock of this machine jumps', () => {
  it('misses nothing and doubles nothing, a month forth and a year back', async function () {
    this.timeout(60_000);
    const library = findLibrary();
    if (library === undefined) {
      console.log('      skipped: faketime is not installed, so no clock can be moved here');
      this.skip();
    }
    const folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-clock-'));
    const clock = path.join(folder, 'clock');
    const setClock = async (offset: string): Promise<void> => {
      await writeFile(`${clock}.new`, offset);
      await rename(`${clock}.new`, clock);
    };
    await setClock('+0d');
    const ats = new ScriptedAts();
    await ats.start();
    ats.create();
    const script = path.join(__dirname, 'support', 'clockChild.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, ats.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: '1',
        // A set clock moves the time of day; timers run on, as they do on a real machine.
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const lines: Line[] = [];
    let changed: (() => void) | undefined;
    createInterface(child.stdout).on('line', (line) => {
      lines.push(JSON.parse(line) as Line);
      changed?.();
    });
    const until = async (what: string, holds: () => boolean): Promise<void> => {
      const late = AbortSignal.timeout(PATIENCE_MS);
      while (!holds()) {
        assert.ok(!late.aborted, `waited in vain for ${what}: ${JSON.stringify(lines)}`);
        await new Promise<void>((resolve) => {
          changed = resolve;
          late.addEventListener('abort', () => {
            resolve();
          });
        });
      }
    };
    const online = (): boolean => lines.findLast(({ state }) => state)?.state === 'online';
    const heard = (id: number): boolean =>
      lines.some(({ told }) => told?.endsWith(` ${String(id)}`));
    try {
      await until('the beginning', online);
      for (const offset of ['+30d', '-365d', '+0d']) {
        await setClock(offset);
        const live = ats.create().id;
        await until(`event ${String(live)}`, () => heard(live));
        await ats.stop();
        await until('the loss', () => !online());
        const missed = ats.create().id;
        await setClock(offset === '+30d' ? '-30d' : offset);
        await ats.start();
        await until(`what was missed, ${String(missed)}`, () => heard(missed) && online());
      }
      const told = lines.flatMap(({ told: line }) => line ?? []);
      assert.equal(new Set(told.map((line) => line.split(' ')[1])).size, 7);
      assert.equal(told.length, 7, told.join('\n'));
      const clocks = lines.map((line) => line.clock);
      const range = Math.max(...clocks) - Math.min(...clocks);
      assert.ok(range > 300 * DAY_MS, 'the clock of the child did not move');
    } finally {
      child.kill('SIGKILL');
      await ended;
      await ats.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

interface Line {
  readonly told?: string;
  readonly state?: string;
  readonly clock: number;
}

/** Where Debian and its relatives put it. */
function findLibrary(): string | undefined {
  const root = '/usr/lib';
  if (process.platform !== 'linux' || !existsSync(root)) return undefined;
  return readdirSync(root)
    .map((folder) => path.join(root, folder, 'faketime', 'libfaketimeMT.so.1'))
    .find((file) => existsSync(file));
}

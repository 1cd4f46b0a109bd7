import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { rename, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { EngineEvent } from '../../../src/core/events';
import { withEngines } from '../../support/withEngines';
import { withHub } from '../../support/withHub';

describe('an engine whose machine’s clock jumps', function () {
  this.timeout(60_000);
  const hub = withHub();
  const engines = withEngines(hub);

  it('receives a file all the same, while the clock goes a year back and a month forth', async function () {
    const library = findLibrary();
    if (library === undefined) {
      console.log('      skipped: faketime is not installed, so no clock can be moved here');
      this.skip();
    }
    const clock = engines.path('clock');
    const setClock = async (offset: string): Promise<void> => {
      await writeFile(`${clock}.new`, offset);
      await rename(`${clock}.new`, clock);
    };
    await setClock('+0d');
    const saved = engines.path('saved');
    const script = path.join(__dirname, 'engineChild.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, hub.url, 'bob', saved], {
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
    const clocks: number[] = [];
    let jumps = 0;
    try {
      const alice = await engines.start('alice');
      const file = await engines.file('large.bin', '');
      await truncate(file, 40_000_000);
      const id = await alice.send(file, 'bob');
      for await (const line of createInterface(child.stdout)) {
        const event = JSON.parse(line) as EngineEvent & { clock: number };
        clocks.push(event.clock);
        if (event.type !== 'transfer') continue;
        const { state } = event.transfer;
        if (state.kind === 'transferring') {
          jumps += 1;
          await setClock(jumps % 2 === 0 ? '+30d' : '-365d');
        }
        assert.notEqual(state.kind, 'failed', line);
        if (state.kind === 'completed' && state.result.audit === 'confirmed') break;
      }
      assert.equal((await alice.completed(id)).audit, 'confirmed');
      assert.ok(jumps > 1);
      assert.ok(Math.max(...clocks) - Math.min(...clocks) > 300 * 86_400_000, 'it did not move');
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
  });
});

/** Where Debian and its relatives put it. */
function findLibrary(): string | undefined {
  const root = '/usr/lib';
  if (process.platform !== 'linux' || !existsSync(root)) return undefined;
  return readdirSync(root)
    .map((folder) => path.join(root, folder, 'faketime', 'libfaketimeMT.so.1'))
    .find((file) => existsSync(file));
}

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { FrameType } from '../../../src/core/wire/v1';
import { encodeMeta } from '../../../src/core/wire/v1Meta';
import { meet, offeredFile, postByHand } from '../../support/handPeer';
import { withEngines } from '../../support/withEngines';
import { withHub } from '../../support/withHub';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

describe('a save folder that does not take the file', function () {
  this.timeout(40_000);
  const hub = withHub();
  const mounted: string[] = [];
  // Registered before the engines' own cleaning up, which removes the folders.
  afterEach(() => {
    for (const folder of mounted.splice(0)) execFileSync('umount', ['-l', folder]);
  });
  const engines = withEngines(hub);

  /** A disk of its own, or undefined, with the reason printed, where none can be mounted. */
  const smallDisk = async (size: string): Promise<string | undefined> => {
    const folder = engines.path('disk');
    await mkdir(folder);
    try {
      if (!isRoot) throw new Error('only root on Linux may mount');
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], {
        stdio: 'pipe',
      });
      mounted.push(folder);
      return folder;
    } catch (thrown) {
      console.log(`      skipped: no small disk can be mounted here (${String(thrown)})`);
      return undefined;
    }
  };

  it('is full: accepting says DISK_FULL, and the question stands for another folder', async function () {
    const disk = await smallDisk('1m');
    if (disk === undefined) this.skip();
    const [alice, bob] = await Promise.all([
      engines.start('alice'),
      engines.start('bob', { saveDirectory: disk }),
    ]);
    const id = await alice.send(await engines.file('a.bin', randomBytes(900_000)), bob);
    await assert.rejects(bob.accept(id), { code: 'DISK_FULL', message: /not enough room/ });
    const { taskId } = await bob.asked(id);
    assert.ok(taskId !== undefined);
    assert.equal((await alice.client.getTask(taskId)).status, 'pending');
    assert.deepEqual(await readdir(disk), []);
    await bob.accept(id, { directory: engines.path('roomy') });
    await Promise.all([alice.completed(id), bob.completed(id)]);
  });

  it('fills up while the file arrives: DISK_FULL, and nothing of it is left', async function () {
    const disk = await smallDisk('4m');
    if (disk === undefined) this.skip();
    const bob = await engines.start('bob', { saveDirectory: disk });
    const file = offeredFile(randomBytes(2_500_000));
    await postByHand(engines.client('mallory'), 'bob', file, true);
    await bob.accept(file.transferId);
    let answer = '';
    meet(
      await engines.swarm(),
      file.transferId,
      async (hand) => {
        await hand.say(FrameType.meta, encodeMeta(file.meta));
        await hand.say(FrameType.data, file.bytes.subarray(0, 65_536));
        await bob.state(file.transferId, 'transferring');
        // Another program takes what is left, in the middle of the transfer.
        await writeFile(path.join(disk, 'other'), Buffer.alloc(4 * 1024 * 1024)).catch(
          () => undefined,
        );
        for (let at = 65_536; at < file.bytes.length; at += 65_536) {
          await hand.say(FrameType.data, file.bytes.subarray(at, at + 65_536));
        }
        await hand.say(FrameType.done);
        answer = (await hand.hear())?.payload.toString() ?? '';
        hand.channel.destroy();
      },
      file.seed,
    );
    await bob.failed(file.transferId, 'DISK_FULL', /Free some space/);
    await bob.until('the answer', () => answer !== '');
    assert.match(answer, /^DISK_FULL/);
    const task = await bob.task(file.transferId, 'failed');
    assert.match(task.said, /"code":"DISK_FULL"/);
    assert.ok(!task.said.includes(disk));
    assert.deepEqual(await readdir(disk), ['other']);
  });

  it('is not ours to write in: FOLDER_UNUSABLE for a person who is nobody', async function () {
    if (!isRoot) {
      console.log('      skipped: only root can become nobody, and others may own every folder');
      this.skip();
    }
    const alice = await engines.start('alice');
    const folder = engines.path('not-yours');
    await mkdir(folder, { mode: 0o755 });
    const id = await alice.send(await engines.file('a', 'a'), 'nobody');
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', path.join(__dirname, 'engineChild.ts'), hub.url, 'nobody', folder],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = new Promise((resolve) => child.once('exit', resolve));
    try {
      for await (const line of createInterface(child.stdout)) {
        const { answered } = JSON.parse(line) as { answered?: { code: string; message: string } };
        if (answered === undefined) continue;
        assert.equal(answered.code, 'FOLDER_UNUSABLE', answered.message);
        assert.match(answered.message, /permissions/);
        break;
      }
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
    assert.deepEqual(await readdir(folder), []);
    assert.equal((await alice.client.getTask(alice.taskId(id))).status, 'pending');
  });
});

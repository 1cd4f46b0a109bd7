import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { errors } from '../../../src/core/errors';
import { type IncomingFile, openIncoming } from '../../../src/core/receivefs/incomingFile';
import { BlockWriter } from '../../../src/core/receivefs/blockWriter';
import { failsWith, randomBuffer, seeded } from '../transfer/transferFixture';

const MIB = 1024 * 1024;

/** Everything given is written in order, a slow disk makes the giver wait, a broken one is told. */
describe('the block writer', () => {
  it('writes pieces of all sizes in their order', async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'beeline-writer-'));
    try {
      const random = seeded(7);
      const pieces = Array.from({ length: 2_000 }, () =>
        randomBuffer(Math.floor(random() ** 6 * 60_000), random),
      );
      const file = await openIncoming({ directory, name: 'f', size: 0 });
      const writer = new BlockWriter(file);
      for (const piece of pieces) {
        const room = writer.write(piece);
        if (room !== undefined) await room;
      }
      await writer.finish();
      assert.deepEqual(await readFile(await file.commit()), Buffer.concat(pieces));
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('asks to wait before much has gathered, in large pieces or in small ones', async () => {
    const most = 6 * MIB;
    for (const size of [MIB, MIB / 16, 7]) {
      const { file, release } = stalled();
      const writer = new BlockWriter(file);
      const piece = Buffer.alloc(size);
      let given = 0;
      let room: Promise<void> | undefined;
      while (room === undefined && given <= most) {
        room = writer.write(piece);
        given += size;
      }
      assert(room !== undefined, `${given} bytes gathered in pieces of ${size}`);
      release();
      await room;
      await writer.finish();
    }
  });

  it('keeps no buffer that it was given', async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'beeline-writer-'));
    try {
      const file = await openIncoming({ directory, name: 'f', size: 0 });
      const writer = new BlockWriter(file);
      const piece = Buffer.from('before');
      await writer.write(piece);
      piece.fill('x');
      await writer.finish();
      assert.equal((await readFile(await file.commit())).toString(), 'before');
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('tells of a broken disk at the next wait and at the end', async () => {
    const file = { ...stalled().file, write: () => Promise.reject(errors.diskFull('here')) };
    const writer = new BlockWriter(file);
    let room: Promise<void> | undefined;
    for (let i = 0; i < 10 && room === undefined; i++) room = writer.write(Buffer.alloc(MIB));
    assert(room !== undefined);
    await failsWith('DISK_FULL', room);
    await failsWith('DISK_FULL', writer.finish());
  });
});

/** A disk that takes nothing until it is released: timing that no real disk gives on demand. */
function stalled(): { file: IncomingFile; release: () => void } {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const file: IncomingFile = {
    temporaryPath: '',
    write: () => gate,
    commit: () => Promise.resolve(''),
    abort: () => Promise.resolve(),
  };
  return { file, release };
}

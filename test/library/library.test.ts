import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createNode, type BeelineNode, type FileOffer, type NodeOptions } from '../../src/index';
import { withHub } from '../support/withHub';

describe('nodes of the library, several in one process', function () {
  this.timeout(60_000);
  const hub = withHub();
  const nodes: BeelineNode[] = [];
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-library-'));
  });
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.destroy()));
    await rm(folder, { recursive: true, force: true });
  });

  const node = async (actorId: string, options: NodeOptions = {}): Promise<BeelineNode> => {
    const made = await createNode({ atsUrl: hub.url, actorId, ...options });
    nodes.push(made);
    return made;
  };
  const file = async (name: string, bytes: Buffer | string = 'hello'): Promise<string> => {
    await writeFile(path.join(folder, name), bytes);
    return path.join(folder, name);
  };

  /** What a node tells, as `event:keys`. */
  const told = (one: BeelineNode): string[] => {
    const events: string[] = [];
    for (const event of ['offer_sent', 'transfer_start', 'transfer_complete'] as const) {
      one.on(event, (payload) => events.push(`${event}:${Object.keys(payload).sort().join()}`));
    }
    one.on('transfer_failed', ({ code }) => events.push(`transfer_failed:${code}`));
    return events;
  };

  it('tell the events of the ats-p2p document with their payloads, each once', async () => {
    const bytes = randomBytes(1_000_000);
    const [alice, bob] = await Promise.all([node('alice'), node('bob')]);
    const [sent, received] = [told(alice), told(bob)];
    let offer: FileOffer | undefined;
    const saved = new Promise((resolve, reject) => {
      bob.on('file', (one) => {
        offer = one;
        one.accept(path.join(folder, 'deep', 'copy.bin')).then(resolve, reject);
      });
    });
    bob.watch();
    const progress: number[] = [];
    const result = await alice.send({
      filePath: await file('a.bin', bytes),
      recipientId: 'bob',
      onProgress: ({ bytesSent, totalBytes }) => {
        assert.equal(totalBytes, bytes.length);
        progress.push(bytesSent);
      },
    });
    assert.deepEqual(Object.keys(result).sort(), ['success', 'taskId', 'transferId']);
    assert.deepEqual(await saved, {
      success: true,
      filePath: path.join(folder, 'deep', 'copy.bin'),
      hash: offer?.fileHash,
    });
    assert.ok((await readFile(path.join(folder, 'deep', 'copy.bin'))).equals(bytes));
    assert.equal(offer?.task.id, result.taskId);
    assert.equal(offer.task.payload.transfer_id, result.transferId);
    assert.deepEqual([offer.fileName, offer.fileSize, offer.senderId], ['a.bin', 1e6, 'alice']);
    assert.equal(progress.at(-1), bytes.length);
    assert.deepEqual(
      progress,
      progress.toSorted((a, b) => a - b),
    );
    assert.deepEqual(sent, [
      'offer_sent:fileName,recipientId,taskId,transferId',
      'transfer_start:taskId,transferId',
      'transfer_complete:taskId,transferId',
    ]);
    assert.deepEqual(received, [
      'transfer_start:taskId,transferId',
      'transfer_complete:filePath,taskId,transferId',
    ]);
  });

  it('save by themselves what no listener answers, and let a listener decide what it answers', async () => {
    const [alice, bob] = await Promise.all([node('alice'), node('bob')]);
    bob.on('file', ({ fileName, accept, reject }) => {
      if (fileName === 'elsewhere') void accept(path.join(folder, 'other', 'place'));
      if (fileName === 'unwanted') void reject('no thanks');
    });
    bob.watch({ saveDir: path.join(folder, 'inbox') });
    await alice.send({ filePath: await file('plain', '1'), recipientId: 'bob' });
    await alice.send({ filePath: await file('elsewhere', '2'), recipientId: 'bob' });
    await assert.rejects(alice.send({ filePath: await file('unwanted'), recipientId: 'bob' }), {
      code: 'DECLINED',
      message: /no thanks/,
    });
    assert.equal(await readFile(path.join(folder, 'inbox', 'plain'), 'utf8'), '1');
    assert.equal(await readFile(path.join(folder, 'other', 'place'), 'utf8'), '2');
  });

  it('tell an offer to a listener that comes after it', async () => {
    const [alice, bob] = await Promise.all([node('alice'), node('bob')]);
    bob.watch();
    const offered = once(alice as unknown as NodeJS.EventEmitter, 'offer_sent');
    const sending = alice.send({ filePath: await file('a.txt'), recipientId: 'bob' });
    await offered;
    bob.on('file', ({ accept }) => accept(`${folder}/late/`));
    await sending;
    assert.equal(await readFile(path.join(folder, 'late', 'a.txt'), 'utf8'), 'hello');
  });

  it('decline what is not allowed or too large, and leave offers alone until they watch', async () => {
    const [alice, mallory] = await Promise.all([node('alice'), node('mallory')]);
    const bob = await node('bob', { allowedPeers: ['alice'], maxFileSize: 5 });
    bob.watch({ saveDir: path.join(folder, 'inbox') });
    await alice.send({ filePath: await file('fits', '12345'), recipientId: 'bob' });
    await assert.rejects(alice.send({ filePath: await file('l', '123456'), recipientId: 'bob' }), {
      code: 'TOO_LARGE',
    });
    await assert.rejects(mallory.send({ filePath: await file('m'), recipientId: 'bob' }), {
      code: 'NOT_ALLOWED',
    });
    await node('carol', { allowedPeers: ['alice'] });
    await assert.rejects(
      mallory.send({ filePath: await file('n'), recipientId: 'carol', offerLifetime: 1000 }),
      { code: 'OFFER_EXPIRED' },
    );
  });

  it('reject with a code and a sentence, and never bring the process down', async () => {
    const alice = await node('alice');
    const failures = told(alice);
    await assert.rejects(alice.send({ filePath: 'nowhere', recipientId: 'bob' }), {
      name: 'BeelineError',
      code: 'PATH_NOT_FOUND',
    });
    const nobody = await node('x', { atsUrl: 'http://127.0.0.1:9' });
    await assert.rejects(nobody.send({ filePath: await file('a'), recipientId: 'bob' }), {
      code: 'ATS_UNREACHABLE',
    });
    await assert.rejects(createNode({ atsUrl: 'nowhere' }), { code: 'CONFIG_INVALID' });
    assert.deepEqual(failures, []);
    assert.throws(
      () => {
        alice.watch({ channel: 'one' });
        alice.watch({ channel: 'two' });
      },
      { code: 'CONFIG_INVALID' },
    );
  });

  it('end what is open when they are destroyed, on both sides', async () => {
    const [alice, bob] = await Promise.all([node('alice'), node('bob')]);
    bob.watch();
    const seen = new Promise<FileOffer>((resolve) => bob.on('file', resolve));
    const sending = alice.send({ filePath: await file('a.txt'), recipientId: 'bob' });
    const cancelled = assert.rejects(sending, { code: 'CANCELLED' });
    const offer = await seen;
    await alice.destroy();
    await cancelled;
    await assert.rejects(offer.accept(folder));
    await assert.rejects(alice.send({ filePath: 'x', recipientId: 'bob' }), { code: 'CANCELLED' });
  });
});
